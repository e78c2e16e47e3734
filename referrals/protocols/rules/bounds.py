"""What sessions cost at the very least: the search does not follow what cannot be better than what it has."""

from collections.abc import Hashable, Iterator, Sequence
from itertools import accumulate

from referrals.protocols.rules.calendars import Calendar, minute_of
from referrals.protocols.rules.choices import Limits, Time, cost_of_moving
from referrals.protocols.rules.plans import Hold, Pair, Spot

LOOKED_AHEAD = 28  # days in which the cheapest time of a kind of session is looked for
_NEVER = 10**9


def time_of(spot: Spot, calendar: Calendar) -> Time:
    """Where a session with a time is now."""
    assert spot.starts_at is not None
    assert spot.ends_at is not None
    begins = minute_of(spot.starts_at)
    return Time(begins, minute_of(spot.ends_at), calendar.local_day(begins))


def fits(time: Time, limits: Limits) -> bool:
    """Whether a time lies within limits."""
    return limits.least <= time.day <= limits.most and time.begins >= limits.over


class Bounds:
    """Lower bounds, worked out once for each session; `start` is a day, `now` in minutes since 1970."""

    def __init__(self, calendar: Calendar, *, start: int, now: int) -> None:
        self.calendar, self.start, self.now = calendar, start, now
        self._cheapest: dict[int, int] = {}
        self._known: dict[Hashable, int] = {}

    def of_rest(self, pairs: Sequence[Pair]) -> list[int]:
        """Return what the pairs from each number on cost at the very least."""
        return [*reversed(list(accumulate(map(self.of_pair, reversed(pairs)), initial=0)))]

    def of_pair(self, pair: Pair, limits: Limits | None = None) -> int:
        """Return what a session and its follower cost; a proposal that lies outside of its limits has to move."""
        main, follower = pair.main, self.of(pair.follower) if pair.follower else 0
        if main.hold is Hold.GONE:
            return 0
        if limits and main.hold is Hold.LOOSE and not fits(time_of(main, self.calendar), limits):
            return self._moved(main) + follower
        return self.of(main) + follower

    def of(self, spot: Spot) -> int:
        """Return what a proposal costs, where it is if it can stay there, or somewhere else."""
        if spot.hold not in (Hold.NEW, Hold.LOOSE):
            return 0
        if spot.id not in self._known:
            self._known[spot.id] = min(self._moved(spot), *self._kept(spot))
        return self._known[spot.id]

    def _moved(self, spot: Spot) -> int:
        if spot.minutes not in self._cheapest:
            self._cheapest[spot.minutes] = self._cheapest_of(spot.minutes)
        return self._cheapest[spot.minutes] + cost_of_moving(spot)

    def _kept(self, spot: Spot) -> Iterator[int]:
        yield _NEVER
        if spot.starts_at is not None:
            time = time_of(spot, self.calendar)
            if is_open(time, self.calendar, self.now):
                yield self.calendar.day(time.day).cost(time.begins, time.ends)

    def _cheapest_of(self, minutes: int) -> int:
        """So far as the next weeks tell."""
        least = _NEVER
        for day in range(self.start, self.start + LOOKED_AHEAD):
            if slots := self.calendar.day(day).slots(minutes):
                least = min(least, slots[0][0])
            if least == 0:
                break
        return 0 if least == _NEVER else least


def is_open(time: Time, calendar: Calendar, now: int) -> bool:
    """Whether a time lies ahead, the clinic is open and the member has nothing else."""
    return time.begins >= now and calendar.day(time.day).is_free(time.begins, time.ends)
