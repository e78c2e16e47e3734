"""What follows a failed charge, by the policy in rules/dunning.py. Care is never cut from here."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from billing.events import ActionReminderDue, InstalmentDue, InstalmentReminderDue, InstalmentReviewDue
from billing.payment_plans.models import ChargeAttempt, Instalment, InstalmentStatus
from billing.payment_plans.rules import (
    DUNNING,
    POLICIES,
    REMIND_BEFORE,
    MethodKind,
    Outcome,
    is_hard,
    next_retry,
)
from billing.payment_plans.services import notices
from billing.work_items.services import open_item
from workers.timers.scheduling import schedule

log = logging.getLogger(__name__)

_REMINDERS = {InstalmentStatus.ACTION_REQUIRED: "action_needed", InstalmentStatus.DUE: "payment_due"}
_SETTLED = (InstalmentStatus.PAID, InstalmentStatus.CANCELLED)


def review_key(instalment: Instalment) -> str:
    """The name of the work item about an instalment that keeps failing."""
    return f"instalment-unpaid:{instalment.pk}"


def count_failure(instalment: Instalment, now: datetime) -> None:
    """Count a decline of a locked instalment; the first one sets the day on which a person looks at it."""
    instalment.failures += 1
    note_trouble(instalment, now)


def note_trouble(instalment: Instalment, now: datetime) -> None:
    """Set the day on which a person looks at a locked instalment, at its first trouble."""
    if instalment.failed_at is None:
        instalment.failed_at = now
        review_at = now + timedelta(days=DUNNING.review_day)
        schedule(InstalmentReviewDue(instalment_id=instalment.pk), about=instalment, due_at=review_at)


def plan_retry(attempt: ChargeAttempt, outcome: Outcome, now: datetime) -> InstalmentStatus:
    """Set the timer of the next try with the same method, if there is to be one, and return the state to wait in."""
    instalment, policy = attempt.instalment, POLICIES[MethodKind(attempt.payment_method.kind)]
    retry_at = None
    if not is_hard(outcome):
        retry_at = next_retry(instalment.failures, instalment.failed_at or now, now, policy)
    if retry_at is None:
        return InstalmentStatus.NEEDS_METHOD
    reschedule(instalment, retry_at)
    return InstalmentStatus.RETRY_WAIT


def reschedule(instalment: Instalment, due_at: datetime) -> None:
    """Have a locked instalment fall due at another time; the caller saves it."""
    instalment.generation += 1
    instalment.due_at = due_at
    event = InstalmentDue(instalment_id=instalment.pk, generation=instalment.generation)
    schedule(event, about=instalment, due_at=due_at, generation=instalment.generation)


def put_off(instalment: Instalment) -> None:
    """Have a locked instalment that falls due in a pause of its plan fall due when that ends."""
    assert instalment.plan.paused_until is not None
    reschedule(instalment, instalment.plan.paused_until)
    instalment.save(update_fields=["generation", "due_at"])
    announce(instalment)


def announce(instalment: Instalment) -> None:
    """Set the timer of the notice before a debit, for the date that the instalment has now."""
    event = InstalmentReminderDue(instalment_id=instalment.pk, generation=instalment.generation)
    remind_at = instalment.due_at - REMIND_BEFORE
    schedule(event, about=instalment, due_at=remind_at, generation=instalment.generation)


def ask_payer(instalment: Instalment, now: datetime) -> None:
    """Begin the reminders of a locked instalment whose payer has to do something."""
    note_trouble(instalment, now)
    instalment.action_since = now
    _schedule_reminder(instalment, 0)


def _schedule_reminder(instalment: Instalment, number: int) -> None:
    if number >= len(DUNNING.reminder_days) or instalment.action_since is None:
        return
    instalment.generation += 1
    due_at = instalment.action_since + timedelta(days=DUNNING.reminder_days[number])
    event = ActionReminderDue(instalment_id=instalment.pk, generation=instalment.generation, number=number)
    schedule(event, about=instalment, due_at=due_at, generation=instalment.generation)


def remind_payer(*, instalment_id: UUID, generation: int, number: int, now: datetime) -> None:
    """Mail once more to a payer who still has to do something, and set the next reminder."""
    with transaction.atomic():
        instalment = Instalment.locked(pk=instalment_id)
        template = _REMINDERS.get(InstalmentStatus(instalment.status))
        if template is None or instalment.generation != generation:
            return
        if not instalment.plan.is_paused_at(now):
            notices.send(instalment, template, key=f"reminder-{generation}", now=now)
        _schedule_reminder(instalment, number + 1)
        instalment.save(update_fields=["generation"])


def flag_for_review(*, instalment_id: UUID, now: datetime) -> None:
    """Have a person look at an instalment that is still unpaid, who may find hardship."""
    with transaction.atomic():
        instalment = Instalment.locked(pk=instalment_id)
        if instalment.status in _SETTLED or instalment.review_at is not None:
            return
        instalment.review_at = now
        instalment.save(update_fields=["review_at"])
        open_item(
            kind="instalment_unpaid",
            key=review_key(instalment),
            subject_id=instalment.pk,
            amount_cents=instalment.amount_cents,
            now=now,
        )
