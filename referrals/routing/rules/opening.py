"""When a clinic is open, and until when it has to answer: in opening hours, so that no weekend is taken for silence."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from referrals.clinics.rules.hours import Hours
from referrals.routing.rules.policy import Answering

DAYS_AHEAD = 15


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
