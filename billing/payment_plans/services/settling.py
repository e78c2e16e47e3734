"""What Stripe's word on a PaymentIntent changes: attempt, instalment, plan. The caller holds the locks of lock_attempt.

Monotone: what is closed stays as it is, except that money received always counts, and a bank may take it back.
"""

import logging
from datetime import datetime
from uuid import UUID

from django.db.models import Subquery, Sum

from billing.events import PaymentPlanCompleted, PlanAskedTooMuch
from billing.payment_plans.models import (
    CLOSED,
    AttemptStatus,
    ChargeAttempt,
    Instalment,
    InstalmentStatus,
    PaymentPlan,
    PlanStatus,
    RefundReason,
)
from billing.payment_plans.queries import find_active_method
from billing.payment_plans.rules import Outcome, OutcomeKind
from billing.payment_plans.services import dunning, refunds
from billing.payment_plans.services.charging import change, close_others, open_attempt, save, watch
from billing.work_items.services import close_if_open, open_item
from workers.outbox.publishing import publish

log = logging.getLogger(__name__)

_SETTLED = {
    OutcomeKind.PAID: AttemptStatus.PAID,
    OutcomeKind.PROCESSING: AttemptStatus.PROCESSING,
    OutcomeKind.ACTION_REQUIRED: AttemptStatus.ACTION_REQUIRED,
    OutcomeKind.DECLINED: AttemptStatus.RETRY_WAIT,
    OutcomeKind.CANCELED: AttemptStatus.CANCELLED,
}
_NEEDS_NOTHING = (InstalmentStatus.PAID, InstalmentStatus.CANCELLED)


def settle(*, attempt: ChargeAttempt, outcome: Outcome, is_answer: bool, now: datetime) -> bool:
    """Bring attempt and instalment to what Stripe says; False when that says nothing about this attempt.

    `is_answer` marks the answer to this attempt's own confirmation; any other news of a failure that was already
    counted (its charge is known) is about an earlier attempt.
    """
    target = _SETTLED.get(outcome.kind)
    if target is None or (not is_answer and _is_old_failure(attempt, outcome)):
        return False
    is_over = attempt.status in CLOSED and target != AttemptStatus.PAID
    if is_over or attempt.status in (target, AttemptStatus.RETURNED):
        return True
    if outcome.charge_id and outcome.kind in (OutcomeKind.DECLINED, OutcomeKind.ACTION_REQUIRED):
        attempt.charges.append(outcome.charge_id)
    if target == AttemptStatus.PAID:
        attempt.paid_at = now
        attempt.is_surplus = attempt.instalment.status in _NEEDS_NOTHING
    was_closed = attempt.status in CLOSED
    save(attempt, target, outcome.code)
    watch(attempt, now)
    if attempt.is_surplus:
        _give_back(attempt, now)
    elif attempt.instalment.status not in _NEEDS_NOTHING:
        if was_closed:  # of an instalment one attempt at most is open: else it was this one
            close_others(attempt.instalment, "paid")
        _apply(attempt, outcome, now)
    return True


def _is_old_failure(attempt: ChargeAttempt, outcome: Outcome) -> bool:
    if outcome.kind not in (OutcomeKind.DECLINED, OutcomeKind.ACTION_REQUIRED):
        return False
    counted = attempt.instalment.attempts.filter(charges__contains=[outcome.charge_id])
    return bool(outcome.charge_id) and counted.exists() and attempt.status != AttemptStatus.ACTION_REQUIRED


def _give_back(attempt: ChargeAttempt, now: datetime) -> None:
    """Money came for an instalment that needed none: it goes back by itself, and a person hears of it."""
    refunds.approve(
        attempt_id=attempt.pk,
        amount_cents=attempt.amount_cents,
        reason=RefundReason.SECOND_CHARGE,
        request_key=f"surplus:{attempt.pk}",
        now=now,
    )
    open_item(
        kind="second_charge",
        key=f"second-charge:{attempt.pk}",
        subject_id=attempt.instalment_id,
        reference=attempt.payment_intent_id,
        amount_cents=attempt.amount_cents,
        now=now,
    )


def _apply(attempt: ChargeAttempt, outcome: Outcome, now: datetime) -> None:
    instalment = attempt.instalment
    if outcome.kind == OutcomeKind.PAID:
        _pay(instalment, now)
        return
    if outcome.kind == OutcomeKind.PROCESSING:
        change(instalment, InstalmentStatus.PROCESSING, now)
    elif outcome.kind == OutcomeKind.ACTION_REQUIRED:
        dunning.ask_payer(instalment, now)
        change(instalment, InstalmentStatus.ACTION_REQUIRED, now)
    else:
        _fail(attempt, outcome, now)
    heed_price(instalment, now)


def heed_price(instalment: Instalment, now: datetime) -> None:
    """Ask for another look at a plan whose price was lowered while this instalment was being charged or disputed."""
    plan = PaymentPlan.objects.filter(pk=instalment.plan_id, total_cents__lt=_asked(instalment.plan_id))
    if plan.exists():
        _ask_for_another_look(instalment, now)


def _ask_for_another_look(instalment: Instalment, now: datetime) -> None:
    publish(PlanAskedTooMuch(plan_id=instalment.plan_id), about=instalment, now=now)


def _asked(plan_id: UUID) -> Subquery:
    """Cents that a plan's instalments ask for or have brought in."""
    mine = Instalment.objects.filter(plan_id=plan_id).exclude(status=InstalmentStatus.CANCELLED).order_by()
    return Subquery(mine.values("plan_id").annotate(cents=Sum("amount_cents")).values("cents"))


def _fail(attempt: ChargeAttempt, outcome: Outcome, now: datetime) -> None:
    instalment = attempt.instalment
    dunning.count_failure(instalment, now)
    method = find_active_method(instalment.member_id)
    if method is not None and method.pk != attempt.payment_method_id:
        open_attempt(instalment, now)
    else:
        change(instalment, dunning.plan_retry(attempt, outcome, now), now)


def _pay(instalment: Instalment, now: datetime) -> None:
    instalment.paid_at = now
    instalment.generation += 1
    change(instalment, InstalmentStatus.PAID, now)
    if instalment.review_at is not None:
        close_if_open(key=dunning.review_key(instalment), resolution="It was paid.", now=now)
    plan = PaymentPlan.locked(pk=instalment.plan_id)
    rows = [*plan.instalments.exclude(status=InstalmentStatus.CANCELLED).values_list("status", "amount_cents")]
    if all(status == InstalmentStatus.PAID for status, _ in rows):
        _complete(plan, now)
    if plan.total_cents < sum(cents for _, cents in rows):
        _ask_for_another_look(instalment, now)


def complete_if_paid(plan_id: UUID, now: datetime) -> None:
    """Complete a plan of which nothing is left to pay."""
    plan = PaymentPlan.locked(pk=plan_id)
    if not plan.instalments.exclude(status__in=_NEEDS_NOTHING).exists():
        _complete(plan, now)


def _complete(plan: PaymentPlan, now: datetime) -> None:
    if plan.status in (PlanStatus.ACTIVE, PlanStatus.AWAITING_METHOD):
        plan.status = PlanStatus.COMPLETED
        plan.save(update_fields=["status"])
        publish(PaymentPlanCompleted(plan_id=plan.pk, member_id=plan.member_id), about=plan, now=now)


def take_back(*, attempt: ChargeAttempt, code: str, now: datetime) -> None:
    """A bank took a debit back after it had succeeded: the instalment is owed again, once.

    It is presented again as the policy for bank debits says, or waits for another method.
    """
    if attempt.status != AttemptStatus.PAID:
        return
    save(attempt, AttemptStatus.RETURNED, code)
    instalment = attempt.instalment
    if attempt.is_surplus or instalment.status != InstalmentStatus.PAID:
        return
    instalment.paid_at = None
    PaymentPlan.objects.filter(pk=instalment.plan_id, status=PlanStatus.COMPLETED).update(status=PlanStatus.ACTIVE)
    _fail(attempt, Outcome(kind=OutcomeKind.DECLINED, code=code), now)
