"""What becomes of a session, on its clinic's word. Each change holds the lock of the course."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from referrals.courses.models import Course, Session
from referrals.courses.rules import CLOCK_TOLERANCE, FINAL, SessionStatus, is_future, is_plausible
from referrals.courses.services.closing import announce, settle
from workers.kernel.errors import DomainError, Invalid


class SessionFinal(DomainError):
    """The session was completed, cancelled or missed: nothing moves it any more."""

    code = "session_final"


class Superseded(DomainError):
    """A message that the clinic wrote later was applied before this one."""

    code = "superseded"


class ImplausibleTime(Invalid):
    """An appointment more than a year away, or a completion that lies ahead."""

    code = "implausible_time"


class OtherCourse(DomainError):
    """The session belongs to another course than the message says."""

    code = "other_course"


def schedule(
    *, session_id: UUID, course_id: UUID, clinic_id: UUID, starts_at: datetime, reported_at: datetime, now: datetime
) -> None:
    """Record that the clinic agrees to a session at `starts_at`; another time than proposed moves it.

    `reported_at` is when the clinic wrote so. Raises NotFound, OtherCourse, and what `reschedule` raises.
    """
    with transaction.atomic():
        course, session = _lock(session_id, clinic_id)
        if course.pk != course_id:
            raise OtherCourse(f"Session {session_id} is not of course {course_id}.")
        _appoint(course, session, starts_at=starts_at, reported_at=reported_at, now=now)


def reschedule(*, session_id: UUID, clinic_id: UUID, starts_at: datetime, reported_at: datetime, now: datetime) -> None:
    """Record that the clinic moved a session to `starts_at`; it keeps its length.

    Raises NotFound, SessionFinal, Superseded, ImplausibleTime.
    """
    with transaction.atomic():
        course, session = _lock(session_id, clinic_id)
        _appoint(course, session, starts_at=starts_at, reported_at=reported_at, now=now)


def complete(*, session_id: UUID, clinic_id: UUID, completed_at: datetime, now: datetime) -> None:
    """Record that a session took place, also one that was never scheduled: the clinic knows.

    Raises NotFound, SessionFinal (not for a repeat), ImplausibleTime for a future moment or one before the course.
    """
    if is_future(completed_at, now=now) or not is_plausible(completed_at, now=now):
        raise ImplausibleTime("completed_at lies ahead, or more than a year ago.")
    _close(session_id, clinic_id, SessionStatus.COMPLETED, completed_at=completed_at, now=now)


def cancel(*, session_id: UUID, clinic_id: UUID, now: datetime) -> None:
    """Record that the clinic called a session off. Raises NotFound, SessionFinal (not for a repeat)."""
    _close(session_id, clinic_id, SessionStatus.CANCELLED, now=now)


def mark_no_show(*, session_id: UUID, clinic_id: UUID, now: datetime) -> None:
    """Record that the member did not come. Raises NotFound, SessionFinal (not for a repeat)."""
    _close(session_id, clinic_id, SessionStatus.NO_SHOW, now=now)


def _appoint(course: Course, session: Session, *, starts_at: datetime, reported_at: datetime, now: datetime) -> None:
    """Give a session its appointment; the same one again changes nothing. The caller holds the course's lock."""
    if not is_plausible(starts_at, now=now):
        raise ImplausibleTime("starts_at is more than a year away.")
    if session.status in FINAL:
        raise SessionFinal(f"The session is {session.status}.", state=session.status)
    if session.reported_at is not None and reported_at < session.reported_at:
        raise Superseded("A later message about this session was applied before.", state=session.status)
    is_same = session.status == SessionStatus.SCHEDULED and session.starts_at == starts_at
    session.reported_at = reported_at
    session.ends_at += starts_at - session.starts_at
    session.starts_at = starts_at
    session.status = SessionStatus.SCHEDULED
    session.generation += not is_same
    session.save(update_fields=["reported_at", "starts_at", "ends_at", "status", "generation"])
    if not is_same:
        announce(session, now)
        settle(course, now)


def _close(
    session_id: UUID,
    clinic_id: UUID,
    status: SessionStatus,
    *,
    now: datetime,
    completed_at: datetime | None = None,
) -> None:
    with transaction.atomic():
        course, session = _lock(session_id, clinic_id)
        if session.status == status:
            return
        if session.status in FINAL:
            raise SessionFinal(f"The session is {session.status}.", state=session.status)
        if completed_at is not None and completed_at < course.planned_at - CLOCK_TOLERANCE:
            raise ImplausibleTime("completed_at lies before the clinic accepted.")
        session.status = status
        session.completed_at = completed_at
        session.save(update_fields=["status", "completed_at"])
        announce(session, now)
        settle(course, now)


def _lock(session_id: UUID, clinic_id: UUID) -> tuple[Course, Session]:
    """Return a clinic's own session under the lock of its course, which every writer takes. Raises NotFound."""
    course = Course.locked(sessions__pk=session_id, clinic_id=clinic_id)
    return course, Session.objects.get(pk=session_id)
