"""What may come after a charge: refunds, disputes; and the events that nobody took."""

from collections.abc import Iterator
from typing import Any

from billing.stripe.client.speaking import MOST_LISTED, Json, Refused, answer, client, pages

_MOVEMENTS = ["balance_transaction", "failure_balance_transaction"]


def create_refund(*, params: Json, key: str) -> Json:
    """Give money of a PaymentIntent back, from parameters stored beforehand."""
    wanted: Any = {**params, "expand": _MOVEMENTS}
    return answer(lambda: client().v1.refunds.create(wanted, {"idempotency_key": key}))


def get_refund(refund_id: str) -> Json:
    """Return a refund as it is now."""
    return answer(lambda: client().v1.refunds.retrieve(refund_id, {"expand": _MOVEMENTS}))


def list_refunds(payment_intent_id: str) -> Iterator[Json]:
    """Yield every refund of a PaymentIntent, newest first."""
    params: Any = {"payment_intent": payment_intent_id, "limit": MOST_LISTED}
    return pages(lambda: client().v1.refunds.list(params))


def get_dispute(dispute_id: str) -> Json:
    """Return a dispute as it is now, with the movements of money that it caused."""
    return answer(lambda: client().v1.disputes.retrieve(dispute_id))


def get_payment_intent_of(charge_id: str) -> str:
    """Return the id of a charge's PaymentIntent; "" where it has none, or is unknown."""
    try:
        charge = answer(lambda: client().v1.charges.retrieve(charge_id))
    except Refused:
        return ""
    return charge.get("payment_intent") or ""


def list_events(*, created_since: int, only_undelivered: bool, after: str = "") -> Iterator[Json]:
    """Yield the events since a Unix time, newest first; all, or those of which an endpoint has not taken a notice.

    With `after`, the id of one of them, those that follow it.
    """
    params: Any = {"created": {"gte": created_since}, "limit": MOST_LISTED}
    if after:
        params["starting_after"] = after
    if only_undelivered:
        params["delivery_success"] = False
    return pages(lambda: client().v1.events.list(params))
