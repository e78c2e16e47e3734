"""Opening attempts to charge an instalment. What Stripe's word on them changes is in settling.py.

Lock order everywhere: instalments by key, then attempts, then plan.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from billing.events import ChargeRequested, InstalmentChanged, StripeSweepDue
from billing.payment_plans.models import (
    CLOSED,
    AttemptStatus,
    ChargeAttempt,
    Instalment,
    InstalmentStatus,
    PaymentMethod,
    PlanStatus,
)
from billing.payment_plans.queries import active_methods, count_tries, find_active_method, latest_attempts
from billing.payment_plans.rules import POLICIES, TRIES_COUNT_FOR, MethodKind
from billing.payment_plans.services import dunning
from workers.kernel.errors import NotFound
from workers.kernel.trace import current_trace, traced
from workers.outbox.publishing import publish, publish_all
from workers.timers.scheduling import schedule

log = logging.getLogger(__name__)

_WAITING = (InstalmentStatus.SCHEDULED, InstalmentStatus.RETRY_WAIT)
_STUCK = (InstalmentStatus.RETRY_WAIT, InstalmentStatus.NEEDS_METHOD, InstalmentStatus.ACTION_REQUIRED)
PAYABLE_NOW = (*_WAITING, InstalmentStatus.DUE, InstalmentStatus.NEEDS_METHOD)
# How soon Stripe is asked about an attempt whose notice may have been lost; each time twice as late, up to the longest.
_ASK_AFTER = {
    AttemptStatus.UNKNOWN: (timedelta(minutes=10), timedelta(minutes=10)),
    AttemptStatus.PROCESSING: (timedelta(minutes=10), timedelta(hours=6)),
    AttemptStatus.ACTION_REQUIRED: (timedelta(hours=1), timedelta(hours=24)),
}
_MOVING = ("status", "generation", "failures", "failed_at", "action_since", "paid_at", "due_at")
_ENDED_PI = (AttemptStatus.CANCELLED, AttemptStatus.RETURNED)


@dataclass(frozen=True, kw_only=True)
class Due:
    """That an instalment is due, unless its generation is another by now; `trace` is of the walk that it goes on."""

    instalment_id: UUID
    generation: int
    trace: str = ""


def charge_due(due: Sequence[Due], *, now: datetime) -> None:
    """Open attempts for instalments that are due, unless what was due has been superseded.

    Without autopay its payer is asked. While the plan pauses it is put off to the end of the pause.
    """
    with transaction.atomic():
        locked = Instalment.objects.select_related("plan").select_for_update(of=("self",)).order_by("pk")
        traces = {(one.instalment_id, one.generation): one.trace for one in due}
        found = locked.filter(pk__in={one.instalment_id for one in due})
        waiting = [each for each in found if (each.pk, each.generation) in traces and _is_waiting(each)]
        mine = {each: traces[each.pk, each.generation] for each in waiting if not each.plan.is_paused_at(now)}
        for instalment in (each for each in waiting if each not in mine):
            dunning.put_off(instalment)
        asked = [each for each in mine if not _is_charged_by_itself(each)]
        open_attempts({each: trace for each, trace in mine.items() if _is_charged_by_itself(each)}, now)
        for instalment in asked:
            with traced(mine[instalment]):
                dunning.ask_payer(instalment, now)
                change(instalment, InstalmentStatus.DUE, now)


def _is_charged_by_itself(instalment: Instalment) -> bool:
    return instalment.plan.autopay or instalment.status == InstalmentStatus.RETRY_WAIT


def _is_waiting(instalment: Instalment) -> bool:
    return instalment.status in _WAITING and instalment.plan.status == PlanStatus.ACTIVE


def charge_now(*, instalment: Instalment, now: datetime) -> bool:
    """Charge a locked instalment before its date, or again, because its payer says so; False when it cannot be."""
    if instalment.status not in PAYABLE_NOW:
        return False
    open_attempt(instalment, now)
    return True


def may_try(instalment: Instalment, now: datetime) -> bool:
    """Whether the active method may be tried once more, by the rules of its network."""
    method = find_active_method(instalment.member_id)
    if method is None:
        return False
    tried = count_tries(instalment.pk, method.pk, since=now - TRIES_COUNT_FOR)
    return tried < POLICIES[MethodKind(method.kind)].most_tries


def charge_with_new_method(*, member_id: UUID, now: datetime, only_waiting: bool = False) -> None:
    """Try everything again that failed or waits with the former payment method; `only_waiting`: that needs another."""
    statuses = (InstalmentStatus.NEEDS_METHOD,) if only_waiting else _STUCK
    with transaction.atomic():
        stuck = Instalment.objects.filter(member_id=member_id, status__in=statuses).order_by("pk")
        for instalment in stuck.select_for_update(of=("self",)):
            if not instalment.plan.is_paused_at(now) and is_untried(instalment):
                close_others(instalment, "superseded")
                open_attempt(instalment, now)


def is_untried(instalment: Instalment) -> bool:
    """Whether the active method is another than the one that failed: of the last attempt, or stored since."""
    method = find_active_method(instalment.member_id)
    last = instalment.attempts.order_by("generation", "number").last()
    if method is None or last is not None:
        return method is not None and last is not None and last.payment_method_id != method.pk
    return instalment.failed_at is None or method.stored_at >= instalment.failed_at


def renew(*, attempt: ChargeAttempt, now: datetime) -> None:
    """Replace an attempt of which Stripe proved that it was never executed. The caller holds both locks."""
    save(attempt, AttemptStatus.RETRY_WAIT, "not_executed")
    _reopen(attempt.instalment, now)


def replace(*, attempt: ChargeAttempt, now: datetime) -> None:
    """Go on with a new PaymentIntent: there is none of this generation, or it is canceled. Both locks are held."""
    save(attempt, AttemptStatus.CANCELLED, "replaced")
    _reopen(attempt.instalment, now)


def _reopen(instalment: Instalment, now: datetime) -> None:
    if instalment.status not in (InstalmentStatus.PAID, InstalmentStatus.CANCELLED):
        open_attempt(instalment, now)


def open_attempt(instalment: Instalment, now: datetime) -> None:
    """Save a locked instalment, record its next attempt with the active payment method, and ask for it."""
    instalment.save(update_fields=_MOVING)
    open_attempts({instalment: current_trace()}, now)


def open_attempts(instalments: Mapping[Instalment, str], now: datetime) -> None:
    """Do so for locked instalments that are as the database has them, each in its trace; with few statements."""
    methods = active_methods({each.member_id for each in instalments})
    payable = [each for each in instalments if each.member_id in methods]
    lasts = latest_attempts([each.pk for each in payable])
    attempts = [_next_attempt(each, lasts.get(each.pk), methods[each.member_id], now) for each in payable]
    ChargeAttempt.objects.bulk_create(attempts)
    beginning = Instalment.objects.filter(pk__in=[each.pk for each in payable])
    beginning.update(status=InstalmentStatus.CHARGING, generation=F("generation") + 1)
    for instalment in instalments:
        instalment.generation += 1
    for attempt in attempts:
        attempt.instalment.status = InstalmentStatus.CHARGING
    traces = {each.pk: trace for each, trace in instalments.items()}
    traces |= {attempt.pk: instalments[attempt.instalment] for attempt in attempts}
    publish_all([(changed(attempt.instalment), attempt.instalment) for attempt in attempts], now=now, traces=traces)
    publish_all([(ChargeRequested(attempt_id=attempt.pk), attempt) for attempt in attempts], now=now, traces=traces)
    for instalment in (each for each in instalments if each.member_id not in methods):
        with traced(instalments[instalment]):
            dunning.note_trouble(instalment, now)
            change(instalment, InstalmentStatus.NEEDS_METHOD, now)


def _next_attempt(
    instalment: Instalment, last: ChargeAttempt | None, method: PaymentMethod, now: datetime
) -> ChargeAttempt:
    """The same PaymentIntent again, under a new key; a new one only when the last is proven canceled or returned."""
    generation, number = (1, 1) if last is None else (last.generation, last.number + 1)
    if last is not None and last.status in _ENDED_PI:
        generation, number, last = last.generation + 1, 1, None
    return ChargeAttempt(
        member_id=instalment.member_id,
        instalment=instalment,
        payment_method=method,
        generation=generation,
        number=number,
        amount_cents=instalment.amount_cents,
        payment_intent_id=last.payment_intent_id if last else "",
        client_secret=last.client_secret if last else None,
        create_key=f"pi-create:{instalment.pk}:g{generation}",
        confirm_key=f"pi-confirm:{instalment.pk}:g{generation}:a{number}",
        created_at=now,
    )


def lock_attempt(attempt_id: UUID) -> ChargeAttempt:
    """Return an attempt with its instalment, both locked in the order of this module. Raises NotFound."""
    return lock_attempts([attempt_id])[0]


def lock_attempts(attempt_ids: Collection[UUID]) -> list[ChargeAttempt]:
    """Return attempts with their instalments, all locked in the order of this module. Raises NotFound."""
    locked = Instalment.objects.select_for_update(of=("self",)).filter(attempts__in=attempt_ids).order_by("pk")
    instalments = {instalment.pk: instalment for instalment in locked}
    rows = ChargeAttempt.objects.select_for_update(of=("self",)).filter(pk__in=attempt_ids).order_by("pk")
    attempts = [*rows]
    if len(attempts) != len(attempt_ids):
        raise NotFound("There is no such attempt.")
    for attempt in attempts:
        attempt.instalment = instalments[attempt.instalment_id]
    return attempts


def close_others(instalment: Instalment, code: str) -> None:
    """Close the open attempt of a locked instalment, if there is one."""
    for attempt in instalment.attempts.exclude(status__in=CLOSED).select_for_update(of=("self",)):
        save(attempt, AttemptStatus.RETRY_WAIT, code)


def change(instalment: Instalment, status: InstalmentStatus, now: datetime) -> None:
    """Save a locked instalment in its new state and announce it."""
    instalment.status = status
    instalment.save(update_fields=_MOVING)
    publish(changed(instalment), about=instalment, now=now)


def changed(instalment: Instalment) -> InstalmentChanged:
    """What is announced of an instalment in its new state."""
    return InstalmentChanged(instalment_id=instalment.pk, plan_id=instalment.plan_id, status=instalment.status)


def lose_track(*, attempt: ChargeAttempt, code: str, now: datetime) -> None:
    """Note that nobody knows what became of the last request; the attempt is locked."""
    save(attempt, AttemptStatus.UNKNOWN, code)
    watch(attempt, now)


def watch(attempt: ChargeAttempt, now: datetime) -> None:
    """Set a timer that asks Stripe about a locked attempt that waits for others; it replaces any former one."""
    bounds = _ASK_AFTER.get(AttemptStatus(attempt.status))
    if bounds is None:
        return
    soonest, longest = bounds
    after = min(soonest * 2 ** min(attempt.sweep, 16), longest)
    attempt.sweep += 1
    attempt.save(update_fields=["sweep"])
    event = StripeSweepDue(attempt_id=attempt.pk, sweep=attempt.sweep)
    schedule(event, about=attempt, due_at=now + after, generation=attempt.sweep)


def save(attempt: ChargeAttempt, status: AttemptStatus, code: str) -> None:
    """Save a locked attempt in its new state."""
    log.info("attempt=%s from=%s to=%s code=%s", attempt.pk, attempt.status, status, code)
    attempt.status, attempt.code = status, code
    attempt.save(update_fields=["status", "code", "charges", "is_surplus", "paid_at"])
