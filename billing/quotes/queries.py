"""Reading quotes. The caller acts as the member, an operator or a worker."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.quotes.models import Quote, QuoteLine, QuoteStatus
from billing.quotes.rules import plan_year
from workers.kernel.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class Used:
    """Cents of a plan year that a member's accepted quotes have used up."""

    cap_cents: int
    deductible_cents: int


def get_quote(quote_id: UUID) -> Quote:
    """Return a quote with its lines. Raises NotFound."""
    quote = Quote.objects.prefetch_related("lines").filter(pk=quote_id).first()
    if quote is None:
        raise NotFound("There is no such quote.")
    return quote


def is_agreed(course_id: UUID) -> bool:
    """Whether the price of a course has been agreed to."""
    return Quote.objects.filter(course_id=course_id, status=QuoteStatus.ACCEPTED).exists()


def used_in_year(quotes: Iterable[Quote], *, employer_id: UUID, now: datetime) -> Used:
    """Return what the accepted ones among a member's quotes take of an employer's plan in the year of `now`."""
    start, end = plan_year(now.date())
    counted = [
        quote
        for quote in quotes
        if quote.employer_id == employer_id
        and quote.accepted_at is not None
        and start <= quote.accepted_at.date() < end
    ]
    return Used(
        cap_cents=sum(quote.employer_cents for quote in counted),
        deductible_cents=sum(quote.deductible_cents for quote in counted),
    )


def agreed_line(session_id: UUID) -> QuoteLine | None:
    """Return the line of the accepted quote that prices a session, or None when no price was agreed."""
    lines = QuoteLine.objects.select_related("quote")
    return lines.filter(session_id=session_id, quote__status=QuoteStatus.ACCEPTED).first()
