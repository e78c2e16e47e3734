"""What a member's plan pays of a list price, as far as the directory says it: before deductible, caps and subsidies.

The exact price is a quote's; this is what clinics are compared by.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from benefits import facade as benefits


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Of a session by one of `routes` the plan pays `percent`, or where that is set `fixed_cents` at most."""

    routes: tuple[str, ...] = ()
    percent: int = 0
    fixed_cents: int | None = None


def terms_of(coverage: benefits.Coverage, kind: str) -> Terms:
    """Return what a plan pays of a kind of session."""
    for one in coverage.contributions:
        if one.session_kind == kind:
            return Terms(routes=coverage.covered_routes, percent=one.percent or 0, fixed_cents=one.fixed_cents)
    return Terms(routes=coverage.covered_routes, percent=coverage.employer_share_percent)


def own_terms(member_id: UUID, kind: str, *, now: datetime) -> Terms:
    """Return what a member's plan pays of a kind of session today, where they live: nothing without cover."""
    today = now.astimezone(ZoneInfo(benefits.get_member(member_id).timezone)).date()
    coverage = benefits.coverage_of(member_id, on=today)
    return terms_of(coverage, kind) if coverage else Terms()
