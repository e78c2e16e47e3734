"""How a course follows its sessions, and ends."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from referrals.courses.models import Course, Session
from referrals.courses.rules import ENDED, OPEN, PLANNER, Because, CourseStatus, SessionStatus, What, status_of_course
from referrals.courses.services.history import note, store
from referrals.courses.services.stalling import unstall
from referrals.events.courses import CourseClosed, SessionChanged
from workers.kernel.inserting import insert_all
from workers.outbox.publishing import publish


def cancel_course(*, request_id: UUID, now: datetime) -> None:
    """Call off what is still open of the course of a withdrawn request; without a course there is nothing to do."""
    with transaction.atomic():
        course = Course.objects.select_for_update().filter(request_id=request_id).first()
        if course is None or course.status in ENDED:
            return
        for session in course.sessions.filter(status__in=OPEN).order_by("sequence"):
            _cancel(session, now)
        _end(course, CourseStatus.CANCELLED, now)


def _cancel(session: Session, now: datetime) -> None:
    was = session.status
    session.status, session.suggested_starts_at, session.suggested_because = SessionStatus.CANCELLED, None, ""
    session.problem = ""
    store(session, was=was, fields=["status", "suggested_starts_at", "suggested_because", "problem"])
    insert_all([note(session, What.CANCELLED, who=PLANNER, now=now, because=Because.REQUEST_ENDED)])
    announce(session, now)


def settle(course: Course, now: datetime) -> None:
    """Let the course follow its sessions. The caller holds its lock."""
    status = status_of_course(course.sessions.values_list("status", flat=True))
    if status in ENDED:
        _end(course, status, now)
    elif status != course.status:
        course.status = status
        course.save(update_fields=["status"])


def announce(session: Session, now: datetime) -> None:
    """Publish that a session's state or appointment changed."""
    event = SessionChanged(session_id=session.pk, course_id=session.course_id, status=session.status)
    publish(event, about=session, now=now)


def _end(course: Course, status: CourseStatus, now: datetime) -> None:
    unstall(course)
    course.status = status
    course.save(update_fields=["status"])
    closed = CourseClosed(course_id=course.pk, request_id=course.request_id, member_id=course.member_id, outcome=status)
    publish(closed, about=course, now=now)
