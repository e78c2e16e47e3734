"""Heeding Stripe's notices: a notice says only that something changed; what it is now is fetched."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from billing.stripe.services import adopting, charges, disputes, refunds, setups
from billing.stripe.services.reducing import NotYetHere
from workers.kernel.actor import WORKER, acting_as
from workers.receipts.receiving import read

log = logging.getLogger(__name__)

HEEDED = frozenset(
    {
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "payment_intent.canceled",
        "charge.updated",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "setup_intent.succeeded",
        "setup_intent.canceled",
        "checkout.session.completed",
        "checkout.session.expired",
        "payment_method.detached",
        "payment_method.updated",
        "payment_method.automatically_updated",
    }
)
PATIENCE = timedelta(minutes=10)  # after that a PaymentIntent of ours that no row knows is adopted

_REFRESHING: dict[str, Callable[[str, datetime], None]] = {
    "payment_intent": lambda i, now: charges.refresh(payment_intent_id=i, now=now),
    "setup_intent": lambda i, now: setups.refresh(setup_intent_id=i, now=now),
    "checkout.session": lambda i, now: setups.refresh_checkout(checkout_id=i, now=now),
    "payment_method": lambda i, now: setups.refresh_method(method_id=i, now=now),
    "refund": lambda i, now: refunds.refresh(stripe_id=i, now=now),
    "dispute": lambda i, now: disputes.refresh(dispute_id=i, now=now),
}


def heed(*, receipt_id: UUID, now: datetime) -> None:
    """Fetch and reduce what a stored notice of a type in HEEDED is about; a charge without PaymentIntent is left.

    Our metadata without a row: it may not be committed yet, so the job comes again (NotYetHere); later it is adopted.
    """
    with acting_as(WORKER):
        notice = read(receipt_id)
    if (subject := subject_of(notice)) is None:
        log.info("stripe event %s ignored type=%s: it is about no payment of ours", notice["id"], notice["type"])
        return
    kind, object_id = subject
    try:
        refresh(kind=kind, object_id=object_id, now=now)
    except NotYetHere:
        if now < datetime.fromtimestamp(notice["created"] or 0, UTC) + PATIENCE:
            raise
        adopting.adopt(payment_intent_id=object_id, now=now)


def subject_of(event: dict[str, Any]) -> tuple[str, str] | None:
    """Return the kind and the id of what is fetched for an event: a charge's is its PaymentIntent."""
    subject: dict[str, Any] = event["object"] if isinstance(event["object"], dict) else event["data"]["object"]
    if subject["object"] == "charge":
        intent_id = subject.get("payment_intent")
        return ("payment_intent", intent_id) if intent_id else None
    return (subject["object"], subject["id"]) if subject["object"] in _REFRESHING else None


def refresh(*, kind: str, object_id: str, now: datetime) -> None:
    """Fetch an object of Stripe's as it is now, and reduce it. Raises NotYetHere and client.StripeFailure."""
    _REFRESHING[kind](object_id, now)
