"""What follows a failed charge, by the policy in rules.py. Care is never cut from here."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from billing.events import ActionReminderDue, InstalmentDue, InstalmentReviewDue
from billing.payment_plans.models import Instalment, InstalmentStatus
from billing.payment_plans.rules import DUNNING, Outcome, is_hard, next_retry
from billing.payment_plans.services import notices
from workers.timers.scheduling import schedule

log = logging.getLogger(__name__)


def count_failure(instalment: Instalment, now: datetime) -> None:
    """Count a decline of a locked instalment; the first one sets the day on which a person looks at it."""
    instalment.failures += 1
    _note_first_trouble(instalment, now)


def _note_first_trouble(instalment: Instalment, now: datetime) -> None:
    if instalment.failed_at is None:
        instalment.failed_at = now
        review_at = now + timedelta(days=DUNNING.review_day)
        schedule(InstalmentReviewDue(instalment_id=instalment.pk), about=instalment, due_at=review_at)


def plan_retry(instalment: Instalment, outcome: Outcome, now: datetime) -> InstalmentStatus:
    """Set the timer of the next try with the same method, if there is to be one, and return the state to wait in."""
    retry_at = None
    if not is_hard(outcome):
        retry_at = next_retry(instalment.failures, instalment.failed_at or now, now)
    if retry_at is None:
        return InstalmentStatus.NEEDS_METHOD
    instalment.generation += 1
    instalment.due_at = retry_at
    event = InstalmentDue(instalment_id=instalment.pk, generation=instalment.generation)
    schedule(event, about=instalment, due_at=retry_at, generation=instalment.generation)
    return InstalmentStatus.RETRY_WAIT


def ask_payer(instalment: Instalment, now: datetime) -> None:
    """Begin the reminders of a locked instalment whose payer has to authenticate."""
    _note_first_trouble(instalment, now)
    instalment.action_since = now
    _schedule_reminder(instalment, 0)


def _schedule_reminder(instalment: Instalment, number: int) -> None:
    if number >= len(DUNNING.action_reminder_days) or instalment.action_since is None:
        return
    instalment.generation += 1
    due_at = instalment.action_since + timedelta(days=DUNNING.action_reminder_days[number])
    event = ActionReminderDue(instalment_id=instalment.pk, generation=instalment.generation, number=number)
    schedule(event, about=instalment, due_at=due_at, generation=instalment.generation)


def remind_payer(*, instalment_id: UUID, generation: int, number: int, now: datetime) -> None:
    """Mail once more to a payer who still has to authenticate, and set the next reminder."""
    with transaction.atomic():
        instalment = Instalment.locked(pk=instalment_id)
        waits = instalment.status == InstalmentStatus.ACTION_REQUIRED
        if not waits or instalment.generation != generation:
            return
        notices.send(instalment, "action_needed", key=f"reminder-{generation}", now=now)
        _schedule_reminder(instalment, number + 1)
        instalment.save(update_fields=["generation"])


def flag_for_review(*, instalment_id: UUID, now: datetime) -> None:
    """Flag an instalment that is still unpaid for a person, who may find hardship."""
    with transaction.atomic():
        instalment = Instalment.locked(pk=instalment_id)
        if instalment.status != InstalmentStatus.PAID and instalment.review_at is None:
            instalment.review_at = now
            instalment.save(update_fields=["review_at"])
            log.warning("instalment=%s has been failing since %s: review it", instalment.pk, instalment.failed_at)
