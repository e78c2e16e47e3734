"""Heeding Stripe's notices: a notice says only that something changed; what it is now is fetched."""

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from billing.events import StripeNoticeReceived
from billing.events.books import InvoiceNoticeReceived, PayoutNoticeReceived
from billing.stripe import client
from billing.stripe.services import adopting, charges, disputes, refunds, setups
from billing.stripe.services.reducing import NotYetHere
from workers.events import Event
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.trace import traced
from workers.receipts.receiving import read_all, receive

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

_INTENT = "payment_intent"
_REFRESHING: dict[str, Callable[[str, datetime], None]] = {
    _INTENT: lambda i, now: charges.refresh(payment_intent_id=i, now=now),
    "setup_intent": lambda i, now: setups.refresh(setup_intent_id=i, now=now),
    "checkout.session": lambda i, now: setups.refresh_checkout(checkout_id=i, now=now),
    "payment_method": lambda i, now: setups.refresh_method(method_id=i, now=now),
    "refund": lambda i, now: refunds.refresh(stripe_id=i, now=now),
    "dispute": lambda i, now: disputes.refresh(dispute_id=i, now=now),
}
_EXPECTED = (client.StripeFailure, charges.StillInFlight, NotYetHere)

Subject = tuple[str, str]  # a kind of object, and Stripe's id of one


def record(event: dict[str, Any], *, now: datetime) -> bool:
    """Store an event of Stripe's once, by its id, and announce it; False for one that had been stored before.

    Needs an open transaction of the actor that stores receipts (AUTH). Raises what receiving.receive raises.
    """
    return receive(
        source="stripe",
        message_id=event["id"],
        body=json.dumps(_essence(event), sort_keys=True),
        announce=lambda receipt_id: announcement(event["type"], receipt_id),
        now=now,
    )


def announcement(notice_type: str, receipt_id: UUID) -> Event | None:
    """What is announced of a notice: the books hear of invoices and payouts, all else is about people's payments.

    None for a type that nobody heeds: it is kept as proof of what Stripe sent, and gives no worker anything to do.
    """
    match notice_type.partition(".")[0]:
        case "invoice":
            return InvoiceNoticeReceived(receipt_id=receipt_id)
        case "payout":
            return PayoutNoticeReceived(receipt_id=receipt_id)
        case _ if notice_type in HEEDED:
            return StripeNoticeReceived(receipt_id=receipt_id)
        case _:
            log.info("stripe event ignored type=%s receipt=%s", notice_type, receipt_id)
            return None


def _essence(event: dict[str, Any]) -> dict[str, Any]:
    """What is kept: no person's details, and not the counter of deliveries that differs between two copies."""
    subject = event["data"]["object"]
    kept = {name: subject.get(name) for name in ("id", "object", "payment_intent")}
    return {"id": event["id"], "type": event["type"], "created": event.get("created"), "object": kept}


def heed_all(*, traces: Mapping[UUID, str], now: datetime) -> dict[UUID, Exception]:
    """Fetch and reduce what stored notices of types in HEEDED are about, each on its walk; returns which failed.

    What several of them are about is fetched once. Our metadata without a row: it may not be committed yet, so the job
    comes again (NotYetHere); later it is adopted. A charge without PaymentIntent is left.
    """
    with acting_as(WORKER):
        notices = read_all(traces)
    about: dict[Subject, list[UUID]] = defaultdict(list)
    for receipt_id, notice in notices.items():
        if (subject := subject_of(notice)) is None:
            log.info("stripe event %s ignored type=%s: it is about no payment of ours", notice["id"], notice["type"])
        else:
            about[subject].append(receipt_id)
    errors = _refresh_all({subject: traces[receipts[0]] for subject, receipts in about.items()}, now)
    for subject in [each for each, error in errors.items() if isinstance(error, NotYetHere)]:
        oldest = min(notices[receipt_id]["created"] or 0 for receipt_id in about[subject])
        if now >= datetime.fromtimestamp(oldest, UTC) + PATIENCE:
            del errors[subject]
            errors |= _tried(subject, partial(adopting.adopt, payment_intent_id=subject[1], now=now))
    return {receipt_id: error for subject, error in errors.items() for receipt_id in about[subject]}


def _refresh_all(walks: Mapping[Subject, str], now: datetime) -> dict[Subject, Exception]:
    """PaymentIntents together, all else one by one."""
    intents = {object_id: trace for (kind, object_id), trace in walks.items() if kind == _INTENT}
    failed = charges.refresh_all(traces=intents, now=now)
    errors = {(_INTENT, object_id): error for object_id, error in failed.items()}
    for subject, trace in walks.items():
        if subject[0] != _INTENT:
            with traced(trace):
                errors |= _tried(subject, partial(refresh, kind=subject[0], object_id=subject[1], now=now))
    return errors


def _tried(subject: Subject, act: Callable[[], None]) -> dict[Subject, Exception]:
    try:
        act()
    except _EXPECTED as error:
        return {subject: error}
    return {}


def subject_of(event: dict[str, Any]) -> Subject | None:
    """Return the kind and the id of what is fetched for an event: a charge's is its PaymentIntent."""
    subject: dict[str, Any] = event["object"] if isinstance(event["object"], dict) else event["data"]["object"]
    if subject["object"] == "charge":
        intent_id = subject.get("payment_intent")
        return (_INTENT, intent_id) if intent_id else None
    return (subject["object"], subject["id"]) if subject["object"] in _REFRESHING else None


def refresh(*, kind: str, object_id: str, now: datetime) -> None:
    """Fetch an object of Stripe's as it is now, and reduce it. Raises NotYetHere and client.StripeFailure."""
    _REFRESHING[kind](object_id, now)
