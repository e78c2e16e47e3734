"""Reading courses and sessions; row-level security shows each actor its own."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from referrals.courses.models import Course, Session, SessionStep
from referrals.courses.rules import OPEN, SessionStatus, What
from referrals.courses.rules.revising import Known
from referrals.protocols.queries import get_protocol
from referrals.protocols.rules.protocols import Protocol
from workers.kernel.compiled import Compiled, Given
from workers.kernel.errors import NotFound

_COURSE = Compiled(lambda: Course.objects.filter(pk=Given("course_id")))
_SESSIONS = Compiled(lambda: Session.objects.filter(course_id=Given("course_id")).order_by("sequence"))


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


def get_with_sessions(course_id: UUID) -> tuple[Course, list[Session]]:
    """Return a course and its sessions in their order, for many calls. Raises NotFound."""
    course = _COURSE.first(course_id=course_id)
    if course is None:
        raise NotFound("There is no such course.")
    return course, _SESSIONS(course_id=course_id)


def get_session(session_id: UUID) -> Session:
    """Return a session with its course. Raises NotFound."""
    session = Session.objects.select_related("course").filter(pk=session_id).first()
    if session is None:
        raise NotFound("There is no such session.")
    return session


def find_next_session(*, now: datetime) -> Session | None:
    """Return the member's next session that is not over, agreed or proposed, or None. As that member."""
    return Session.objects.filter(status__in=OPEN, ends_at__gte=now).order_by("starts_at", "id").first()


def protocol_of(course: Course) -> Protocol:
    """Return the version of the protocol that a course began with, by its window. As a worker. Raises NotFound."""
    found = course.variant.read() if course.variant else get_protocol(course.protocol, course.protocol_version)
    return found.with_window(course.window)


def known_of(session: Session) -> Known:
    """Return a session as the rules take it; one that is not stored yet wants a time, and has none of its own."""
    return Known(
        id=session.pk,
        kind=session.kind,
        step=session.step,
        follows=session.follows_id,
        status=session.status,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        completed_at=session.completed_at,
        agreed_at=session.agreed_at,
        agreed_after=session.agreed_after,
        was_declined=session.declined_at is not None,
        is_new=session._state.adding,
    )


def list_steps(course_id: UUID) -> QuerySet[SessionStep]:
    """Return what happened to the sessions of a course, as it happened."""
    return SessionStep.objects.filter(session__course_id=course_id).order_by("at", "id")


def count_appointments(session_id: UUID) -> int:
    """Return at how many times a session was agreed to be, one after the other. As a worker."""
    steps = SessionStep.objects.filter(session_id=session_id, status=SessionStatus.SCHEDULED)
    return steps.exclude(what__in=(What.ASKED, What.DECLINED)).values("starts_at").distinct().count()


def list_stalled() -> QuerySet[Course]:
    """Return the courses with which nothing happens by itself, those that wait longest first."""
    return Course.objects.filter(stalled_at__isnull=False).order_by("stalled_at", "id")


def members_reached(first: date, last: date) -> set[UUID]:
    """Return the members who had a session that took place on a day of a period (UTC); as a worker."""
    begins = datetime.combine(first, time(), tzinfo=UTC)
    ends = datetime.combine(last + timedelta(days=1), time(), tzinfo=UTC)
    took_place = Session.objects.filter(status=SessionStatus.COMPLETED, starts_at__gte=begins, starts_at__lt=ends)
    return set(took_place.values_list("member_id", flat=True))
