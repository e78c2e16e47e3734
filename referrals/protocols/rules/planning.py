"""The planner: from a protocol to proposed sessions that meet every hard rule of it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from referrals.protocols.rules.checking import violations
from referrals.protocols.rules.protocols import Days, Following, Kind, OfficeHours, Proposed, Protocol, Step

SLOT = timedelta(minutes=30)


class Unplannable(ValueError):
    """No time within the protocol's distances and the clinic's hours; the message names the session."""


def plan(protocol: Protocol, *, start: date, hours: OfficeHours) -> list[Proposed]:
    """Propose a course's sessions, each at the earliest time that the rules allow after the day `start`.

    Raises Unplannable.
    """
    planned: list[Proposed] = []
    last = start
    for number, step in enumerate(protocol.steps):
        for distance in step.distances():
            planned += _place(step, number, last, distance, len(planned), hours)
            last = hours.date_of(planned[-1 - (step.followed_by is not None)])
        last = hours.date_of(planned[-1])
    broken = violations(planned, protocol=protocol, start=start, hours=hours)
    if broken:
        raise Unplannable("; ".join(broken))
    return planned


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
    day, until = hours.local(opens).date(), hours.local(closes).date()
    while day <= until:
        for starts_at in _slots(day, following.minutes, hours):
            same_day = day == hours.date_of(session)
            if opens <= starts_at <= closes and following.fits(same_day=same_day):
                return _session(session.sequence + 1, following.kind, session.step, starts_at, following.minutes, True)
        day += timedelta(days=1)
    return None


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
