"""When a session could be instead: what a member is offered who moves one, and which rules another time would break."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from referrals.courses.models import Course, Session
from referrals.courses.queries.calendars import calendar_of, clinic_time, member_times
from referrals.courses.queries.courses import known_of, protocol_of
from referrals.courses.rules import FINAL, is_plausible
from referrals.courses.rules.revising import spots
from referrals.courses.rules.states import FURTHEST
from referrals.protocols.rules.calendars import Calendar, Day, instant_of
from referrals.protocols.rules.checking import violations
from referrals.protocols.rules.plans import Hold, Spot
from referrals.protocols.rules.protocols import Protocol
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import NotFound

DAYS = 28  # that one list looks ahead


@dataclass(frozen=True, kw_only=True)
class FreeTime:
    """When a session may be; `bent` are the wishes (protocols.rules.calendars.Soft) that the time does not meet."""

    starts_at: datetime
    ends_at: datetime
    bent: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Moving:
    """A session that is to move, and what its new time has to keep: what is only proposed makes room for it.

    `spots` are those of its course in their order; itself aside, each as a fact or as gone, so that it alone is judged.
    """

    session_id: UUID
    spots: Sequence[Spot]
    protocol: Protocol
    start: date
    calendar: Calendar

    def broken_at(self, starts_at: datetime) -> list[str]:
        """Return which rules the session would break at a time, in words."""
        placed = [_at(spot, starts_at) if spot.id == self.session_id else spot for spot in self.spots]
        return violations(placed, protocol=self.protocol, start=self.start, calendar=self.calendar)


def moving(course: Course, session: Session, *, now: datetime) -> Moving:
    """Return what a session of a course has to keep when it moves. As a worker."""
    known = [known_of(one) for one in course.sessions.order_by("sequence")]
    clinic = clinic_time(course.clinic_id, now=now)
    member = member_times([course.member_id], beside=[course.pk])[course.member_id]
    return Moving(
        session_id=session.pk,
        spots=[
            spot if spot.id == session.pk else _beside(spot)
            for spot in spots(known, planned_at=course.planned_at, now=now)
        ],
        protocol=protocol_of(course),
        start=course.planned_at.astimezone(clinic.zone).date(),
        calendar=calendar_of(course, clinic, member),
    )


def _at(spot: Spot, starts_at: datetime) -> Spot:
    return replace(spot, hold=Hold.LOOSE, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=spot.minutes))


def _beside(spot: Spot) -> Spot:
    return replace(spot, hold=Hold.GONE if spot.hold in (Hold.LOOSE, Hold.GONE) else Hold.FACT)


def list_free_times(*, session_id: UUID, member_id: UUID, since: date | None, now: datetime) -> list[FreeTime]:
    """Return when a member may take a session instead, the soonest first: DAYS days from `since` on, or from today.

    Days are the clinic's. Of a session that is over there are none, and none more than a year ahead. Raises NotFound,
    also for another's.
    """
    with acting_as(WORKER):
        session = Session.objects.select_related("course__variant").filter(pk=session_id, member_id=member_id).first()
        if session is None:
            raise NotFound("There is no such session.")
        if session.status in FINAL:
            return []
        one = moving(session.course, session, now=now)
    today = now.astimezone(one.calendar.zone).date()
    if since and since > today + FURTHEST:
        return []
    first = max(since or today, today).toordinal()
    days = [one.calendar.day(ordinal) for ordinal in range(first, first + DAYS)]
    minutes = (session.ends_at - session.starts_at) // timedelta(minutes=1)
    return [time for day in days for time in _free(day, minutes, one, now) if time.starts_at != session.starts_at]


def _free(day: Day, minutes: int, one: Moving, now: datetime) -> Iterator[FreeTime]:
    for begins in sorted(begins for _, begins in day.slots(minutes)):
        starts_at = instant_of(begins)
        if starts_at > now and is_plausible(starts_at, now=now) and not one.broken_at(starts_at):
            bent = tuple(str(rule) for rule in day.bent(begins, begins + minutes))
            yield FreeTime(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes), bent=bent)
