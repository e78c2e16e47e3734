"""Which hard rules of its protocol a plan breaks; nothing of the planner's is used to judge it."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from referrals.protocols.rules.protocols import Kind, OfficeHours, Proposed, Protocol


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
        begins, ends = hours.local(session.starts_at), hours.local(session.ends_at)
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
        same_day = hours.date_of(after) == hours.date_of(session)
        if not following.from_hours <= waited <= following.to_hours or not following.fits(same_day=same_day):
            yield f"session {after.sequence} misses its window after session {session.sequence}"


def _wrong_distances(planned: Sequence[Proposed], protocol: Protocol, start: date, hours: OfficeHours) -> Iterator[str]:
    for number, step in enumerate(protocol.steps):
        earlier = [hours.date_of(s) for s in planned if s.step < number]
        days = [hours.date_of(s) for s in planned if s.step == number and not s.follows]
        if len(days) != step.times:
            yield f"{len(days)} sessions of {step.kind} and not {step.times}"
            continue
        for before, day, distance in zip([(earlier or [start])[-1], *days], days, step.distances(), strict=False):
            if not distance.least <= (day - before).days <= distance.most:
                yield f"{step.kind} on {day.isoformat()} is not {distance.least} to {distance.most} days on"


def _wrong_spans(planned: Sequence[Proposed], protocol: Protocol, hours: OfficeHours) -> Iterator[str]:
    for number, step in enumerate(protocol.steps):
        days = [hours.date_of(s) for s in planned if s.step == number and not s.follows]
        if step.span and days and not step.span.least <= (days[-1] - days[0]).days + 1 <= step.span.most:
            yield f"{step.kind} does not take {step.span.least} to {step.span.most} days in all"
