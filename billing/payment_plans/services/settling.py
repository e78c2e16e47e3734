"""What Stripe's word on a PaymentIntent changes: attempt, instalment, plan. The caller holds the locks of lock_attempt.

Monotone: what is closed stays as it is, except that money received always counts, and a bank may take it back.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F, Subquery, Sum

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
from billing.payment_plans.services.charging import change, changed, close_others, open_attempt, save, watch
from billing.work_items.services import close_if_open, open_item
from workers.kernel.trace import current_trace, traced
from workers.outbox.publishing import NO_TRACES, publish, publish_all

log = logging.getLogger(__name__)

_SETTLED = {
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
    if outcome.kind == OutcomeKind.PAID:
        take_money([attempt], now=now)
        return True
    target = _SETTLED.get(outcome.kind)
    if target is None or (not is_answer and _is_old_failure(attempt, outcome)):
        return False
    if attempt.status in (*CLOSED, target):
        return True
    if outcome.charge_id and outcome.kind in (OutcomeKind.DECLINED, OutcomeKind.ACTION_REQUIRED):
        attempt.charges.append(outcome.charge_id)
    save(attempt, target, outcome.code)
    watch(attempt, now)
    if attempt.instalment.status not in _NEEDS_NOTHING:
        _apply(attempt, outcome, now)
    return True


def take_money(attempts: Sequence[ChargeAttempt], *, now: datetime, traces: Mapping[UUID, str] = NO_TRACES) -> None:
    """Note that the PaymentIntents of attempts were paid: an instalment is paid by one, what came besides goes back.

    `traces` are those of the walks, by attempt, as `publish_all` takes them.
    """
    new = [each for each in attempts if each.status not in (AttemptStatus.PAID, AttemptStatus.RETURNED)]
    late = {each.pk for each in new if each.status in CLOSED}  # of an instalment one attempt at most is open
    paid: dict[UUID, ChargeAttempt] = {}
    for attempt in new:
        needs_nothing = attempt.instalment.status in _NEEDS_NOTHING or attempt.instalment_id in paid
        _mark_paid(attempt, is_surplus=needs_nothing, now=now)
        if not needs_nothing:
            paid[attempt.instalment_id] = attempt
    surplus = [each for each in new if each.is_surplus]
    _save_paid([*paid.values()], is_surplus=False, now=now)
    _save_paid(surplus, is_surplus=True, now=now)
    for attempt in surplus:
        with traced(traces.get(attempt.pk) or current_trace()):
            _give_back(attempt, now)
    for attempt in paid.values():
        if attempt.pk in late:
            close_others(attempt.instalment, "paid")
    _pay([*paid.values()], now, traces)


def _mark_paid(attempt: ChargeAttempt, *, is_surplus: bool, now: datetime) -> None:
    log.info("attempt=%s from=%s to=%s surplus=%s", attempt.pk, attempt.status, AttemptStatus.PAID, is_surplus)
    attempt.status, attempt.code, attempt.paid_at, attempt.is_surplus = AttemptStatus.PAID, "", now, is_surplus


def _save_paid(attempts: Sequence[ChargeAttempt], *, is_surplus: bool, now: datetime) -> None:
    if attempts:
        mine = ChargeAttempt.objects.filter(pk__in=[each.pk for each in attempts])
        mine.update(status=AttemptStatus.PAID, code="", paid_at=now, is_surplus=is_surplus)


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


def _pay(attempts: Sequence[ChargeAttempt], now: datetime, traces: Mapping[UUID, str]) -> None:
    """Bring the instalments of attempts to paid, and complete the plans of which nothing is left."""
    instalments = [each.instalment for each in attempts]
    if not instalments:
        return
    walks = {each.instalment_id: traces.get(each.pk, "") for each in attempts}
    walks |= {each.plan_id: walks[each.pk] for each in instalments}
    mine = Instalment.objects.filter(pk__in=[each.pk for each in instalments])
    mine.update(status=InstalmentStatus.PAID, paid_at=now, generation=F("generation") + 1)
    for instalment in instalments:
        instalment.status, instalment.paid_at = InstalmentStatus.PAID, now
        instalment.generation += 1
    publish_all([(changed(each), each) for each in instalments], now=now, traces=walks)
    for instalment in instalments:
        if instalment.review_at is not None:
            close_if_open(key=dunning.review_key(instalment), resolution="It was paid.", now=now)
    _heed_plans({each.plan_id: each for each in instalments}, now, walks)


def _heed_plans(instalments: Mapping[UUID, Instalment], now: datetime, walks: Mapping[UUID, str]) -> None:
    """Complete plans of which all is paid, and have those looked at that asked for more than is owed, by plan."""
    plans = list(PaymentPlan.objects.select_for_update(of=("self",)).filter(pk__in=instalments).order_by("pk"))
    rows: dict[UUID, list[tuple[str, int]]] = defaultdict(list)
    asked = Instalment.objects.filter(plan__in=plans).exclude(status=InstalmentStatus.CANCELLED)
    for plan_id, status, cents in asked.values_list("plan_id", "status", "amount_cents"):
        rows[plan_id].append((status, cents))
    _complete([one for one in plans if all(status == InstalmentStatus.PAID for status, _ in rows[one.pk])], now, walks)
    for plan in plans:
        if plan.total_cents < sum(cents for _, cents in rows[plan.pk]):
            with traced(walks[plan.pk] or current_trace()):
                _ask_for_another_look(instalments[plan.pk], now)


def complete_if_paid(plan_id: UUID, now: datetime) -> None:
    """Complete a plan of which nothing is left to pay."""
    plan = PaymentPlan.locked(pk=plan_id)
    if not plan.instalments.exclude(status__in=_NEEDS_NOTHING).exists():
        _complete([plan], now)


def _complete(plans: Sequence[PaymentPlan], now: datetime, walks: Mapping[UUID, str] = NO_TRACES) -> None:
    ending = [plan for plan in plans if plan.status in (PlanStatus.ACTIVE, PlanStatus.AWAITING_METHOD)]
    if ending:
        PaymentPlan.objects.filter(pk__in=[plan.pk for plan in ending]).update(status=PlanStatus.COMPLETED)
        told = [(PaymentPlanCompleted(plan_id=plan.pk, member_id=plan.member_id), plan) for plan in ending]
        publish_all(told, now=now, traces=walks)


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
    heed_price(instalment, now)
