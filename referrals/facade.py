"""All that other apps may call."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from referrals.courses import queries
from referrals.courses.models import Session


@dataclass(frozen=True, kw_only=True)
class PricedSession:
    """A session of a course with the clinic's list price in cents, as it was when the course was planned."""

    id: UUID
    kind: str
    list_price_cents: int
    starts_at: datetime
    status: str


@dataclass(frozen=True, kw_only=True)
class PricedCourse:
    """A course as billing sees it: whose, where, and what its sessions cost before any discount."""

    id: UUID
    member_id: UUID
    clinic_id: UUID
    route: str
    sessions: tuple[PricedSession, ...]


def get_priced_course(course_id: UUID) -> PricedCourse:
    """Return a course, its sessions in their order.

    Raises NotFound, also for a course that the actor may not see: an employee sees their own, a worker any.
    """
    course = queries.get_course(course_id)
    return PricedCourse(
        id=course.pk,
        member_id=course.member_id,
        clinic_id=course.clinic_id,
        route=course.route,
        sessions=tuple(_priced(session) for session in course.sessions.all()),
    )


def session_of(session_id: UUID) -> PricedSession:
    """Return one session. Raises NotFound, also for one that the actor may not see."""
    return _priced(queries.get_session(session_id))


def _priced(session: Session) -> PricedSession:
    return PricedSession(
        id=session.pk,
        kind=session.kind,
        list_price_cents=session.list_price_cents,
        starts_at=session.starts_at,
        status=session.status,
    )
