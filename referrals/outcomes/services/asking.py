"""Planning the points of a course, and asking when their time comes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from benefits import facade as benefits
from referrals.courses.models import Course, Session
from referrals.courses.queries import get_course, get_session
from referrals.courses.rules import CourseStatus, SessionStatus, ended_at
from referrals.events.courses import OutcomeDue
from referrals.outcomes.models import Outcome
from referrals.outcomes.queries import get_outcomes
from referrals.outcomes.rules import Follows, Point, hash_of, new_token
from referrals.requests.queries import get_request
from referrals.requests.rules import CARE_ENDED
from referrals.screening.queries import current_questionnaire
from workers.emails.queueing import queue_email, withdraw_unsent
from workers.kernel.errors import NotFound
from workers.kernel.trace import current_trace
from workers.timers.scheduling import schedule_all, timer_for


def plan_course(*, course_id: UUID, now: datetime) -> None:
    """Plan what is asked before one course begins, as `plan_courses` does."""
    plan_courses({course_id: current_trace()}, now=now)


def plan_courses(traces: Mapping[UUID, str], *, now: datetime) -> None:
    """Plan what is asked before these courses begin, with each the trace id of its walk; again changes nothing.

    However many there are, with as many statements as for one. Raises NotFound.
    """
    courses = Course.objects.in_bulk(list(traces))
    if len(courses) < len(traces):
        raise NotFound("There is no such course.")
    _plan({course: traces[course.pk] for course in courses.values()}, "planned", now)


def plan_after_session(*, session_id: UUID, now: datetime) -> None:
    """Plan what is asked after a dosing that took place; after any other session nothing is. Raises NotFound.

    It is asked so long after the dosing and not after the clinic's report, which may come days later.
    """
    session = get_session(session_id)
    if session.kind == "dosing" and session.status == SessionStatus.COMPLETED:
        _plan({session.course: current_trace()}, "dosing", now, after=session)


def plan_after_course(*, course_id: UUID, now: datetime) -> None:
    """Plan what is asked months after a course that was gone through; after another one nothing is. Raises NotFound."""
    course = get_course(course_id)
    if course.status == CourseStatus.COMPLETED:
        _plan({course: current_trace()}, "closed", now)


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
            reader_id=member.id,
        )


def take_back(*, course_id: UUID) -> None:
    """Take back the links that the mail has not sent yet of a course whose care was ended; of another one nothing."""
    if get_request(get_course(course_id).request_id).status in CARE_ENDED:
        for outcome in Outcome.objects.filter(course_id=course_id, asked_at__isnull=False, answered_at=None):
            withdraw_unsent(prefix=f"questions:{outcome.pk}")


def _plan(traces: Mapping[Course, str], follows: Follows, now: datetime, *, after: Session | None = None) -> None:
    followed_at = now if after is None else ended_at(after.ends_at, after.completed_at)
    zones = benefits.zones_of({course.member_id for course in traces})
    points = [point for point in get_outcomes().points if point.follows == follows]
    planned = {
        _outcome(course, point, after, max(now, point.due_at(followed_at, ZoneInfo(zones[course.member_id])))): trace
        for course, trace in traces.items()
        for point in points
    }
    _store(planned)


def _outcome(course: Course, point: Point, after: Session | None, due_at: datetime) -> Outcome:
    return Outcome(
        course=course,
        member_id=course.member_id,
        clinic_id=course.clinic_id,
        session_id=after.pk if after else None,
        point=point.point,
        due_at=due_at,
    )


def _store(planned: Mapping[Outcome, str]) -> None:
    """The unique index decides, however often it is announced: what was planned before gets no second timer."""
    Outcome.objects.bulk_create(planned, ignore_conflicts=True)
    new = set(Outcome.objects.filter(pk__in=[one.pk for one in planned]).values_list("pk", flat=True))
    schedule_all(
        [
            timer_for(OutcomeDue(outcome_id=outcome.pk), about=outcome, due_at=outcome.due_at, trace=trace)
            for outcome, trace in planned.items()
            if outcome.pk in new
        ]
    )


def _open(outcome: Outcome, token: str, now: datetime) -> None:
    [point] = [one for one in get_outcomes().points if one.point == outcome.point]
    outcome.questionnaire = current_questionnaire(now).id
    outcome.asked_at, outcome.expires_at = now, now + timedelta(days=point.days_open)
    outcome.token_hash = hash_of(token)
    outcome.save(update_fields=["questionnaire", "asked_at", "expires_at", "token_hash"])
