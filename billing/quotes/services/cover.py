"""What a member's plan pays today, after what accepted quotes have used up."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from benefits import facade as benefits
from billing.quotes import queries
from billing.quotes.models import Quote
from billing.quotes.rules import Terms, terms_of
from workers.kernel.errors import DomainError


class NotCovered(DomainError):
    """The member has no cover on this day."""

    code = "not_covered"


def coverage_of(member_id: UUID, *, now: datetime) -> benefits.Coverage:
    """Return a member's plan today. Raises NotCovered."""
    coverage = benefits.coverage_of(member_id, on=now.date())
    if coverage is None:
        raise NotCovered("You have no cover today: ask your employer.")
    return coverage


def terms_for(coverage: benefits.Coverage, route: str, quotes: Iterable[Quote], *, now: datetime) -> Terms:
    """Return what a plan pays for a course by `route`, after the accepted ones among `quotes`, all of one member."""
    used = queries.used_in_year(quotes, employer_id=coverage.employer_id, now=now)
    return terms_of(
        route=route,
        covered_routes=coverage.covered_routes,
        employer_share_percent=coverage.employer_share_percent,
        annual_cap_cents=coverage.annual_cap_cents,
        deductible_cents=coverage.deductible_cents,
        cap_used_cents=used.cap_cents,
        deductible_used_cents=used.deductible_cents,
    )
