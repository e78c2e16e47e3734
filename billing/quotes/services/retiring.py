"""The end of a quote that was not accepted: what it reserved of a subsidy fund is free again."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.quotes.models import Quote, QuoteStatus
from billing.sliding_scale.services import funds


def retire(quote: Quote, status: QuoteStatus) -> None:
    """End an open quote, and release what it reserved. The caller holds its lock."""
    if quote.fund_id and quote.reserved_cents:
        funds.release(fund_id=quote.fund_id, cents=quote.reserved_cents)
    quote.status = status
    quote.save(update_fields=["status"])


def expire(*, quote_id: UUID, now: datetime) -> None:
    """End a quote whose time has passed; one that was accepted or replaced meanwhile stays as it is. Idempotent.

    Takes the quote's lock. Raises NotFound.
    """
    with transaction.atomic():
        quote = Quote.locked(pk=quote_id)
        if quote.status == QuoteStatus.OFFERED and quote.expires_at <= now:
            retire(quote, QuoteStatus.EXPIRED)
