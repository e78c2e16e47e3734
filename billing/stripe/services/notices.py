"""Heeding Stripe's notices: a notice says only that something changed; what it is now is fetched."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from billing.stripe.services import charges, setups
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
        "setup_intent.succeeded",
        "setup_intent.canceled",
    }
)


def heed(*, receipt_id: UUID, now: datetime) -> None:
    """Fetch and reduce what a stored notice is about; types that we do not heed are logged and left."""
    with acting_as(WORKER):
        notice = read(receipt_id)
    if notice["type"] not in HEEDED:
        log.info("stripe event %s ignored type=%s", notice["id"], notice["type"])
        return
    subject: dict[str, Any] = notice["object"]
    refresh, object_id = _how_to_refresh(subject)
    if object_id:
        refresh(object_id, now)


def _how_to_refresh(subject: dict[str, Any]) -> tuple[Callable[[str, datetime], None], str]:
    if subject["object"] == "setup_intent":
        return lambda i, now: setups.refresh(setup_intent_id=i, now=now), subject["id"]
    intent_id = subject["id"] if subject["object"] == "payment_intent" else subject.get("payment_intent")
    return lambda i, now: charges.refresh(payment_intent_id=i, now=now), intent_id or ""
