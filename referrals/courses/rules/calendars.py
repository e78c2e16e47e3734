"""Calendars as they are stored: closures, therapists, a member's hours; and wished-for times of the week as hours."""

from collections.abc import Iterable, Mapping
from datetime import date, time
from functools import cache
from typing import Annotated

import msgspec
from msgspec import Meta

from referrals.clinics.rules.hours import Hours
from referrals.protocols.rules.calendars import Dates
from referrals.protocols.rules.protocols import PLAIN
from referrals.requests.rules import Times

LAST_MINUTE = time(23, 59)  # no clock shows 24:00
_WEEK, _WEEKEND = range(1, 6), (6, 7)


class Closure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The clinic is closed from `first` to `last`, both included, on its own calendar."""

    first: date
    last: date

    def __post_init__(self) -> None:
        """Raise ValueError when it ends before it begins."""
        if self.last < self.first:
            raise ValueError(f"it ends on {self.last.isoformat()}, before it begins on {self.first.isoformat()}")


class Therapist(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who gives sessions: a `code` of the clinic's own, a name, and the ISO weekdays on which they work."""

    code: Annotated[str, Meta(min_length=1, max_length=40, pattern=PLAIN)]
    name: Annotated[str, Meta(min_length=1, max_length=200, pattern=PLAIN)]
    weekdays: Annotated[tuple[Annotated[int, Meta(ge=1, le=7)], ...], Meta(min_length=1, max_length=7)]


class WeeklyHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From when until when on an ISO weekday; 23:59 is the day's end."""

    weekday: Annotated[int, Meta(ge=1, le=7)]
    opens: time
    closes: time

    def __post_init__(self) -> None:
        """Raise ValueError when they close before they open."""
        if self.closes <= self.opens:
            raise ValueError(f"hours close at {self.closes:%H:%M}, not after they open at {self.opens:%H:%M}")

    def hours(self) -> Hours:
        """Return them as the planner takes them."""
        return Hours(weekday=self.weekday, opens=self.opens, closes=self.closes)


_OF: Mapping[Times, tuple[Iterable[int], time, time]] = {
    Times.WEEKDAY_MORNING: (_WEEK, time(), time(12)),
    Times.WEEKDAY_AFTERNOON: (_WEEK, time(12), time(17)),
    Times.WEEKDAY_EVENING: (_WEEK, time(17), LAST_MINUTE),
    Times.SATURDAY: (_WEEKEND[:1], time(), LAST_MINUTE),
    Times.SUNDAY: (_WEEKEND[1:], time(), LAST_MINUTE),
}


def hours_of(times: Iterable[str]) -> tuple[Hours, ...]:
    """Return the hours that times of the week stand for (requests.rules.Times); words that are none are left out."""
    known = [_OF[Times(one)] for one in times if one in list(Times)]
    return tuple(Hours(weekday=day, opens=opens, closes=closes) for days, opens, closes in known for day in days)


def dates_of(closures: Iterable[Closure]) -> tuple[Dates, ...]:
    """Return closures, or days away, as the planner takes them."""
    return tuple(Dates(first=one.first, last=one.last) for one in closures)


@cache
def holidays_of(state: str, year: int) -> Mapping[date, str]:
    """Return the public holidays of a US state or territory from a year to the next one's end, with their names.

    Federal holidays and the state's own, with the days on which they are observed (the `holidays` package). Those of a
    place that it does not know are the federal ones.
    """
    import holidays  # noqa: PLC0415 - it makes calendars of all the world's faiths as it is imported

    years = (year, year + 1)
    known = holidays.list_supported_countries().get("US", [])
    found = holidays.country_holidays("US", subdiv=state if state in known else None, years=years)
    return dict(found.items())
