"""Opening hours: intervals of a clinic's own wall time, by ISO weekday (1 is Monday)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from itertools import pairwise

WEEKDAYS = range(1, 8)


@dataclass(frozen=True, kw_only=True)
class Hours:
    """From when until when it is open on a weekday; a day may have several intervals, which do not overlap."""

    weekday: int
    opens: time
    closes: time


OFFICE = tuple(Hours(weekday=weekday, opens=time(9), closes=time(17)) for weekday in range(1, 6))


_TIME = r"(\d{1,2})(?:[:.](\d\d))?\s*(?:([ap])\.?\s?m\.?)?"
_SPAN = re.compile(rf"{_TIME}\s*(?:-|–|—|to)\s*{_TIME}", re.ASCII)


class BadHours(ValueError):
    """An interval ends before it begins, lies on no weekday, or overlaps another."""


def read_day(weekday: int, text: str) -> tuple[Hours, ...]:
    """Return a day's hours as people type them, by 12 or by 24: "9 am – 12:30 pm, 13-17".

    Nothing typed means closed. Raises BadHours.
    """
    parts = [part for part in (part.strip() for part in text.split(",")) if part]
    return check_hours(_read_span(weekday, part) for part in parts)


def _read_span(weekday: int, text: str) -> Hours:
    found = _SPAN.fullmatch(text.lower())
    if found is None:
        raise BadHours(f"{text!r} is not from when until when.")
    return Hours(weekday=weekday, opens=_read_time(*found.groups()[:3]), closes=_read_time(*found.groups()[3:]))


def _read_time(hour: str, minute: str | None, half: str | None) -> time:
    number = int(hour)
    if half and not 1 <= number <= 12:
        raise BadHours(f"There is no {number} {half}m.")
    try:
        return time(number % 12 + 12 * (half == "p") if half else number, int(minute or 0))
    except ValueError:
        raise BadHours(f"There is no time {hour}:{minute or '00'}.") from None


def check_hours(hours: Iterable[Hours]) -> tuple[Hours, ...]:
    """Return them in their order. Raises BadHours."""
    ordered = sorted(hours, key=lambda one: (one.weekday, one.opens))
    for one in ordered:
        if one.weekday not in WEEKDAYS or one.opens >= one.closes:
            raise BadHours("Opening hours lie on a weekday from 1 (Monday) to 7, and close after they open.")
    for former, later in pairwise(ordered):
        if former.weekday == later.weekday and later.opens < former.closes:
            raise BadHours(f"Opening hours of weekday {later.weekday} overlap.")
    return tuple(ordered)
