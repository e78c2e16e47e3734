"""Which hard rules a plan breaks; nothing of the planner's is used to judge it.

Only proposals are judged: what people agreed to, and what took place, is theirs. A session that was called off or
missed leaves its gap (what comes after it is measured from it).
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from referrals.protocols.rules.calendars import Calendar
from referrals.protocols.rules.plans import Hold, Spot
from referrals.protocols.rules.protocols import Kind, Protocol

PROPOSED = (Hold.NEW, Hold.LOOSE)


def violations(spots: Sequence[Spot], *, protocol: Protocol, start: date, calendar: Calendar) -> list[str]:
    """Return every hard rule that the proposals among sessions with times break, in words; empty when they keep all."""
    return [
        *_outside_hours(spots, calendar),
        *_overlapping(spots, calendar),
        *_out_of_order(spots),
        *_wrong_windows(spots, protocol, calendar.zone),
        *_wrong_distances(spots, protocol, start, calendar.zone),
        *_wrong_spans(spots, protocol, calendar.zone),
    ]


def missing(spots: Sequence[Spot], *, protocol: Protocol) -> list[str]:
    """Return what a whole course has to have and this one has not, in words."""
    return [*_unprepared(spots, protocol), *_wrong_counts(spots, protocol), *_without_follower(spots, protocol)]


def _outside_hours(spots: Sequence[Spot], calendar: Calendar) -> Iterator[str]:
    for spot in _proposals(spots):
        begins, ends = (moment.astimezone(calendar.zone) for moment in _times(spot))
        is_open = any(
            begins.isoweekday() == one.weekday and one.opens <= begins.time() and ends.time() <= one.closes
            for one in calendar.hours
        )
        if not is_open or begins.date() != ends.date():
            yield f"{spot.kind} {spot.id} lies outside the clinic's hours"
        if closed := calendar.closed_because(begins.date()):
            yield f"{spot.kind} {spot.id} lies on a closed day: {closed}"


def _overlapping(spots: Sequence[Spot], calendar: Calendar) -> Iterator[str]:
    for spot in _proposals(spots):
        begins, ends = _times(spot)
        others = [_times(other) for other in _standing(spots) if other is not spot]
        if any(since < ends and begins < until for since, until in [*others, *calendar.busy]):
            yield f"{spot.kind} {spot.id} overlaps another session"


def _out_of_order(spots: Sequence[Spot]) -> Iterator[str]:
    for one, other in pairwise(_standing(spots)):
        if {one.hold, other.hold} <= set(PROPOSED) and _times(other)[0] < _times(one)[1]:
            yield f"{other.kind} {other.id} begins before {one.kind} {one.id} ends"


def _unprepared(spots: Sequence[Spot], protocol: Protocol) -> Iterator[str]:
    """Preparation precedes the first dosing (docs/facts.md: stages, S1)."""
    kinds = [spot.kind for spot in spots]
    before = kinds[: kinds.index(Kind.DOSING)] if Kind.DOSING in kinds else kinds
    for kind in protocol.before_first_dosing:
        if kind not in before:
            yield f"no {kind} before the first dosing"


def _wrong_counts(spots: Sequence[Spot], protocol: Protocol) -> Iterator[str]:
    for number, step in enumerate(protocol.steps):
        count = sum(spot.step == number and spot.follows is None for spot in spots)
        if count != step.times:
            yield f"{count} sessions of {step.kind} and not {step.times}"


def _without_follower(spots: Sequence[Spot], protocol: Protocol) -> Iterator[str]:
    followed = {spot.follows: spot.kind for spot in spots}
    for spot in spots:
        following = protocol.steps[spot.step].followed_by
        if spot.follows is None and following and followed.get(spot.id) != following.kind:
            yield f"no {following.kind} after {spot.kind} {spot.id}"


def _wrong_windows(spots: Sequence[Spot], protocol: Protocol, zone: ZoneInfo) -> Iterator[str]:
    mains = {spot.id: spot for spot in spots}
    for spot in _proposals(spots):
        following = protocol.steps[spot.step].followed_by
        if spot.follows is None or following is None:
            continue
        main = mains[spot.follows]
        waited = (_times(spot)[0] - _times(main)[1]) / timedelta(hours=1)
        same_day = _day(spot, zone) == _day(main, zone)
        window = following.window
        if not window.from_hours <= waited <= window.to_hours or not following.fits(same_day=same_day):
            yield f"{spot.kind} {spot.id} misses its window {window.words()} after {main.kind} {main.id}"


def _wrong_distances(spots: Sequence[Spot], protocol: Protocol, start: date, zone: ZoneInfo) -> Iterator[str]:
    step, day, last = -1, start, start
    for spot in spots:
        if spot.follows is not None:
            last = max(last, _day(spot, zone)) if spot.hold is not Hold.GONE else last
            continue
        distance = protocol.steps[spot.step].distance(is_first=spot.step != step)
        base = last if spot.step != step else day
        own = _day(spot, zone)
        if spot.hold in PROPOSED and not distance.least <= (own - base).days <= distance.most:
            yield f"{spot.kind} {spot.id} on {own.isoformat()} is not {distance.words()} after {base.isoformat()}"
        is_gone = spot.hold is Hold.GONE
        day = max(own, day) if is_gone else own
        last = max(day, last) if is_gone else day
        step = spot.step


def _wrong_spans(spots: Sequence[Spot], protocol: Protocol, zone: ZoneInfo) -> Iterator[str]:
    for number, step in enumerate(protocol.steps):
        series = [spot for spot in spots if spot.step == number and spot.follows is None]
        if step.span is None or len(series) != step.times or any(spot.hold not in PROPOSED for spot in series):
            continue
        days = [_day(spot, zone) for spot in series]
        if not step.span.least <= (days[-1] - days[0]).days + 1 <= step.span.most:
            yield f"{step.kind} does not take {step.span.words()} in all"


def _proposals(spots: Sequence[Spot]) -> list[Spot]:
    return [spot for spot in spots if spot.hold in PROPOSED]


def _standing(spots: Sequence[Spot]) -> list[Spot]:
    return [spot for spot in spots if spot.hold is not Hold.GONE]


def _times(spot: Spot) -> tuple[datetime, datetime]:
    assert spot.starts_at is not None
    assert spot.ends_at is not None
    return spot.starts_at, spot.ends_at


def _day(spot: Spot, zone: ZoneInfo) -> date:
    return _times(spot)[0].astimezone(zone).date()
