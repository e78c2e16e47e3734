"""What sessions cost at the very least: the search does not follow what cannot be better than what it has.

A proposal costs the soft rules that it bends where it is, if it can stay there, or those of the best time that there is
and the move. It cannot stay before the day on which the sessions before it let it be, nor where its window does not
reach; so one that has to move takes those behind it along, and that is known without trying.
"""

from collections.abc import Hashable, Sequence

from referrals.protocols.rules.calendars import Calendar, minute_of
from referrals.protocols.rules.choices import Limits, Time, cost_of_moving
from referrals.protocols.rules.plans import Hold, Pair, Spot
from referrals.protocols.rules.protocols import Protocol

LOOKED_AHEAD = 28  # days in which the cheapest time of a kind of session is looked for
PROPOSED = (Hold.NEW, Hold.LOOSE)
_NEVER = 10**9


class Bounds:
    """Lower bounds of the pairs of a course; `start` is a day, `now` in minutes since 1970."""

    def __init__(self, protocol: Protocol, pairs: Sequence[Pair], calendar: Calendar, *, start: int, now: int) -> None:
        self.protocol, self.pairs, self.calendar, self.start, self.now = protocol, pairs, calendar, start, now
        self._cheapest: dict[int, int] = {}
        self._known: dict[Hashable, int] = {}
        self._times: dict[Hashable, Time] = {}
        self._rests: dict[tuple[int, int], int] = {}

    def of_state(self, number: int, limits: Limits) -> int:
        """Return what the pairs from `number` on cost, its session lying within limits."""
        return self.of_pair(self.pairs[number], limits) + self._behind(number, limits.least)

    def of_rest(self, number: int, day: int) -> int:
        """Return what the pairs from `number` on cost, its session lying on a day or later (0: on any)."""
        if number == len(self.pairs):
            return 0
        known = self._rests.get((number, day))
        if known is None:
            known = self._pair(self.pairs[number], day, None) + self._behind(number, day)
            self._rests[number, day] = known
        return known

    def of_pair(self, pair: Pair, limits: Limits) -> int:
        """Return what a session within limits costs, with what follows it."""
        return self._pair(pair, limits.least, limits)

    def of_follower(self, pair: Pair, first: int, last: int) -> int:
        """Return what follows a session costs that is on one of some days (0: on any)."""
        follower = pair.follower
        if follower is None or follower.hold not in PROPOSED:
            return 0
        if first and follower.hold is Hold.LOOSE and not self._reaches(pair, follower, first, last):
            return self._moved(follower)
        return self.of(follower)

    def of(self, spot: Spot) -> int:
        """Return what a proposal costs, where it is if it can stay there, or somewhere else."""
        if spot.id not in self._known:
            kept = self._kept(spot) if spot.hold is Hold.LOOSE else _NEVER
            self._known[spot.id] = min(self._moved(spot), kept)
        return self._known[spot.id]

    def time_of(self, spot: Spot) -> Time:
        """Return where a session with a time is now."""
        known = self._times.get(spot.id)
        if known is None:
            assert spot.starts_at is not None
            assert spot.ends_at is not None
            begins = minute_of(spot.starts_at)
            known = Time(begins, minute_of(spot.ends_at), self.calendar.local_day(begins))
            self._times[spot.id] = known
        return known

    def is_open(self, time: Time) -> bool:
        """Whether a time lies ahead, the clinic is open and the member has nothing else."""
        return time.begins >= self.now and self.calendar.day(time.day).is_free(time.begins, time.ends)

    def _behind(self, number: int, day: int) -> int:
        """What comes behind a session that lies on a day or later; one that is no proposal tells nothing."""
        if number + 1 == len(self.pairs):
            return 0
        main, other = self.pairs[number].main, self.pairs[number + 1].main
        distance = self.protocol.steps[other.step].distance(is_first=other.step != main.step)
        return self.of_rest(number + 1, day + distance.least if day and main.hold in PROPOSED else 0)

    def _pair(self, pair: Pair, first: int, limits: Limits | None) -> int:
        main = pair.main
        if main.hold is Hold.GONE:
            return 0
        if main.hold not in PROPOSED:
            return self.of_follower(pair, 0, 0)
        has_to_move = main.hold is Hold.LOOSE and not self._may_stay(self.time_of(main), first, limits)
        cost = self._moved(main) if has_to_move else self.of(main)
        return cost + self.of_follower(pair, first, limits.most if limits else _NEVER)

    def _may_stay(self, time: Time, first: int, limits: Limits | None) -> bool:
        return fits(time, limits) if limits else time.day >= first

    def _reaches(self, pair: Pair, follower: Spot, first: int, last: int) -> bool:
        """Whether what follows a session is in its window where it is, the session being on one of these days."""
        following = self.protocol.steps[follower.step].followed_by
        if following is None:
            return False
        begins, window = self.time_of(follower).begins, following.window
        if begins < self.calendar.midnight(first) + pair.main.minutes + round(window.from_hours * 60):
            return False
        return last == _NEVER or begins <= self.calendar.midnight(last + 1) + round(window.to_hours * 60)

    def _moved(self, spot: Spot) -> int:
        if spot.minutes not in self._cheapest:
            self._cheapest[spot.minutes] = self._cheapest_of(spot.minutes)
        return self._cheapest[spot.minutes] + cost_of_moving(spot)

    def _kept(self, spot: Spot) -> int:
        time = self.time_of(spot)
        return self.calendar.day(time.day).cost(time.begins, time.ends) if self.is_open(time) else _NEVER

    def _cheapest_of(self, minutes: int) -> int:
        """So far as the next weeks tell."""
        least = _NEVER
        for day in range(self.start, self.start + LOOKED_AHEAD):
            if slots := self.calendar.day(day).slots(minutes):
                least = min(least, slots[0][0])
            if least == 0:
                break
        return 0 if least == _NEVER else least


def fits(time: Time, limits: Limits) -> bool:
    """Whether a time lies within limits."""
    return limits.least <= time.day <= limits.most and time.begins >= limits.over
