"""Opening attempts to charge an instalment. What Stripe's word on them changes is in settling.py.

Lock order everywhere: instalments by key, then attempts, then plan.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from billing.events import ChargeRequested, InstalmentChanged, StripeSweepDue
from billing.payment_plans.models import (
    CLOSED,
    AttemptStatus,
    ChargeAttempt,
    Instalment,
    InstalmentStatus,
    PlanStatus,
)
from billing.payment_plans.queries import count_tries, find_active_method
from billing.payment_plans.rules import POLICIES, TRIES_COUNT_FOR, MethodKind
from billing.payment_plans.services import dunning
from workers.kernel.errors import NotFound
from workers.outbox.publishing import publish
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
_ENDED_PI = (AttemptStatus.CANCELLED, AttemptStatus.RETURNED)


def charge_due(*, instalment_id: UUID, generation: int, now: datetime) -> None:
    """Open an attempt for an instalment that is due, unless what was due has been superseded.

    Without autopay its payer is asked; while the plan pauses nothing happens, for the pause moves the date.
    """
    with transaction.atomic():
        instalment = Instalment.locked(pk=instalment_id)
        plan = instalment.plan
        is_due = instalment.generation == generation and instalment.status in _WAITING
        if not is_due or plan.status != PlanStatus.ACTIVE or plan.is_paused_at(now):
            return
        if plan.autopay or instalment.status == InstalmentStatus.RETRY_WAIT:
            open_attempt(instalment, now)
        else:
            dunning.ask_payer(instalment, now)
            change(instalment, InstalmentStatus.DUE, now)


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
            if not instalment.plan.is_paused_at(now) and _is_untried(instalment):
                close_others(instalment, "superseded")
                open_attempt(instalment, now)


def _is_untried(instalment: Instalment) -> bool:
    """Whether the active method is another than the one of the last attempt."""
    method = find_active_method(instalment.member_id)
    last = instalment.attempts.order_by("generation", "number").last()
    return method is not None and (last is None or last.payment_method_id != method.pk)


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
    """Record the next attempt with the active payment method and ask for it; the instalment is locked."""
    method = find_active_method(instalment.member_id)
    instalment.generation += 1
    if method is None:
        dunning.note_trouble(instalment, now)
        change(instalment, InstalmentStatus.NEEDS_METHOD, now)
        return
    attempt = _next_attempt(instalment)
    attempt.payment_method, attempt.created_at = method, now
    attempt.save(force_insert=True)
    change(instalment, InstalmentStatus.CHARGING, now)
    publish(ChargeRequested(attempt_id=attempt.pk), about=attempt, now=now)


def _next_attempt(instalment: Instalment) -> ChargeAttempt:
    """The same PaymentIntent again, under a new key; a new one only when the last is proven canceled or returned."""
    last = instalment.attempts.order_by("generation", "number").last()
    generation, number = (1, 1) if last is None else (last.generation, last.number + 1)
    if last is not None and last.status in _ENDED_PI:
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


def close_others(instalment: Instalment, code: str) -> None:
    """Close the open attempt of a locked instalment, if there is one."""
    for attempt in instalment.attempts.exclude(status__in=CLOSED).select_for_update(of=("self",)):
        save(attempt, AttemptStatus.RETRY_WAIT, code)


def change(instalment: Instalment, status: InstalmentStatus, now: datetime) -> None:
    """Save a locked instalment in its new state and announce it."""
    instalment.status = status
    instalment.save(
        update_fields=["status", "generation", "failures", "failed_at", "action_since", "paid_at", "due_at"]
    )
    event = InstalmentChanged(instalment_id=instalment.pk, plan_id=instalment.plan_id, status=status)
    publish(event, about=instalment, now=now)


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
