"""Planning the points of a course, and asking when their time comes."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction

from benefits import facade as benefits
from referrals.courses.models import Course
from referrals.courses.queries import get_course, get_session
from referrals.courses.rules import CourseStatus, SessionStatus
from referrals.events.courses import OutcomeDue
from referrals.outcomes.models import Outcome
from referrals.outcomes.queries import get_outcomes
from referrals.outcomes.rules import Follows, Point, hash_of, new_token
from referrals.requests.queries import get_request
from referrals.requests.rules import CARE_ENDED
from referrals.screening.queries import current_questionnaire
from workers.emails.queueing import queue_email
from workers.timers.scheduling import schedule


def plan_course(*, course_id: UUID, now: datetime) -> None:
    """Plan what is asked before a course begins. Again changes nothing. Raises NotFound."""
    _plan(get_course(course_id), "planned", now)


def plan_after_session(*, session_id: UUID, now: datetime) -> None:
    """Plan what is asked after a dosing that took place; after any other session nothing is. Raises NotFound."""
    session = get_session(session_id)
    if session.kind == "dosing" and session.status == SessionStatus.COMPLETED:
        _plan(session.course, "dosing", now, session_id=session.pk)


def plan_after_course(*, course_id: UUID, now: datetime) -> None:
    """Plan what is asked months after a course that was gone through; after another one nothing is. Raises NotFound."""
    course = get_course(course_id)
    if course.status == CourseStatus.COMPLETED:
        _plan(course, "closed", now)


def ask(*, outcome_id: UUID, now: datetime) -> None:
    """Mail a link to the questions, unless the care was ended or nobody is there to write to; once."""
    with transaction.atomic():
        outcome = Outcome.locked(pk=outcome_id)
        member = benefits.get_member(outcome.member_id)
        request = get_request(outcome.course.request_id)
        if outcome.asked_at is not None or request.status in CARE_ENDED or not member.email:
            return
        token = new_token()
        _open(outcome, token, now)
        queue_email(
            key=f"questions:{outcome.pk}",
            to=member.email,
            template="referrals/questions_open",
            context={
                "first_name": member.first_name,
                "url": f"{settings.BASE_URL}/questions/?token={token}",
                "expires_at": outcome.expires_at,
            },
            language=member.language,
            zone=member.timezone,
            now=now,
            drop_after=outcome.expires_at,
        )


def _plan(course: Course, follows: Follows, now: datetime, *, session_id: UUID | None = None) -> None:
    zone = ZoneInfo(benefits.get_member(course.member_id).timezone)
    for point in get_outcomes().points:
        if point.follows == follows:
            _plan_point(course, point, session_id, due_at=max(now, point.due_at(now, zone)))


def _plan_point(course: Course, point: Point, session_id: UUID | None, *, due_at: datetime) -> None:
    """The unique index decides, however often it is announced."""
    outcome = Outcome(
        course=course,
        member_id=course.member_id,
        clinic_id=course.clinic_id,
        session_id=session_id,
        point=point.point,
        due_at=due_at,
    )
    try:
        with transaction.atomic():
            outcome.save(force_insert=True)
    except IntegrityError:
        return
    schedule(OutcomeDue(outcome_id=outcome.pk), about=outcome, due_at=due_at)


def _open(outcome: Outcome, token: str, now: datetime) -> None:
    [point] = [one for one in get_outcomes().points if one.point == outcome.point]
    outcome.questionnaire = current_questionnaire(now).id
    outcome.asked_at, outcome.expires_at = now, now + timedelta(days=point.days_open)
    outcome.token_hash = hash_of(token)
    outcome.save(update_fields=["questionnaire", "asked_at", "expires_at", "token_hash"])
