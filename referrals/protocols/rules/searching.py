"""The search behind the planner: the cheapest times of sessions in their order.

It goes from session to session, tries the cheapest choice first and keeps what it found out about a state (which one is
next, how long after which day), so that a dead end is walked into once. What the rest costs at the very least is
known beforehand: a choice that cannot be beaten ends the search.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from referrals.protocols.rules.bounds import PROPOSED, Bounds, fits
from referrals.protocols.rules.calendars import Calendar
from referrals.protocols.rules.choices import (
    FORCED,
    GIVING_UP,
    Anchor,
    Choice,
    Limits,
    Time,
    cost_of_moving,
)
from referrals.protocols.rules.plans import Hold, Pair, Spot
from referrals.protocols.rules.protocols import Days, Protocol

_DONE = (Hold.FACT, Hold.GONE)

Tail = tuple[int, tuple[Choice | None, ...]]


@dataclass(kw_only=True)
class Search:
    """One search from a day on; `now` and `earliest` are minutes since 1970."""

    protocol: Protocol
    pairs: Sequence[Pair]
    calendar: Calendar
    start: int
    now: int
    earliest: int
    _known: dict[tuple[int, ...], Tail] = field(default_factory=dict)
    _on_days: dict[tuple[object, ...], Choice | None] = field(default_factory=dict)

    def best(self, number: int, anchor: Anchor) -> Tail:
        """Return the least cost of the sessions from `number` on, and their times; None where one finds none."""
        if number == len(self.pairs):
            return 0, ()
        limits = self.limits(self.pairs[number], anchor)
        is_last_day_open = anchor.last >= limits.least or self.pairs[number].main.hold is Hold.CONFIRMED
        span = anchor.first if anchor.step == self.pairs[number].main.step else 0
        key = (number, *limits[:2], *(limits[2:] if is_last_day_open else (0, 0)), span)
        if key not in self._known:
            self._known[key] = self._search(number, anchor, limits)
        return self._known[key]

    def _search(self, number: int, anchor: Anchor, limits: Limits) -> Tail:
        pair, rest = self.pairs[number], self.bounds.of_rest(number + 1, 0)
        left, least = len(self.pairs) - number, self.bounds.of_state(number, limits)
        best: Tail = GIVING_UP * left, (None,) * left
        for choice in self._ordered(pair, limits, self.bounds.of_pair(pair, limits)):
            if choice.cost + rest >= best[0]:
                break
            behind = self.after(pair, choice, anchor)
            if choice.cost + self._least_behind(number + 1, behind) >= best[0]:
                continue
            cost, tail = self.best(number + 1, behind)
            if choice.cost + cost < best[0]:
                best = choice.cost + cost, (choice, *tail)
            if best[0] <= least:
                break
        return best

    def _least_behind(self, number: int, anchor: Anchor) -> int:
        if number == len(self.pairs):
            return 0
        return self.bounds.of_rest(number, self.limits(self.pairs[number], anchor).least)

    @cached_property
    def bounds(self) -> Bounds:
        """What its sessions cost at the very least."""
        return Bounds(self.protocol, self.pairs, self.calendar, start=self.start, now=self.now)

    def _ordered(self, pair: Pair, limits: Limits, least: int) -> Iterator[Choice]:
        """The choices, cheapest first; those that nothing can beat are not kept waiting."""
        dearer = []
        for choice in self._choices(pair, limits):
            if choice.cost <= least:
                yield choice
            else:
                dearer.append(choice)
        yield from sorted(dearer, key=lambda choice: (choice.cost, choice.main.begins))

    def _choices(self, pair: Pair, limits: Limits) -> Iterator[Choice]:
        main = pair.main
        if main.hold is Hold.GONE:
            yield self.as_it_stands(pair, 0)
            return
        if main.starts_at is not None:
            yield from self._kept(pair, limits)
        if main.pinned and main.despite_closure:  # they were asked, and would not
            return
        asks = cost_of_moving(main)
        for day in range(limits.least, limits.most + 1):
            if choice := self._on_day(pair, limits, day):
                yield choice._replace(cost=choice.cost + asks)

    def _kept(self, pair: Pair, limits: Limits) -> Iterator[Choice]:
        """A session where it is; what a person agreed to may stay there against a rule, when nothing else is left."""
        main, time = pair.main, self.time_of(pair.main)
        is_within = fits(time, limits)
        if main.hold is Hold.LOOSE:
            if is_within and self._is_open(time):
                cost = self.calendar.day(time.day).cost(time.begins, time.ends)
                yield from filter(None, [self.with_follower(pair, cost, time, limits.proposals_over)])
            return
        if (main.pinned or is_within) and not self._is_shut(main, time):
            if choice := self.with_follower(pair, 0, time, limits.proposals_over):
                yield choice
            else:
                yield self.as_it_stands(pair, FORCED)
        else:
            choice = self.with_follower(pair, FORCED, time, limits.proposals_over) or self.as_it_stands(
                pair, 2 * FORCED
            )
            yield choice._replace(is_forced=True)

    def _on_day(self, pair: Pair, limits: Limits, day: int) -> Choice | None:
        """The best times of a day, worked out once unless what comes before reaches into it."""
        if limits.over >= self.calendar.midnight(day):
            return self._best_on(pair, day, limits.over)
        key = (pair.main.step if pair.main.hold is Hold.NEW else pair.main.id, pair.main.hold, day)
        if key not in self._on_days:
            self._on_days[key] = self._best_on(pair, day, 0)
        return self._on_days[key]

    def _best_on(self, pair: Pair, day: int, over: int) -> Choice | None:
        best: Choice | None = None
        since, least = max(self.earliest, over), self.bounds.of_follower(pair, day, day)
        for cost, begins in self.calendar.day(day).slots(pair.main.minutes):
            if best and cost + least >= best.cost:
                break
            if begins < since:
                continue
            choice = self.with_follower(pair, cost, Time(begins, begins + pair.main.minutes, day), over)
            if choice and (best is None or choice.cost < best.cost):
                best = choice
        return best

    def with_follower(self, pair: Pair, cost: int, main: Time, over: int) -> Choice | None:
        """A session at a time, with the best time of what follows it; None when that finds none.

        `over` is when the proposals before it end: an appointment may lie before that, what is proposed after it may
        not. What stands before it takes its own time and no more: it may have been overtaken.
        """
        follower = pair.follower
        if follower is None or follower.hold in _DONE:
            return Choice(cost, main, self.time_of(follower) if follower and follower.hold is Hold.FACT else None)
        best = min(self._followers(follower, main, over), default=None)
        return Choice(cost + best[0], main, best[1]) if best else None

    def as_it_stands(self, pair: Pair, cost: int) -> Choice:
        """A session where it is, with an appointment that nobody took back, whether or not it still follows it well."""
        follower = pair.follower
        is_agreed = follower is not None and follower.hold in (Hold.CONFIRMED, Hold.FACT)
        return Choice(cost, self.time_of(pair.main), self.time_of(follower) if follower and is_agreed else None)

    def _followers(self, spot: Spot, main: Time, over: int) -> Iterator[tuple[int, Time]]:
        following = self.protocol.steps[spot.step].followed_by
        if following is None:
            return
        opens = main.ends + round(following.window.from_hours * 60)
        closes = main.ends + round(following.window.to_hours * 60)
        if spot.starts_at is not None:
            time = self.time_of(spot)
            fits = opens <= time.begins <= closes and following.fits(same_day=time.day == main.day)
            if spot.hold is Hold.CONFIRMED and (spot.pinned or fits) and not self._is_shut(spot, time):
                yield 0, time
                return
            if spot.hold is Hold.LOOSE and fits and time.begins >= over and self._is_open(time):
                yield self.calendar.day(time.day).cost(time.begins, time.ends), time
        first, last = self.calendar.local_day(opens), self.calendar.local_day(closes)
        for day in range(first, last + 1):
            if following.fits(same_day=day == main.day):
                yield from self._first_slot(spot, day, max(opens, over, self.earliest), closes)

    def _first_slot(self, spot: Spot, day: int, opens: int, closes: int) -> Iterator[tuple[int, Time]]:
        for cost, begins in self.calendar.day(day).slots(spot.minutes):
            if opens <= begins <= closes:
                yield cost + cost_of_moving(spot), Time(begins, begins + spot.minutes, day)
                return

    def after(self, pair: Pair, choice: Choice, anchor: Anchor) -> Anchor:
        """What the next session is measured from once this pair is placed.

        A session that was called off or missed leaves its gap: what comes after it is not pulled forward.
        """
        main, (_, time, follower, _) = pair.main, choice
        is_gone = main.hold is Hold.GONE
        day = max(time.day, anchor.day) if is_gone else time.day
        last = max(day, anchor.last if is_gone else 0, follower.day if follower else 0)
        ends = [0 if is_gone else time.ends, follower.ends if follower else 0]
        proposed = [
            end for end, spot in zip(ends, (main, pair.follower), strict=True) if spot and spot.hold in PROPOSED
        ]
        first = anchor.first if anchor.step == main.step else day
        return Anchor(main.step, first, day, last, max(anchor.over, *ends), max(anchor.proposals_over, 0, *proposed))

    def time_of(self, spot: Spot) -> Time:
        """Where a session with a time is now."""
        return self.bounds.time_of(spot)

    def distance(self, pair: Pair, anchor: Anchor) -> Days:
        """The days between a session and the one before it."""
        return self.protocol.steps[pair.main.step].distance(is_first=anchor.step != pair.main.step)

    def base(self, pair: Pair, anchor: Anchor) -> int:
        """The day that a session is measured from: within a step, what follows a session does not count."""
        return anchor.last if anchor.step != pair.main.step else anchor.day

    def limits(self, pair: Pair, anchor: Anchor) -> Limits:
        """Return the days that distance and span leave to a session."""
        base, distance = self.base(pair, anchor), self.distance(pair, anchor)
        least, most = base + distance.least, base + distance.most
        span = self.protocol.steps[pair.main.step].span
        if span and anchor.step == pair.main.step:
            most = min(most, anchor.first + span.most - 1)
            if pair.main.id in self._last_of_series:
                least = max(least, anchor.first + span.least - 1)
        return Limits(least, most, anchor.over, anchor.proposals_over)

    @cached_property
    def _last_of_series(self) -> set[object]:
        """The last session of each step that has all its sessions."""
        times = Counter(pair.main.step for pair in self.pairs)
        lasts = {pair.main.step: pair.main.id for pair in self.pairs}
        return {lasts[step] for step in times if times[step] == self.protocol.steps[step].times}

    def _is_shut(self, spot: Spot, time: Time) -> bool:
        """Whether the clinic is closed on that day, and nobody said that the session takes place all the same."""
        return not spot.despite_closure and bool(self.calendar.closed_because(date.fromordinal(time.day)))

    def _is_open(self, time: Time) -> bool:
        return self.bounds.is_open(time)
