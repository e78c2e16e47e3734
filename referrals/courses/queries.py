"""Reading courses and sessions; row-level security shows each actor its own."""

from uuid import UUID

from django.db.models import Prefetch, QuerySet

from referrals.courses.models import Course, Session
from workers.kernel.errors import NotFound


def list_courses() -> QuerySet[Course]:
    """Return the courses that the actor may see, each with its sessions in their order."""
    sessions = Prefetch("sessions", queryset=Session.objects.order_by("sequence"))
    return Course.objects.prefetch_related(sessions)


def get_course(course_id: UUID) -> Course:
    """Return a course with its sessions in their order. Raises NotFound."""
    course = list_courses().filter(pk=course_id).first()
    if course is None:
        raise NotFound("There is no such course.")
    return course


def get_session(session_id: UUID) -> Session:
    """Return a session with its course. Raises NotFound."""
    session = Session.objects.select_related("course").filter(pk=session_id).first()
    if session is None:
        raise NotFound("There is no such session.")
    return session
