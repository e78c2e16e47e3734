"""Protocols and the planner: from a protocol to proposed sessions that meet every hard rule of it.

A protocol is data (data/<id>.<version>.json): steps in their order, each of one kind of session, repeated
at a distance in days, and perhaps followed each time by another session within a window of hours. Hours are
elapsed hours from the end of one session to the start of the next; days are calendar days at the clinic.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

SLOT = timedelta(minutes=30)
SEARCH_DAYS = 30


class Kind(StrEnum):
    """The kinds of session, in the order of a course (docs/facts.md: stages, S1)."""

    CONSULTATION = "consultation"
    PREPARATION = "preparation"
    DOSING = "dosing"
    INTEGRATION = "integration"
    FOLLOW_UP = "follow_up"


class Days(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From `least` to `most` calendar days after another session; `source` says who states it."""

    least: int
    most: int
    source: str


class Following(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A session that belongs to the one before it: starting `from_hours` to `to_hours` after its end."""

    kind: Kind
    minutes: int
    from_hours: float
    to_hours: float
    same_day: Literal["required", "allowed", "forbidden"]
    source: str


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`times` sessions of one kind: the first `after` what came before, the others `apart` from each other.

    `span` bounds the days from the first to the last, both counted.
    """

    kind: Kind
    minutes: int
    after: Days
    source: str
    times: int = 1
    apart: Days | None = None
    span: Days | None = None
    followed_by: Following | None = None


class Protocol(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of a way of treatment. `sources` explains its numbers' marks (S0–S4, default)."""

    id: str
    version: int
    title: str
    description: str
    before_first_dosing: tuple[Kind, ...]
    steps: tuple[Step, ...]
    sources: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class OfficeHours:
    """When sessions may be: local times at the clinic, and ISO weekdays (1 is Monday)."""

    zone: ZoneInfo
    opens: time = time(9)
    closes: time = time(17)
    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """A session as planned; instants in UTC. `step` is its step's place in the protocol."""

    sequence: int
    kind: Kind
    step: int
    starts_at: datetime
    ends_at: datetime
    follows: bool = False


class Unplannable(ValueError):
    """No time within the protocol's distances and the clinic's hours; the message names the session."""


def plan(protocol: Protocol, *, start: date, hours: OfficeHours) -> list[Proposed]:
    """Propose a course's sessions, each at the earliest time that the rules allow after the day `start`.

    Raises Unplannable.
    """
    planned: list[Proposed] = []
    last = start
    for number, step in enumerate(protocol.steps):
        for distance in _distances(step):
            planned += _place(step, number, last, distance, len(planned), hours)
            last = _local_date(planned[-1 - (step.followed_by is not None)], hours)
        last = _local_date(planned[-1], hours)
    broken = violations(planned, protocol=protocol, start=start, hours=hours)
    if broken:
        raise Unplannable("; ".join(broken))
    return planned


def _distances(step: Step) -> Iterator[Days]:
    yield step.after
    for _ in range(step.times - 1):
        yield step.apart or step.after


def _place(step: Step, number: int, last: date, distance: Days, sequence: int, hours: OfficeHours) -> list[Proposed]:
    """The next session of a step, and the one that follows it, on the first day on which both find a time."""
    for days in range(distance.least, distance.most + 1):
        day = last + timedelta(days=days)
        for starts_at in _slots(day, step.minutes, hours):
            session = _session(sequence, step.kind, number, starts_at, step.minutes)
            if step.followed_by is None:
                return [session]
            follower = _follow(step.followed_by, session, hours)
            if follower is not None:
                return [session, follower]
    raise Unplannable(
        f"{step.kind} finds no time from {distance.least} to {distance.most} days after {last.isoformat()}"
    )


def _follow(following: Following, session: Proposed, hours: OfficeHours) -> Proposed | None:
    opens = session.ends_at + timedelta(hours=following.from_hours)
    closes = session.ends_at + timedelta(hours=following.to_hours)
    day, until = _local(opens, hours).date(), _local(closes, hours).date()
    while day <= until:
        for starts_at in _slots(day, following.minutes, hours):
            same_day = day == _local_date(session, hours)
            if opens <= starts_at <= closes and _day_fits(following, same_day):
                return _session(session.sequence + 1, following.kind, session.step, starts_at, following.minutes, True)
        day += timedelta(days=1)
    return None


def _day_fits(following: Following, same_day: bool) -> bool:
    return following.same_day == "allowed" or same_day == (following.same_day == "required")


def _session(
    sequence: int, kind: Kind, step: int, starts_at: datetime, minutes: int, follows: bool = False
) -> Proposed:
    ends_at = starts_at + timedelta(minutes=minutes)
    return Proposed(sequence=sequence, kind=kind, step=step, starts_at=starts_at, ends_at=ends_at, follows=follows)


def _slots(day: date, minutes: int, hours: OfficeHours) -> Iterator[datetime]:
    """The instants, every half hour, at which a session of so many minutes fits into the day."""
    if day.isoweekday() not in hours.weekdays:
        return
    starts_at = datetime.combine(day, hours.opens, hours.zone).astimezone(UTC)
    closes = datetime.combine(day, hours.closes, hours.zone).astimezone(UTC)
    while starts_at + timedelta(minutes=minutes) <= closes:
        yield starts_at
        starts_at += SLOT


def violations(planned: Sequence[Proposed], *, protocol: Protocol, start: date, hours: OfficeHours) -> list[str]:
    """Return every hard rule of the protocol that a plan breaks, in words; empty when it keeps them all."""
    return [
        *_outside_hours(planned, hours),
        *_overlapping(planned),
        *_unprepared(planned, protocol),
        *_wrong_followers(planned, protocol, hours),
        *_wrong_distances(planned, protocol, start, hours),
        *_wrong_spans(planned, protocol, hours),
    ]


def _outside_hours(planned: Sequence[Proposed], hours: OfficeHours) -> Iterator[str]:
    for session in planned:
        begins, ends = _local(session.starts_at, hours), _local(session.ends_at, hours)
        inside = hours.opens <= begins.time() and ends.time() <= hours.closes and begins.date() == ends.date()
        if not inside or begins.isoweekday() not in hours.weekdays:
            yield f"session {session.sequence} ({session.kind}) lies outside the clinic's hours"


def _overlapping(planned: Sequence[Proposed]) -> Iterator[str]:
    for one, other in pairwise(planned):
        if other.starts_at < one.ends_at:
            yield f"session {other.sequence} begins before session {one.sequence} ends"


def _unprepared(planned: Sequence[Proposed], protocol: Protocol) -> Iterator[str]:
    """Preparation precedes the first dosing (docs/facts.md: stages, S1)."""
    first = next((s.sequence for s in planned if s.kind is Kind.DOSING), len(planned))
    before = {session.kind for session in planned[:first]}
    for kind in protocol.before_first_dosing:
        if kind not in before:
            yield f"no {kind} before the first dosing"


def _wrong_followers(planned: Sequence[Proposed], protocol: Protocol, hours: OfficeHours) -> Iterator[str]:
    for session, after in zip(planned, [*planned[1:], None], strict=True):
        following = protocol.steps[session.step].followed_by
        if following is None or session.follows:
            continue
        if after is None or not after.follows or after.kind is not following.kind:
            yield f"no {following.kind} after session {session.sequence}"
            continue
        waited = (after.starts_at - session.ends_at) / timedelta(hours=1)
        same_day = _local_date(after, hours) == _local_date(session, hours)
        if not following.from_hours <= waited <= following.to_hours or not _day_fits(following, same_day):
            yield f"session {after.sequence} misses its window after session {session.sequence}"


def _wrong_distances(planned: Sequence[Proposed], protocol: Protocol, start: date, hours: OfficeHours) -> Iterator[str]:
    for number, step in enumerate(protocol.steps):
        earlier = [_local_date(s, hours) for s in planned if s.step < number]
        days = [_local_date(s, hours) for s in planned if s.step == number and not s.follows]
        if len(days) != step.times:
            yield f"{len(days)} sessions of {step.kind} and not {step.times}"
            continue
        for before, day, distance in zip([(earlier or [start])[-1], *days], days, _distances(step), strict=False):
            if not distance.least <= (day - before).days <= distance.most:
                yield f"{step.kind} on {day.isoformat()} is not {distance.least} to {distance.most} days on"


def _wrong_spans(planned: Sequence[Proposed], protocol: Protocol, hours: OfficeHours) -> Iterator[str]:
    for number, step in enumerate(protocol.steps):
        days = [_local_date(s, hours) for s in planned if s.step == number and not s.follows]
        if step.span and days and not step.span.least <= (days[-1] - days[0]).days + 1 <= step.span.most:
            yield f"{step.kind} does not take {step.span.least} to {step.span.most} days in all"


def _local(instant: datetime, hours: OfficeHours) -> datetime:
    return instant.astimezone(hours.zone)


def _local_date(session: Proposed, hours: OfficeHours) -> date:
    return _local(session.starts_at, hours).date()
