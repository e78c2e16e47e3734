"""Agreeing to a quote."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from billing.events import QuoteAccepted
from billing.quotes.models import Quote, QuoteStatus
from billing.quotes.services.cover import coverage_of, terms_for
from workers.kernel.errors import DomainError, NotFound
from workers.outbox.publishing import publish


class PriceAgreed(DomainError):
    """The price of this course was agreed to before."""

    code = "price_already_agreed"


class QuoteExpired(DomainError):
    """The quote was not accepted in time."""

    code = "quote_expired"


class QuoteOutdated(DomainError):
    """What the plan pays has changed since the quote was made."""

    code = "quote_outdated"


def accept(*, quote_id: UUID, member_id: UUID, now: datetime) -> Quote:
    """Agree to a quote and return it; repeating it changes nothing.

    Locks all quotes of the member: two accepted at once could otherwise spend one yearly cap twice.
    Raises NotFound, QuoteExpired, PriceAgreed, NotCovered, and QuoteOutdated when the plan would now pay otherwise.
    """
    with transaction.atomic():
        mine = list(Quote.objects.select_for_update().filter(member_id=member_id).order_by("pk"))
        quote = next((quote for quote in mine if quote.pk == quote_id), None)
        if quote is None:
            raise NotFound("There is no such quote.")
        if quote.status == QuoteStatus.ACCEPTED:
            return quote
        if quote.status_at(now) == QuoteStatus.EXPIRED:
            raise QuoteExpired("This quote has expired: ask for a new one.")
        terms = terms_for(coverage_of(member_id, now=now), quote.snapshot["route"], mine, now=now)
        if terms != quote.terms:
            raise QuoteOutdated("Your plan would now pay another part: ask for a new quote.")
        _mark_accepted(quote, now)
        event = QuoteAccepted(quote_id=quote.pk, course_id=quote.course_id, member_id=member_id)
        publish(event, about=quote, now=now)
    return quote


def _mark_accepted(quote: Quote, now: datetime) -> None:
    """The index of accepted quotes decides between two quotes of one course. Raises PriceAgreed."""
    quote.status, quote.accepted_at = QuoteStatus.ACCEPTED, now
    try:
        with transaction.atomic():
            quote.save(update_fields=["status", "accepted_at"])
    except IntegrityError as error:
        raise PriceAgreed("The price of this course was agreed to before.") from error
