"""Opening hours: intervals of a clinic's own wall time, by ISO weekday (1 is Monday)."""

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


class BadHours(ValueError):
    """An interval ends before it begins, lies on no weekday, or overlaps another."""


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
