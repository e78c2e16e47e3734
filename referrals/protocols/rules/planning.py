"""The planner: gives every session of a course a time that meets each hard rule and bends as few soft ones as it can.

A whole course and one that is under way are planned alike: a course under way has sessions that stand
(docs/decisions/0012-planner-of-our-own.md). What took place is a fact; what a person agreed to is moved by asking,
which costs more than all soft rules together; what is only proposed moves when that helps.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from referrals.protocols.rules.bounds import PROPOSED
from referrals.protocols.rules.calendars import Calendar, instant_of, minute_of
from referrals.protocols.rules.choices import Anchor, Choice, Time
from referrals.protocols.rules.plans import Bent, Hold, Pair, Placed, Spot, pairs_of, spots_of
from referrals.protocols.rules.protocols import Protocol
from referrals.protocols.rules.searching import Search
from referrals.protocols.rules.wording import WHY, no_time, no_window, nothing_to_follow, overtaken, waits


class Unplannable(ValueError):
    """No time within the protocol's distances and the clinic's hours; the message names the session and the rule."""


def plan(protocol: Protocol, *, start: date, calendar: Calendar) -> list[Placed]:
    """Propose a whole course after the day `start`, in the order of its sessions. Raises Unplannable."""
    placed = arrange(protocol, spots_of(protocol), start=start, calendar=calendar)
    problems = [one.problem for one in placed if one.problem]
    if problems:
        raise Unplannable(problems[0])
    return placed


def arrange(
    protocol: Protocol,
    spots: Sequence[Spot],
    *,
    start: date,
    calendar: Calendar,
    now: datetime | None = None,
    earliest: datetime | None = None,
) -> list[Placed]:
    """Return where each session is to be, in the order of `spots`, which is that of the course.

    `start` is the day that the first session is measured from. No proposal stays that lies before `now`, and none is
    made before `earliest`. While somebody is asked, proposals go by what stands, unless that leaves one without a time.
    """

    def arranged(held: Sequence[Spot]) -> list[Placed]:
        search = _search(protocol, held, start, calendar, now, earliest)
        return _Course(search, Anchor.of(start.toordinal())).placed(held)

    wanted = arranged(spots)
    if not any(_is_asked(one) for one in wanted):
        return wanted
    found = arranged([_as_agreed(spot) for spot in spots])
    if any(one.problem and not other.problem for one, other in zip(found, wanted, strict=True)):
        return wanted
    return [other if _is_asked(other) else one for one, other in zip(found, wanted, strict=True)]


def _is_asked(one: Placed) -> bool:
    return one.spot.hold is Hold.CONFIRMED and one.is_moved


def _as_agreed(spot: Spot) -> Spot:
    return replace(spot, pinned=True, despite_closure=True) if spot.hold is Hold.CONFIRMED else spot


def _search(
    protocol: Protocol,
    spots: Sequence[Spot],
    start: date,
    calendar: Calendar,
    now: datetime | None,
    earliest: datetime | None,
) -> Search:
    """What people agreed to, and what took place, takes the time of what is proposed."""
    held = [(spot.starts_at, spot.ends_at) for spot in spots if spot.hold in (Hold.CONFIRMED, Hold.FACT)]
    taken = tuple((since, until) for since, until in held if since and until)
    return Search(
        protocol=protocol,
        pairs=pairs_of(spots),
        calendar=calendar.busy_also(taken),
        start=max(start.toordinal(), calendar.local_day(minute_of(earliest)) if earliest else 0),
        now=minute_of(now) if now else 0,
        earliest=minute_of(earliest) if earliest else 0,
    )


class _Course:
    """Sessions that are placed one after another, each measured from the ones before it."""

    def __init__(self, search: Search, anchor: Anchor) -> None:
        self.search, self.anchor = search, anchor
        self.found: dict[object, Placed] = {}

    def placed(self, spots: Sequence[Spot]) -> list[Placed]:
        pairs = self.search.pairs
        known = max((number for number, pair in enumerate(pairs, 1) if pair.main.hold is Hold.FACT), default=0)
        self._pass(pairs[:known])
        is_stuck = False
        for pair, choice in zip(pairs[known:], self.search.best(known, self.anchor)[1], strict=True):
            if choice is not None:
                self._settle(pair, choice)
            elif pair.main.hold is Hold.CONFIRMED:
                self._pass([pair])
            else:
                self._leave(pair, waits(pair.main) if is_stuck else no_time(self.search, pair, self.anchor))
            is_stuck = is_stuck or choice is None
        return [self.found.get(spot.id) or _stands(spot) for spot in spots]

    def _pass(self, pairs: Sequence[Pair]) -> None:
        """Pass what stands whatever is before and after it, and what a later session overtook."""
        chosen = self._followed(pair for pair in pairs if pair.main.hold not in PROPOSED)
        for pair in pairs:
            if pair.main.hold in PROPOSED:
                self._leave(pair, overtaken(pair.main))
            else:
                self._settle(pair, chosen[pair.main.id])

    def _followed(self, pairs: Iterable[Pair]) -> dict[object, Choice]:
        """Return what stands with a time for what follows it, in the order of time: one may have overtaken another."""
        over, chosen = self.anchor.proposals_over, {}
        for pair in sorted(pairs, key=lambda pair: self.search.time_of(pair.main)):
            stands, follower = self.search.as_it_stands(pair, 0), pair.follower
            is_gone = pair.main.hold is Hold.GONE
            choice = None if is_gone else self.search.with_follower(pair, 0, stands.main, over)
            chosen[pair.main.id] = choice or stands
            if choice and choice.follower and follower and follower.hold in PROPOSED:
                over = max(over, choice.follower.ends)
        return chosen

    def _leave(self, pair: Pair, problem: str) -> None:
        for spot in (pair.main, pair.follower):
            if spot is not None:
                self.found[spot.id] = _stands(spot, problem if spot.hold in PROPOSED else "")

    def _settle(self, pair: Pair, choice: Choice) -> None:
        main, follower = pair.main, pair.follower
        problem = no_time(self.search, pair, self.anchor) if choice.is_forced else ""
        self.found[main.id] = replace(self._at(main, choice.main), problem=problem)
        if follower is not None and choice.follower is not None:
            self.found[follower.id] = self._at(follower, choice.follower)
        elif follower is not None and follower.hold in PROPOSED:
            is_gone = main.hold is Hold.GONE
            why = nothing_to_follow(follower) if is_gone else no_window(self.search, pair, choice.main)
            self.found[follower.id] = _stands(follower, why)
        self.anchor = self.search.after(pair, choice, self.anchor)

    def _at(self, spot: Spot, time: Time) -> Placed:
        if spot.hold in (Hold.FACT, Hold.GONE):
            return _stands(spot)
        bent = (
            self.search.calendar.day(time.day).bent(time.begins, time.ends) if spot.hold is not Hold.CONFIRMED else []
        )
        why = tuple(Bent(rule=rule, why=WHY[rule]) for rule in bent)
        if spot.starts_at is not None and minute_of(spot.starts_at) == time.begins:
            return replace(_stands(spot), bent=why)
        return Placed(spot=spot, starts_at=instant_of(time.begins), ends_at=instant_of(time.ends), bent=why)


def _stands(spot: Spot, problem: str = "") -> Placed:
    return Placed(spot=spot, starts_at=spot.starts_at, ends_at=spot.ends_at, problem=problem)
