"""Sending refunds, and hearing of them. Called by external reactions: outside any transaction.

A refund has no two phases: after a lost answer Stripe's list is read, and only what is not on it is sent again.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from billing.payment_plans.models import AttemptStatus, ChargeAttempt, Refund, RefundReason, RefundStatus
from billing.payment_plans.queries import get_refund
from billing.payment_plans.services import refund_settling as settling
from billing.stripe import client
from billing.stripe.client import Json
from billing.stripe.rules import is_of, metadata
from billing.stripe.services.charges import AFTER_TIMEOUT, StillInFlight
from billing.stripe.services.setups import environment
from workers.kernel.actor import WORKER, acting_as

log = logging.getLogger(__name__)

_STRIPES_WORD = {RefundReason.SECOND_CHARGE: "duplicate"}  # of ours; every other is the customer's wish to Stripe


def send(*, refund_id: UUID, now: datetime) -> None:
    """Carry a refund as far as it goes. May be called again and by several at once.

    Raises StillInFlight, and client.StripeFailure for what is to be tried again.
    """
    refund = _read(refund_id)
    if refund.status in (RefundStatus.SENDING, RefundStatus.UNKNOWN):
        _check_not_in_flight(refund, now)
        if (made := _find(refund)) is not None:
            _settle(refund.pk, made, now)
            return
        _give_way(refund, RefundStatus.APPROVED)
        refund = _read(refund_id)
    if refund.status == RefundStatus.APPROVED:
        _create(refund, now)


def _read(refund_id: UUID) -> Refund:
    with acting_as(WORKER):
        return get_refund(refund_id)


def _check_not_in_flight(refund: Refund, now: datetime) -> None:
    in_flight = timedelta(seconds=settings.STRIPE_TIMEOUT_SECONDS) + AFTER_TIMEOUT
    if refund.sent_at is not None and now < refund.sent_at + in_flight:
        raise StillInFlight(f"refund {refund.pk} was sent at {refund.sent_at}")


def _find(refund: Refund) -> Json | None:
    """Look for the refund whose answer was lost, by our metadata among those of its PaymentIntent."""
    wanted = _metadata(refund)
    listed = client.list_refunds(refund.attempt.payment_intent_id)
    return next((client.get_refund(made["id"]) for made in listed if is_of(made, wanted)), None)


def _metadata(refund: Refund) -> dict[str, str]:
    """Without the number of the key: which of several tries was executed does not matter, one is enough."""
    generation = len(refund.former_ids) + 1
    return metadata(env=environment(), obj="refund", obj_uuid=refund.pk, generation=generation)


def _create(refund: Refund, now: datetime) -> None:
    params = {
        "payment_intent": refund.attempt.payment_intent_id,
        "amount": refund.amount_cents,
        "reason": _STRIPES_WORD.get(RefundReason(refund.reason), "requested_by_customer"),
        "metadata": _metadata(refund),
    }
    with acting_as(WORKER):
        if not settling.begin(refund_id=refund.pk, params=params, now=now):
            raise StillInFlight(f"refund {refund.pk} is no longer approved")
    try:
        made = client.create_refund(params=params, key=f"refund:{refund.pk}:a{refund.tries}")
    except client.OutcomeUnknown as error:
        _give_way(refund, RefundStatus.UNKNOWN, use_another_key=error.is_stored)
        raise
    except client.KeyReused:
        _give_way(refund, RefundStatus.UNKNOWN, use_another_key=True)
        raise
    except client.Refused as error:
        log.error("refund=%s refused by Stripe: %s", refund.pk, error)
        with acting_as(WORKER):
            settling.refuse(refund_id=refund.pk, code=error.code or "refused", now=now)
        return
    except client.StripeFailure:
        _give_way(refund, RefundStatus.APPROVED)
        raise
    _settle(refund.pk, made, now)


def _give_way(refund: Refund, status: RefundStatus, *, use_another_key: bool = False) -> None:
    with acting_as(WORKER):
        settling.give_way(refund_id=refund.pk, status=status, use_another_key=use_another_key)


def _settle(refund_id: UUID, told: Json, now: datetime) -> None:
    with acting_as(WORKER):
        settling.settle(refund_id=refund_id, told=told, now=now)


def check(*, refund_id: UUID, number: int, now: datetime) -> None:
    """Ask Stripe about a refund that is still open, and set the timer of the next question."""
    with acting_as(WORKER):
        refund = Refund.locked(pk=refund_id)
        if refund.sweep != number:
            return
        settling.watch(refund, now)
    if refund.stripe_id:
        refresh(stripe_id=refund.stripe_id, now=now)
    elif refund.status != RefundStatus.REFUSED:
        send(refund_id=refund_id, now=now)


def refresh(*, stripe_id: str, now: datetime) -> None:
    """Fetch a refund of which Stripe gave notice, and reduce it; one of ours made by hand is taken over."""
    told = client.get_refund(stripe_id)
    with acting_as(WORKER):
        refund_id = _find_row(told)
        attempt_id = None if refund_id else _find_charge(told)
        if refund_id is not None:
            settling.settle(refund_id=refund_id, told=told, now=now)
        elif attempt_id is not None:
            settling.adopt(attempt_id=attempt_id, told=told, now=now)
        else:
            log.info("refund %s is not ours: ignored", stripe_id)


def _find_row(told: Json) -> UUID | None:
    ids = Refund.objects.filter(stripe_id=told["id"]) | Refund.objects.filter(former_ids__contains=[told["id"]])
    if found := ids.values_list("pk", flat=True).first():
        return found
    if is_of(told, {"env": environment(), "obj": "refund"}):
        sent = Refund.objects.filter(pk=told["metadata"]["obj_uuid"], stripe_id="")
        return sent.values_list("pk", flat=True).first()
    return None


def _find_charge(told: Json) -> UUID | None:
    paid = ChargeAttempt.objects.filter(payment_intent_id=told.get("payment_intent") or "-", status=AttemptStatus.PAID)
    return paid.values_list("pk", flat=True).first()
