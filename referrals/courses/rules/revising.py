"""A course under way as the planner sees it: how firmly each session stands, and where its window lies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from referrals.courses.rules.states import MISSED, SessionStatus, ended_at
from referrals.protocols.rules.plans import Hold, Spot
from referrals.protocols.rules.protocols import Kind, Protocol


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of a session; instants in UTC. `agreed_after` is when the one before it was to be when a person
    agreed to it, `was_declined` whether they would not move it. One that `is_new` wants a time: its times tell no more
    than how long it takes.
    """

    id: UUID
    kind: str
    step: int
    follows: UUID | None
    status: str
    starts_at: datetime
    ends_at: datetime
    completed_at: datetime | None
    agreed_at: datetime | None
    agreed_after: datetime | None
    was_declined: bool
    is_new: bool = False


def spots(course: Sequence[Known], *, planned_at: datetime, now: datetime) -> list[Spot]:
    """Return the sessions of a course, in their order, as the planner takes them."""
    before = measured_from(course, planned_at=planned_at)
    return [_spot(one, before[one.id], now) for one in course]


def measured_from(course: Sequence[Known], *, planned_at: datetime) -> dict[UUID, datetime | None]:
    """Return what the time of each session is measured from: the end of what it follows, or the session before it."""
    ends = {one.id: _times(one)[1] for one in course}
    found: dict[UUID, datetime | None] = {}
    former: datetime | None = planned_at
    for one in course:
        found[one.id] = former if one.follows is None else ends.get(one.follows)
        if one.follows is None:
            former = None if one.is_new else ends[one.id]
    return found


def windows(course: Sequence[Known], protocol: Protocol) -> Mapping[UUID, tuple[datetime, datetime]]:
    """Return the window of each session that follows another: within it, it is to begin."""
    ends = {one.id: _times(one)[1] for one in course}
    found = {}
    for one in course:
        following = protocol.steps[one.step].followed_by if one.step < len(protocol.steps) else None
        if one.follows in ends and one.follows is not None and following is not None:
            hours = (timedelta(hours=following.window.from_hours), timedelta(hours=following.window.to_hours))
            found[one.id] = (ends[one.follows] + hours[0], ends[one.follows] + hours[1])
    return found


def _spot(one: Known, before: datetime | None, now: datetime) -> Spot:
    hold = hold_of(one, now)
    starts_at, ends_at = (None, None) if hold is Hold.NEW else _times(one)
    return Spot(
        id=one.id,
        kind=Kind(one.kind),
        step=one.step,
        minutes=int((one.ends_at - one.starts_at) / timedelta(minutes=1)),
        hold=hold,
        follows=one.follows,
        starts_at=starts_at,
        ends_at=ends_at,
        pinned=one.agreed_after is not None and one.agreed_after == before,
        despite_closure=one.was_declined,
    )


def hold_of(one: Known, now: datetime) -> Hold:
    """How firmly a session stands. An appointment whose time has come took place, until somebody says otherwise."""
    if one.is_new:
        return Hold.NEW
    if one.status in MISSED:
        return Hold.GONE
    if one.status == SessionStatus.COMPLETED or (one.status == SessionStatus.SCHEDULED and one.starts_at <= now):
        return Hold.FACT
    if one.status == SessionStatus.SCHEDULED or (one.agreed_at is not None and one.starts_at > now):
        return Hold.CONFIRMED
    return Hold.LOOSE


def _times(one: Known) -> tuple[datetime, datetime]:
    """From when until when a session was, or is to be."""
    ends_at = ended_at(one.ends_at, one.completed_at)
    return ends_at - (one.ends_at - one.starts_at), ends_at
