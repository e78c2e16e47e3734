"""The terms that a plan may have, and the years that its limits are counted in. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from enum import StrEnum

from workers.kernel.words import gettext_noop

ROUTES = ("iv", "im", "sublingual", "nasal")  # docs/facts.md, "Routes"
FORMATS = ("individual", "group")  # docs/facts.md, "The service": group KAP is how some make it affordable
SESSION_KINDS = ("consultation", "preparation", "dosing", "integration", "follow_up")  # docs/facts.md, "Course"
MOST_CENTS = 100_000_000_00  # a hundred million dollars: a typing error, not a benefit
MOST_SESSIONS = 1000
MOST_PRIORITY = 1_000
USUAL_PRIORITY = 100  # leaves room before it and after it
MOST_NAMES = 50  # classes of employees, or places of work, that one plan lists
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)  # beyond them lies a typing error
MOST_REASON = 500  # characters of why a proposal was declined
LONGEST_NAME = 60  # as long as a member's own (benefits/enrollment/models/)


class PlanStatus(StrEnum):
    """draft --agree--> agreed; draft --discard--> discarded."""

    DRAFT = "draft"
    AGREED = "agreed"
    DISCARDED = "discarded"


class Reset(StrEnum):
    """When the yearly limits and the deductible begin anew: on the plan's own anniversary, on 1 January, or never."""

    ANNIVERSARY = "anniversary"
    CALENDAR_YEAR = "calendar_year"
    LIFETIME = "lifetime"


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


@dataclass(frozen=True, kw_only=True)
class Terms:
    """All that a plan says; days are calendar days, money is cents.

    It lasts from `starts_on` through `ends_on`, None for no end. It pays `employer_share_percent` of a fee, and for
    single kinds of session what `contributions` say, up to `annual_cap_cents` and `sessions_per_year` of whatever kind
    (None: as many as there are) a year, after `deductible_cents`; a year begins anew as `reset` says. A member is
    covered `waiting_days` after their hire date; a course under way when cover ends stays covered for `run_out_days`.
    Of the plans that take somebody, that of the lowest `priority` is theirs;
    empty `employee_classes` and `work_locations`, and no `hired_from` and `hired_until`, take everybody.
    """

    name: str
    starts_on: date
    ends_on: date | None = None
    employer_share_percent: int
    annual_cap_cents: int
    lifetime_cap_cents: int | None = None
    sessions_per_year: int | None = None
    deductible_cents: int
    reset: str = Reset.ANNIVERSARY
    covered_routes: Sequence[str]
    covered_formats: Sequence[str] = FORMATS
    waiting_days: int
    run_out_days: int = 0
    covers_dependants: bool = False
    priority: int = USUAL_PRIORITY
    employee_classes: Sequence[str] = ()
    work_locations: Sequence[str] = ()
    hired_from: date | None = None
    hired_until: date | None = None
    contributions: Sequence[Contribution] = ()


# What stands in a plan's own row.
COLUMNS = tuple(field.name for field in fields(Terms) if field.name != "contributions")


def wrong_terms(terms: Terms, *, today: date) -> dict[str, str]:
    """Return what is wrong with a plan's terms, by field; nothing when they hold."""
    return {
        **_wrong_share(terms),
        **_wrong_period(terms, today),
        **_wrong_limits(terms),
        **_wrong_audience(terms),
        **_wrong_contributions(terms.contributions),
    }


def _wrong_share(terms: Terms) -> dict[str, str]:
    wrong = {}
    if not 0 <= terms.employer_share_percent <= 100:
        wrong["employer_share_percent"] = "A share is between 0 and 100 percent."
    if not _each_once(terms.covered_routes, ROUTES):
        wrong["covered_routes"] = f"Name each covered route once, at least one of {', '.join(ROUTES)}."
    if not _each_once(terms.covered_formats, FORMATS):
        wrong["covered_formats"] = f"Name each covered format once, at least one of {', '.join(FORMATS)}."
    return wrong


def _wrong_period(terms: Terms, today: date) -> dict[str, str]:
    for field, day in (("starts_on", terms.starts_on), ("ends_on", terms.ends_on)):
        if day is not None and not EARLIEST <= day <= LATEST:
            return {field: f"A day from {EARLIEST} through {LATEST}."}
    if terms.ends_on is not None and terms.ends_on < terms.starts_on:
        return {"ends_on": gettext_noop("A plan ends on the day it starts or later.")}
    if terms.ends_on is not None and terms.ends_on < today:
        return {
            "ends_on": gettext_noop(
                "This plan is over already: it would cover nobody. Give a day from today on, or none."
            )
        }
    return {}


def _each_once(named: Sequence[str], known: Sequence[str]) -> bool:
    return bool(named) and len(set(named)) == len(named) and not set(named) - set(known)


def _wrong_audience(terms: Terms) -> dict[str, str]:
    wrong = {}
    if not 1 <= terms.priority <= MOST_PRIORITY:
        wrong["priority"] = f"A priority is between 1 (asked first) and {MOST_PRIORITY}."
    for field, names in (("employee_classes", terms.employee_classes), ("work_locations", terms.work_locations)):
        if len(names) > MOST_NAMES or len(set(names)) < len(names) or not all(map(_is_name, names)):
            wrong[field] = f"Name each once, at most {MOST_NAMES} of at most {LONGEST_NAME} characters; none takes all."
    if terms.hired_from and terms.hired_until and terms.hired_until < terms.hired_from:
        wrong["hired_until"] = "Nobody is hired before `hired_until` and after `hired_from`: exchange the two days."
    return wrong


def _is_name(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and name == name.strip()


def _wrong_limits(terms: Terms) -> dict[str, str]:
    """A lifetime holds a year at least."""
    if terms.sessions_per_year is not None and not 0 <= terms.sessions_per_year <= MOST_SESSIONS:
        return {"sessions_per_year": f"A number of sessions is between 0 and {MOST_SESSIONS}; none is no limit."}
    if terms.lifetime_cap_cents is not None and terms.lifetime_cap_cents < terms.annual_cap_cents:
        return {
            "lifetime_cap_cents": gettext_noop(
                "A lifetime's limit is not below one year's: raise it, or lower the year's."
            )
        }
    return {}


def _wrong_contributions(contributions: Sequence[Contribution]) -> dict[str, str]:
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


def year_of(years_from: date, on: date, reset: str = Reset.ANNIVERSARY) -> date:
    """Return the first day of the year that a plan counts its limits in, for the year that a day lies in.

    Years are counted from `years_from`; one of 29 February begins its other years on 28 February. A day before it lies
    in the first year. A plan that never resets has one year, its first.
    """
    if reset == Reset.CALENDAR_YEAR:
        return date(max(on, years_from).year, 1, 1)
    if reset == Reset.LIFETIME:
        return years_from
    years = max(0, on.year - years_from.year)
    begins = _anniversary(years_from, years_from.year + years)
    return begins if begins <= on or not years else _anniversary(years_from, years_from.year + years - 1)


def following(terms: Terms, years_from: date) -> Terms:
    """Return the same terms from the day after their last: what a renewal begins with. They have a last day."""
    if terms.ends_on is None:
        return terms
    until = renewed_until(years_from, terms.starts_on, terms.ends_on)
    return replace(terms, starts_on=terms.ends_on + timedelta(days=1), ends_on=until)


def renewed_until(years_from: date, starts_on: date, ends_on: date) -> date:
    """Return the last day of a renewal: a year on, where the plan ended with one of its years; else as many days on."""
    after = ends_on + timedelta(days=1)
    if after > years_from and year_of(years_from, after) == after:
        return _anniversary(years_from, after.year + 1) - timedelta(days=1)
    return ends_on + (ends_on - starts_on) + timedelta(days=1)


def _anniversary(day: date, year: int) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=year, day=28) if is_leap_day and year != day.year else day.replace(year=year)
