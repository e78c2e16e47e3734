"""What a member's plan pays for a course, after what agreed prices have used of its limits."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from benefits import facade as benefits
from billing.quotes.queries import used_of
from billing.quotes.rules import NO_LIMIT, NOTHING, Cap, Share, Terms, buckets
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


def terms_for(
    member_id: UUID,
    coverage: benefits.Coverage | None,
    route: str,
    session_format: str,
    *,
    counted_on: date,
    given_back: Mapping[str, int] | None = None,
) -> Terms:
    """Return what a plan pays for a course by `route`, alone or in a group, that counts in the plan year of a day.

    Nothing without a plan, and for a route or a format that the plan does not cover.

    `given_back` is what an agreed price took, by bucket, that this one is to take the place of.
    """
    if coverage is None:
        return replace(NOTHING, version="no plan")
    year = benefits.plan_year(coverage, on=counted_on)
    version = f"{coverage.version_id}/{year}"
    if route not in coverage.covered_routes or session_format not in coverage.covered_formats:
        return replace(NOTHING, version=version)
    kinds = [one.session_kind for one in coverage.contributions]
    names = buckets(plan_id=coverage.plan_id, employer_id=coverage.employer_id, year=year, kinds=kinds)
    used = used_of(member_id, names.values())
    before = {name: used.get(name, 0) - (given_back or {}).get(name, 0) for name in names.values()}
    return Terms(
        version=version,
        route_covered=True,
        default=Share(percent=coverage.employer_share_percent),
        by_kind={
            one.session_kind: Share(percent=one.percent, fixed_cents=one.fixed_cents) for one in coverage.contributions
        },
        deductible=_cap("deductible", "", coverage.deductible_cents, names, before),
        caps=tuple(_cap(rule, kind, limit, names, before) for rule, kind, limit in _limits(coverage)),
    )


def _limits(coverage: benefits.Coverage) -> Iterator[tuple[str, str, int]]:
    """Every limit that a plan has: its rule, the kind of session it is for, cents or sessions."""
    yield "annual_cap", "", coverage.annual_cap_cents
    lifetime = coverage.lifetime_cap_cents
    yield "lifetime_cap", "", NO_LIMIT if lifetime is None else lifetime  # counted in any case, for the plan after it
    if coverage.sessions_per_year is not None:
        yield "plan_session_cap", "", coverage.sessions_per_year
    for one in coverage.contributions:
        if one.annual_cap_cents is not None:
            yield "kind_cap", one.session_kind, one.annual_cap_cents
        if one.sessions_per_year is not None:
            yield "session_cap", one.session_kind, one.sessions_per_year


def _cap(rule: str, kind: str, limit: int, names: Mapping[tuple[str, str], str], used: Mapping[str, int]) -> Cap:
    bucket = names[rule, kind]
    return Cap(rule=rule, bucket=bucket, limit=limit, used=used[bucket], kind=kind)
