"""The terms that a plan may have, and the years that its limits are counted in. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

ROUTES = ("iv", "im", "sublingual", "nasal")  # docs/facts.md, "Routes"
SESSION_KINDS = ("consultation", "preparation", "dosing", "integration", "follow_up")  # docs/facts.md, "Course"
MOST_CENTS = 100_000_000_00  # a hundred million dollars: a typing error, not a benefit
MOST_SESSIONS = 1000


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """What a plan pays for one kind of session in place of the plan's own percentage.

    Either `percent` of what is left of the fee after the deductible, or `fixed_cents` of it at most. `annual_cap_cents`
    and `sessions_per_year` limit this kind alone, in a plan year; None is no limit.
    """

    session_kind: str
    percent: int | None = None
    fixed_cents: int | None = None
    annual_cap_cents: int | None = None
    sessions_per_year: int | None = None


def wrong_terms(
    *, employer_share_percent: int, covered_routes: Sequence[str], starts_on: date, ends_on: date | None, today: date
) -> dict[str, str]:
    """Return what is wrong with a plan's terms, by field; nothing when they hold."""
    wrong = {}
    if not 0 <= employer_share_percent <= 100:
        wrong["employer_share_percent"] = "A share is between 0 and 100 percent."
    if not covered_routes or len(set(covered_routes)) < len(covered_routes) or set(covered_routes) - set(ROUTES):
        wrong["covered_routes"] = f"Name each covered route once, at least one of {', '.join(ROUTES)}."
    if ends_on is not None and ends_on < starts_on:
        wrong["ends_on"] = "A plan ends on the day it starts or later."
    elif ends_on is not None and ends_on < today:
        wrong["ends_on"] = "This plan is over already: it would cover nobody. Give a day from today on, or none."
    return wrong


def wrong_limits(*, annual_cap_cents: int, lifetime_cap_cents: int | None) -> dict[str, str]:
    """Return what is wrong with a plan's limits, by field: a lifetime holds a year at least."""
    if lifetime_cap_cents is not None and lifetime_cap_cents < annual_cap_cents:
        return {"lifetime_cap_cents": "A lifetime's limit is not below one year's: raise it, or lower the year's."}
    return {}


def wrong_contributions(contributions: Sequence[Contribution]) -> dict[str, str]:
    """Return what is wrong with the contributions by kind of session; nothing when they hold."""
    kinds = [one.session_kind for one in contributions]
    if len(set(kinds)) < len(kinds) or set(kinds) - set(SESSION_KINDS):
        return {"contributions": f"Name each kind of session at most once, of {', '.join(SESSION_KINDS)}."}
    for one in contributions:
        if reason := _wrong_contribution(one):
            return {"contributions": f"{one.session_kind}: {reason}"}
    return {}


def _wrong_contribution(one: Contribution) -> str:
    if (one.percent is None) == (one.fixed_cents is None):
        return "give a percentage or a fixed amount, and not both."
    limits: Mapping[str, tuple[int | None, int]] = {
        "percent": (one.percent, 100),
        "fixed_cents": (one.fixed_cents, MOST_CENTS),
        "annual_cap_cents": (one.annual_cap_cents, MOST_CENTS),
        "sessions_per_year": (one.sessions_per_year, MOST_SESSIONS),
    }
    for name, (value, most) in limits.items():
        if value is not None and not 0 <= value <= most:
            return f"{name} is between 0 and {most}."
    return ""


def year_of(starts_on: date, on: date) -> date:
    """Return the first day of the plan year that a day lies in: plans' years begin on their own first day.

    A plan of 29 February begins its other years on 28 February. A day before the plan lies in its first year.
    """
    years = max(0, on.year - starts_on.year)
    begins = _anniversary(starts_on, starts_on.year + years)
    return begins if begins <= on or not years else _anniversary(starts_on, starts_on.year + years - 1)


def _anniversary(day: date, year: int) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=year, day=28) if is_leap_day and year != day.year else day.replace(year=year)
