"""PaymentIntents that carry our metadata and that no row here knows: a killed worker's, or a restored backup's.

Nothing of it is ever charged again: what is not paid is canceled at Stripe, what is paid is taken over.
"""

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.payment_plans.models import (
    AttemptStatus,
    ChargeAttempt,
    Instalment,
    PaymentMethod,
)
from billing.payment_plans.rules import OutcomeKind
from billing.payment_plans.services import booking
from billing.stripe import client
from billing.stripe.client import Json
from billing.stripe.rules import outcome_of
from billing.stripe.services.reducing import NotYetHere, is_ours, money_of, reduce_payment_intent
from billing.work_items.services import open_item
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.money import CURRENCY

log = logging.getLogger(__name__)
_MONEY = (OutcomeKind.PAID, OutcomeKind.PROCESSING)


def adopt(*, payment_intent_id: str, now: datetime) -> None:
    """Fetch a PaymentIntent and, where it is ours and unknown here, take it over or cancel it. May be repeated.

    Raises NotYetHere while an open attempt may still take it: nobody else comes back to it if none does.
    """
    intent = client.get_payment_intent(payment_intent_id)
    kind = outcome_of(intent).kind
    if not is_ours(intent) or _is_known(intent) or kind == OutcomeKind.CANCELED:
        return
    if intent["currency"] != CURRENCY:
        with acting_as(WORKER):
            reduce_payment_intent(intent, now=now)  # it is reported there, and never becomes an attempt
        return
    if kind not in _MONEY:
        _check_is_not_awaited(intent)
        intent = _cancel(intent)
    if outcome_of(intent).kind in _MONEY:
        with acting_as(WORKER):
            _take_over(intent, now)


def _is_known(intent: Json) -> bool:
    with acting_as(WORKER):
        return ChargeAttempt.objects.filter(payment_intent_id=intent["id"]).exists()


def _check_is_not_awaited(intent: Json) -> None:
    """An open attempt that still looks for its PaymentIntent may find this one by itself, or another one."""
    carried = intent["metadata"]
    with acting_as(WORKER):
        looking = ChargeAttempt.objects.filter(payment_intent_id="", generation=_generation(intent)).filter(
            instalment_id=_uuid(carried.get("obj_uuid")),
            status__in=[AttemptStatus.SCHEDULED, AttemptStatus.CREATING, AttemptStatus.UNKNOWN],
        )
        if looking.exists():
            raise NotYetHere(f"payment intent {intent['id']} is awaited by an open attempt")


def _cancel(intent: Json) -> Json:
    """Cancel what nobody is to pay any more; return what it is instead, where it was paid meanwhile."""
    try:
        return client.cancel_payment_intent(intent["id"], key=f"pi-cancel:{intent['id']}")
    except client.Refused:
        return client.get_payment_intent(intent["id"])


def _take_over(intent: Json, now: datetime) -> None:
    """Give a PaymentIntent that holds money its row, and reduce it as any other; the caller acts as a worker."""
    with transaction.atomic():
        instalment = Instalment.objects.filter(pk=_uuid(intent["metadata"].get("obj_uuid"))).first()
        method = None if instalment is None else _method_of(intent, instalment)
        if instalment is None or method is None:
            _report(intent, now)
            return
        instalment = Instalment.locked(pk=instalment.pk)
        if _is_known(intent):
            return
        _insert(intent, instalment, method, now)
        log.warning("payment intent %s adopted for instalment %s", intent["id"], instalment.pk)
        reduce_payment_intent(intent, now=now)


def _insert(intent: Json, instalment: Instalment, method: PaymentMethod, now: datetime) -> None:
    """As an attempt that is over; money received still counts (settling.py)."""
    generation = _generation(intent)
    mine = instalment.attempts.filter(generation=generation).order_by("number")
    number = (mine.values_list("number", flat=True).last() or 0) + 1
    ChargeAttempt.objects.create(
        member_id=instalment.member_id,
        instalment=instalment,
        payment_method=method,
        generation=generation,
        number=number,
        status=AttemptStatus.RETRY_WAIT,
        code="adopted",
        amount_cents=intent["amount"],
        payment_intent_id=intent["id"],
        client_secret=intent["client_secret"],
        create_key=f"pi-create:{instalment.pk}:g{generation}",
        confirm_key=f"adopted:{intent['id']}",
        created_at=now,
    )


def _method_of(intent: Json, instalment: Instalment) -> PaymentMethod | None:
    mine = PaymentMethod.objects.filter(member_id=instalment.member_id)
    return mine.filter(stripe_id=intent.get("payment_method") or "").first() or mine.order_by("-stored_at").first()


def _report(intent: Json, now: datetime) -> None:
    """Money of an instalment that this database never had, or has lost: a person finds out whose it is."""
    if outcome_of(intent).kind == OutcomeKind.PAID:
        booking.book_stray_payment(money_of(intent), now=now)
    open_item(
        kind="orphan_payment",
        key=f"orphan:{intent['id']}",
        reference=intent["id"],
        amount_cents=intent["amount"],
        instalment=intent["metadata"].get("obj_uuid"),
        now=now,
    )


def _generation(intent: Json) -> int:
    carried = str(intent["metadata"].get("gen", ""))
    return int(carried) if carried.isdecimal() and 0 < int(carried) < 1_000 else 1


def _uuid(text: object) -> UUID:
    """Metadata can be changed by hand in the dashboard: what is no id is nobody's."""
    try:
        return UUID(str(text))
    except ValueError:
        return UUID(int=0)
