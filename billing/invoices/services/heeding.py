"""Stripe's notices about invoices: they say only that something changed. External."""

from datetime import datetime
from uuid import UUID

from billing.invoices.services.stripe_settling import refresh
from workers.kernel.actor import WORKER, acting_as
from workers.receipts.receiving import read


def heed(*, receipt_id: UUID, now: datetime) -> None:
    """Fetch what became of the invoice of a stored notice; notices of other objects change nothing here."""
    with acting_as(WORKER):
        subject = read(receipt_id)["object"]
    if subject["object"] == "invoice":
        refresh(stripe_id=subject["id"], now=now)
