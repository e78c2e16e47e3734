"""When a clinic is open, and until when it has to answer: in opening hours, so that no weekend is taken for silence."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from referrals.clinics.rules.hours import Hours
from referrals.requests.rules import Times
from referrals.routing.rules.policy import Answering

DAYS_AHEAD = 15


NOON, EVENING = time(12), time(17)
FRIDAY, SATURDAY, SUNDAY = 5, 6, 7


def times_of(openings: Sequence[Hours]) -> tuple[str, ...]:
    """Return the times of the week (requests.rules.Times) at which a clinic is open."""
    is_open: Mapping[Times, Callable[[Hours], bool]] = {
        Times.WEEKDAY_MORNING: lambda one: one.weekday <= FRIDAY and one.opens < NOON,
        Times.WEEKDAY_AFTERNOON: lambda one: one.weekday <= FRIDAY and one.opens < EVENING and one.closes > NOON,
        Times.WEEKDAY_EVENING: lambda one: one.weekday <= FRIDAY and one.closes > EVENING,
        Times.SATURDAY: lambda one: one.weekday == SATURDAY,
        Times.SUNDAY: lambda one: one.weekday == SUNDAY,
    }
    return tuple(name for name, holds in is_open.items() if any(map(holds, openings)))


def respond_by(now: datetime, *, zone: ZoneInfo, openings: Sequence[Hours], answering: Answering) -> datetime:
    """Return when `answering.open_hours` of opening hours will have passed, at most `at_most_hours` by the clock."""
    left, latest = timedelta(hours=answering.open_hours), now + timedelta(hours=answering.at_most_hours)
    for opens, closes in _intervals(now, zone, openings):
        if closes - opens >= left:
            return min(opens + left, latest)
        left -= closes - opens
    return latest


def _intervals(now: datetime, zone: ZoneInfo, openings: Sequence[Hours]) -> Iterator[tuple[datetime, datetime]]:
    """The opening hours from `now` on, in UTC: hours there are elapsed ones, whatever the clocks do."""
    today = now.astimezone(zone).date()
    for day in (today + timedelta(days=days) for days in range(DAYS_AHEAD)):
        for one in sorted(openings, key=lambda one: one.opens):
            opens, closes = (datetime.combine(day, at, tzinfo=zone).astimezone(UTC) for at in (one.opens, one.closes))
            if one.weekday == day.isoweekday() and closes > now:
                yield max(opens, now), closes
