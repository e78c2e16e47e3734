"""What becomes of a session, on its clinic's word. Each change holds the lock of the course."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from referrals.courses.models import Course, Session
from referrals.courses.queries.calendars import clinic_time
from referrals.courses.rules import (
    CLOCK_TOLERANCE,
    FINAL,
    Because,
    SessionStatus,
    What,
    Who,
    is_future,
    is_plausible,
)
from referrals.courses.rules.history import CLINIC
from referrals.courses.services.closing import announce, settle
from referrals.courses.services.history import note, store
from referrals.courses.services.refusals import (
    ImplausibleTime,
    OtherCourse,
    OverlappingSession,
    SessionFinal,
    Superseded,
)
from referrals.courses.services.replanning import agreed_after, replan
from referrals.courses.services.stalling import unstall, watch
from workers.kernel.inserting import insert_all

__all__ = [
    "ImplausibleTime",
    "OtherCourse",
    "OverlappingSession",
    "SessionFinal",
    "Superseded",
    "cancel",
    "complete",
    "end",
    "lock",
    "mark_no_show",
    "reschedule",
    "schedule",
]

_APPOINTED = (
    "status",
    "starts_at",
    "ends_at",
    "generation",
    "reported_at",
    "agreed_at",
    "agreed_after",
    "suggested_starts_at",
    "suggested_because",
    "declined_at",
    "bent",
    "problem",
)
_IN_ONE_PLACE = "course_session_member_in_one_place"


def schedule(
    *,
    session_id: UUID,
    course_id: UUID,
    clinic_id: UUID,
    starts_at: datetime,
    reported_at: datetime,
    now: datetime,
    who: Who = CLINIC,
) -> None:
    """Record that the clinic agrees to a session at `starts_at`; another time than proposed moves it.

    `reported_at` is when the clinic wrote so. Raises NotFound, OtherCourse, and what `reschedule` raises.
    """
    with transaction.atomic():
        course, session = lock(session_id, clinic_id)
        if course.pk != course_id:
            raise OtherCourse(f"Session {session_id} is not of course {course_id}.")
        _appoint(course, session, starts_at=starts_at, reported_at=reported_at, now=now, who=who)


def reschedule(
    *, session_id: UUID, clinic_id: UUID, starts_at: datetime, reported_at: datetime, now: datetime, who: Who = CLINIC
) -> None:
    """Record that the clinic moved a session to `starts_at`; it keeps its length.

    What is only proposed follows. Raises NotFound, SessionFinal, Superseded, ImplausibleTime, OverlappingSession.
    """
    with transaction.atomic():
        course, session = lock(session_id, clinic_id)
        _appoint(course, session, starts_at=starts_at, reported_at=reported_at, now=now, who=who)


def complete(*, session_id: UUID, clinic_id: UUID, completed_at: datetime, now: datetime, who: Who = CLINIC) -> None:
    """Record that a session took place, also one that was never scheduled: the clinic knows.

    Raises NotFound, SessionFinal (not for a repeat), ImplausibleTime for a future moment or one before the course.
    """
    if is_future(completed_at, now=now):
        ahead = round((completed_at - now).total_seconds() / 60)
        raise ImplausibleTime(
            f"completed_at lies {ahead} minutes ahead of our clock: look at yours, and send it again."
        )
    if not is_plausible(completed_at, now=now):
        raise ImplausibleTime("completed_at lies more than a year ago.")
    end(session_id, clinic_id, SessionStatus.COMPLETED, completed_at=completed_at, who=who, now=now)


def cancel(*, session_id: UUID, clinic_id: UUID, now: datetime, who: Who = CLINIC) -> None:
    """Record that the clinic called a session off. Raises NotFound, SessionFinal (not for a repeat)."""
    end(session_id, clinic_id, SessionStatus.CANCELLED, who=who, now=now)


def mark_no_show(*, session_id: UUID, clinic_id: UUID, now: datetime, who: Who = CLINIC) -> None:
    """Record that the member did not come. Raises NotFound, SessionFinal (not for a repeat)."""
    end(session_id, clinic_id, SessionStatus.NO_SHOW, who=who, now=now)


def _appoint(
    course: Course, session: Session, *, starts_at: datetime, reported_at: datetime, now: datetime, who: Who
) -> None:
    """Give a session its appointment; the same one again changes nothing. The caller holds the course's lock."""
    _check(session, starts_at, reported_at, now)
    was, stood_at = session.status, session.starts_at
    is_same = was == SessionStatus.SCHEDULED and stood_at == starts_at
    if is_same:
        session.reported_at = reported_at
        store(session, was=was, fields=["reported_at"])
        return
    _put(session, starts_at, reported_at)
    session.declined_at = now if clinic_time(course.clinic_id, now=now).is_closed(starts_at) else None
    session.agreed_after = agreed_after(course, session)
    _store_appointment(session, was)
    is_moved = stood_at != starts_at
    insert_all([note(session, What.RESCHEDULED if is_moved else What.CONFIRMED, who=who, now=now)])
    announce(session, now)
    unstall(course)
    replan(course, because=Because.SESSION_MOVED, now=now)
    settle(course, now)


def _check(session: Session, starts_at: datetime, reported_at: datetime, now: datetime) -> None:
    if not is_plausible(starts_at, now=now):
        raise ImplausibleTime("starts_at is more than a year away.")
    if session.status in FINAL:
        raise SessionFinal(f"The session is {session.status}.", state=session.status)
    if session.reported_at is not None and reported_at < session.reported_at:
        raise Superseded("A later message about this session was applied before.", state=session.status)


def _put(session: Session, starts_at: datetime, reported_at: datetime) -> None:
    """The clinic's word answers whatever was suggested."""
    session.ends_at += starts_at - session.starts_at
    session.starts_at, session.reported_at = starts_at, reported_at
    session.status = SessionStatus.SCHEDULED
    session.generation += 1
    session.suggested_starts_at, session.suggested_because = None, ""
    session.agreed_at = None
    session.bent, session.problem = [], ""


def _store_appointment(session: Session, was: str) -> None:
    try:
        with transaction.atomic():
            store(session, was=was, fields=_APPOINTED)
    except IntegrityError as error:
        if _IN_ONE_PLACE not in str(error):
            raise
        sentence = "The member has another appointment at that time: choose another time, or move that one first."
        raise OverlappingSession(sentence, state=was) from None


def end(
    session_id: UUID,
    clinic_id: UUID,
    status: SessionStatus,
    *,
    who: Who,
    now: datetime,
    completed_at: datetime | None = None,
) -> None:
    """Bring a session to its end; a repeat changes nothing. Raises NotFound, SessionFinal, ImplausibleTime."""
    with transaction.atomic():
        course, session = lock(session_id, clinic_id)
        if session.status == status:
            return
        if session.status in FINAL:
            raise SessionFinal(f"The session is {session.status}.", state=session.status)
        if completed_at is not None and completed_at < course.planned_at - CLOCK_TOLERANCE:
            raise ImplausibleTime("completed_at lies before the clinic accepted.")
        _end(session, status, completed_at)
        insert_all([note(session, What(status), who=who, now=now)])
        announce(session, now)
        replan(course, because=Because.SESSION_ENDED, now=now)
        watch(course, now=now)
        settle(course, now)


def _end(session: Session, status: SessionStatus, completed_at: datetime | None) -> None:
    was = session.status
    session.status, session.completed_at = status, completed_at
    session.suggested_starts_at, session.suggested_because = None, ""
    session.bent, session.problem = [], ""
    fields = ("status", "completed_at", "suggested_starts_at", "suggested_because", "bent", "problem")
    store(session, was=was, fields=fields)


def lock(session_id: UUID, clinic_id: UUID) -> tuple[Course, Session]:
    """Return a clinic's own session under the lock of its course, which every writer takes. Raises NotFound."""
    course = Course.locked(sessions__pk=session_id, clinic_id=clinic_id)
    return course, Session.objects.get(pk=session_id)
