"""Opening an attempt to charge an instalment, and what Stripe's word on it changes.

Lock order everywhere: instalment, then attempt, then plan.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from billing.events import ChargeRequested, InstalmentChanged, PaymentPlanCompleted, StripeSweepDue
from billing.payment_plans.models import (
    CLOSED,
    AttemptStatus,
    ChargeAttempt,
    Instalment,
    InstalmentStatus,
    PaymentPlan,
    PlanStatus,
)
from billing.payment_plans.queries import find_active_method
from billing.payment_plans.rules import Outcome, OutcomeKind
from billing.payment_plans.services import dunning
from workers.kernel.errors import NotFound
from workers.outbox.publishing import publish
from workers.timers.scheduling import schedule

log = logging.getLogger(__name__)

_SETTLED = {
    OutcomeKind.PAID: AttemptStatus.PAID,
    OutcomeKind.PROCESSING: AttemptStatus.PROCESSING,
    OutcomeKind.ACTION_REQUIRED: AttemptStatus.ACTION_REQUIRED,
    OutcomeKind.DECLINED: AttemptStatus.RETRY_WAIT,
    OutcomeKind.CANCELED: AttemptStatus.CANCELLED,
}
_WAITING = (InstalmentStatus.SCHEDULED, InstalmentStatus.RETRY_WAIT)
_STUCK = (InstalmentStatus.RETRY_WAIT, InstalmentStatus.NEEDS_METHOD, InstalmentStatus.ACTION_REQUIRED)
# How soon Stripe is asked about an attempt whose notice may have been lost.
_SWEEP_AFTER = {
    AttemptStatus.UNKNOWN: timedelta(minutes=10),
    AttemptStatus.PROCESSING: timedelta(minutes=10),
    AttemptStatus.ACTION_REQUIRED: timedelta(hours=1),
}


def charge_due(*, instalment_id: UUID, generation: int, now: datetime) -> None:
    """Open an attempt for an instalment that is due, unless what was due has been superseded."""
    with transaction.atomic():
        instalment = Instalment.locked(pk=instalment_id)
        due = instalment.generation == generation and instalment.status in _WAITING
        if due and instalment.plan.status == PlanStatus.ACTIVE:
            _open(instalment, now)


def charge_with_new_method(*, member_id: UUID, now: datetime) -> None:
    """Try everything again that failed or waits with the former payment method."""
    with transaction.atomic():
        stuck = Instalment.objects.filter(member_id=member_id, status__in=_STUCK).order_by("pk")
        for instalment in stuck.select_for_update(of=("self",)):
            _close_others(instalment, "superseded")
            _open(instalment, now)


def renew(*, attempt: ChargeAttempt, now: datetime) -> None:
    """Replace an attempt of which Stripe proved that it was never executed. The caller holds both locks."""
    _save(attempt, AttemptStatus.RETRY_WAIT, "not_executed")
    _open(attempt.instalment, now)


def _open(instalment: Instalment, now: datetime) -> None:
    """Record the next attempt with the active payment method and ask for it; the instalment is locked."""
    method = find_active_method(instalment.member_id)
    instalment.generation += 1
    if method is None:
        change(instalment, InstalmentStatus.NEEDS_METHOD, now)
        return
    attempt = _next_attempt(instalment)
    attempt.payment_method, attempt.created_at = method, now
    attempt.save(force_insert=True)
    change(instalment, InstalmentStatus.CHARGING, now)
    publish(ChargeRequested(attempt_id=attempt.pk), about=attempt, now=now)


def _next_attempt(instalment: Instalment) -> ChargeAttempt:
    """The same PaymentIntent again, under a new key; a new PaymentIntent only when the last is proven canceled."""
    last = instalment.attempts.order_by("generation", "number").last()
    generation, number = (1, 1) if last is None else (last.generation, last.number + 1)
    if last is not None and last.status == AttemptStatus.CANCELLED:
        generation, number, last = last.generation + 1, 1, None
    return ChargeAttempt(
        member_id=instalment.member_id,
        instalment=instalment,
        generation=generation,
        number=number,
        amount_cents=instalment.amount_cents,
        payment_intent_id=last.payment_intent_id if last else "",
        client_secret=last.client_secret if last else None,
        create_key=f"pi-create:{instalment.pk}:g{generation}",
        confirm_key=f"pi-confirm:{instalment.pk}:g{generation}:a{number}",
    )


def lock_attempt(attempt_id: UUID) -> ChargeAttempt:
    """Return an attempt with its instalment, both locked in the order of this module. Raises NotFound."""
    found = ChargeAttempt.objects.filter(pk=attempt_id).values_list("instalment_id", flat=True).first()
    if found is None:
        raise NotFound("There is no such attempt.")
    instalment = Instalment.locked(pk=found)
    attempt = ChargeAttempt.locked(pk=attempt_id)
    attempt.instalment = instalment
    return attempt


def settle(*, attempt: ChargeAttempt, outcome: Outcome, is_answer: bool, now: datetime) -> bool:
    """Bring attempt and instalment to what Stripe says; False when that says nothing about this attempt.

    The caller holds both locks. Monotone: what is closed stays as it is, except that money received always counts.
    `is_answer` marks the answer to this attempt's own confirmation; any other news of a failure that was already
    counted (its charge is known) is about an earlier attempt.
    """
    target = _SETTLED.get(outcome.kind)
    if target is None or (not is_answer and _is_old_failure(attempt, outcome)):
        return False
    is_over = attempt.status in CLOSED and target != AttemptStatus.PAID
    if attempt.status == target or is_over:
        return True
    if attempt.instalment.status == InstalmentStatus.PAID:
        log.error("attempt=%s is %s, but its instalment was paid by another", attempt.pk, outcome.kind)
        return True
    if outcome.charge_id and outcome.kind in (OutcomeKind.DECLINED, OutcomeKind.ACTION_REQUIRED):
        attempt.charges.append(outcome.charge_id)
    _save(attempt, target, outcome.code)
    watch(attempt, now)
    _apply(attempt, outcome, now)
    return True


def _is_old_failure(attempt: ChargeAttempt, outcome: Outcome) -> bool:
    if outcome.kind not in (OutcomeKind.DECLINED, OutcomeKind.ACTION_REQUIRED):
        return False
    counted = attempt.instalment.attempts.filter(charges__contains=[outcome.charge_id])
    return bool(outcome.charge_id) and counted.exists() and attempt.status != AttemptStatus.ACTION_REQUIRED


def _apply(attempt: ChargeAttempt, outcome: Outcome, now: datetime) -> None:
    instalment = attempt.instalment
    if outcome.kind == OutcomeKind.PAID:
        _pay(instalment, now)
    elif outcome.kind == OutcomeKind.PROCESSING:
        change(instalment, InstalmentStatus.PROCESSING, now)
    elif outcome.kind == OutcomeKind.ACTION_REQUIRED:
        dunning.ask_payer(instalment, now)
        change(instalment, InstalmentStatus.ACTION_REQUIRED, now)
    else:
        dunning.count_failure(instalment, now)
        method = find_active_method(instalment.member_id)
        if method is not None and method.pk != attempt.payment_method_id:
            _open(instalment, now)
        else:
            change(instalment, dunning.plan_retry(instalment, outcome, now), now)


def _pay(instalment: Instalment, now: datetime) -> None:
    instalment.paid_at = now
    instalment.generation += 1
    _close_others(instalment, "paid")
    change(instalment, InstalmentStatus.PAID, now)
    plan = PaymentPlan.locked(pk=instalment.plan_id)
    if not plan.instalments.exclude(status=InstalmentStatus.PAID).exists():
        plan.status = PlanStatus.COMPLETED
        plan.save(update_fields=["status"])
        publish(PaymentPlanCompleted(plan_id=plan.pk, member_id=plan.member_id), about=plan, now=now)


def _close_others(instalment: Instalment, code: str) -> None:
    for attempt in instalment.attempts.exclude(status__in=CLOSED).select_for_update(of=("self",)):
        _save(attempt, AttemptStatus.RETRY_WAIT, code)


def change(instalment: Instalment, status: InstalmentStatus, now: datetime) -> None:
    """Save a locked instalment in its new state and announce it."""
    instalment.status = status
    instalment.save(
        update_fields=["status", "generation", "failures", "failed_at", "action_since", "paid_at", "due_at"]
    )
    event = InstalmentChanged(instalment_id=instalment.pk, plan_id=instalment.plan_id, status=status)
    publish(event, about=instalment, now=now)


def lose_track(*, attempt: ChargeAttempt, now: datetime) -> None:
    """Note that nobody knows what became of the last request; the attempt is locked."""
    _save(attempt, AttemptStatus.UNKNOWN, "")
    watch(attempt, now)


def watch(attempt: ChargeAttempt, now: datetime) -> None:
    """Set a timer that asks Stripe about a locked attempt that waits for others; it replaces any former one."""
    after = _SWEEP_AFTER.get(AttemptStatus(attempt.status))
    if after is None:
        return
    attempt.sweep += 1
    attempt.save(update_fields=["sweep"])
    event = StripeSweepDue(attempt_id=attempt.pk, sweep=attempt.sweep)
    schedule(event, about=attempt, due_at=now + after, generation=attempt.sweep)


def _save(attempt: ChargeAttempt, status: AttemptStatus, code: str) -> None:
    log.info("attempt=%s from=%s to=%s code=%s", attempt.pk, attempt.status, status, code)
    attempt.status, attempt.code = status, code
    attempt.save(update_fields=["status", "code", "charges"])
