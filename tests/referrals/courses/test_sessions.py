"""Sessions move by their clinic's word, and the course follows."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from referrals.courses.models import Course, Session, SessionStep
from referrals.courses.services import closing, sessions
from tests.factories.courses import make_course, sessions_of
from workers.deliveries.models import Delivery
from workers.kernel.errors import NotFound
from workers.kernel.ids import new_id
from workers.outbox.models import EventRecord

pytestmark = pytest.mark.usefixtures("as_worker")

WEEK = timedelta(days=7)


@pytest.fixture
def course(db: None) -> Course:
    return make_course()


@pytest.fixture
def session(course: Course) -> Session:
    return sessions_of(course)[1]


def schedule(session: Session, now: datetime, *, starts_at: datetime | None = None, at: datetime | None = None) -> None:
    sessions.schedule(
        session_id=session.pk,
        course_id=session.course_id,
        clinic_id=session.clinic_id,
        starts_at=starts_at or session.starts_at,
        reported_at=at or now,
        now=now,
    )


def reschedule(session: Session, now: datetime, by: timedelta, *, at: datetime | None = None) -> None:
    sessions.reschedule(
        session_id=session.pk,
        clinic_id=session.clinic_id,
        starts_at=session.starts_at + by,
        reported_at=at or now,
        now=now,
    )


def complete(session: Session, now: datetime) -> None:
    sessions.complete(session_id=session.pk, clinic_id=session.clinic_id, completed_at=now, now=now)


def cancel(session: Session, now: datetime) -> None:
    sessions.cancel(session_id=session.pk, clinic_id=session.clinic_id, now=now)


def miss(session: Session, now: datetime) -> None:
    sessions.mark_no_show(session_id=session.pk, clinic_id=session.clinic_id, now=now)


def events() -> list[str]:
    mine = EventRecord.objects.filter(aggregate_type__in=["referrals.course", "referrals.session"])
    return list(mine.order_by("id").values_list("type", flat=True))


def test_scheduling_starts_the_course_and_is_announced_once(course: Course, session: Session, now: datetime) -> None:
    schedule(session, now)
    schedule(session, now)
    session.refresh_from_db()
    course.refresh_from_db()
    assert (session.status, session.generation, course.status) == ("scheduled", 1, "active")
    assert events() == ["referrals.session.changed.v1"]


def test_rescheduling_moves_both_ends_and_raises_the_generation(session: Session, now: datetime) -> None:
    schedule(session, now)
    reschedule(session, now, WEEK)
    moved = Session.objects.get(pk=session.pk)
    assert moved.starts_at == session.starts_at + WEEK
    assert moved.ends_at == session.ends_at + WEEK
    assert moved.generation == 2


def test_a_message_written_earlier_does_not_undo_a_later_one(session: Session, now: datetime) -> None:
    reschedule(session, now, WEEK, at=now)
    with pytest.raises(sessions.Superseded):
        schedule(session, now, at=now - timedelta(seconds=1))
    assert Session.objects.get(pk=session.pk).starts_at == session.starts_at + WEEK


def test_a_completion_heard_before_the_appointment_stands(session: Session, now: datetime) -> None:
    complete(session, now)
    with pytest.raises(sessions.SessionFinal):
        schedule(session, now)
    session.refresh_from_db()
    assert (session.status, session.completed_at, session.generation) == ("completed", now, 0)


@pytest.mark.parametrize("first", [complete, cancel, miss])
@pytest.mark.parametrize("second", [complete, cancel, miss])
def test_the_first_end_of_a_session_stands(
    session: Session, now: datetime, first: Callable[..., None], second: Callable[..., None]
) -> None:
    first(session, now)
    state = Session.objects.get(pk=session.pk).status
    if first is second:
        second(session, now)
    else:
        with pytest.raises(sessions.SessionFinal):
            second(session, now)
    assert Session.objects.get(pk=session.pk).status == state
    assert events()[0] == "referrals.session.changed.v1"
    assert len(SessionStep.objects.filter(session=session)) == 1


def test_the_course_completes_with_its_last_session(course: Course, now: datetime) -> None:
    one, two, three = sessions_of(course)
    complete(one, now)
    schedule(three, now)
    miss(two, now)
    course.refresh_from_db()
    assert course.status == "active"
    cancel(three, now)
    course.refresh_from_db()
    assert course.status == "completed"
    assert events()[-1] == "referrals.course.closed.v1"


@pytest.mark.parametrize("change", ["schedule", "reschedule", "complete", "cancel", "miss"])
def test_another_clinics_session_is_unknown(session: Session, now: datetime, change: str) -> None:
    session.clinic_id = new_id()
    with pytest.raises(NotFound):
        {
            "schedule": lambda: schedule(session, now),
            "reschedule": lambda: reschedule(session, now, WEEK),
            "complete": lambda: complete(session, now),
            "cancel": lambda: cancel(session, now),
            "miss": lambda: miss(session, now),
        }[change]()
    assert events() == []


def test_a_session_of_another_course_is_refused(session: Session, now: datetime) -> None:
    session.course_id = new_id()
    with pytest.raises(sessions.OtherCourse):
        schedule(session, now)


@pytest.mark.parametrize("years", [-8, 8, 7973])
def test_an_appointment_in_another_age_is_refused(session: Session, now: datetime, years: int) -> None:
    with pytest.raises(sessions.ImplausibleTime):
        schedule(session, now, starts_at=now.replace(year=now.year + years))


def test_a_completion_that_lies_ahead_is_refused(session: Session, now: datetime) -> None:
    with pytest.raises(sessions.ImplausibleTime):
        sessions.complete(
            session_id=session.pk, clinic_id=session.clinic_id, completed_at=now + timedelta(hours=1), now=now
        )


def test_a_completion_before_the_clinic_accepted_is_refused(session: Session, now: datetime) -> None:
    with pytest.raises(sessions.ImplausibleTime):
        sessions.complete(
            session_id=session.pk, clinic_id=session.clinic_id, completed_at=now - timedelta(days=30), now=now
        )


def test_a_withdrawal_calls_off_what_is_open_and_nothing_else(course: Course, now: datetime) -> None:
    one, two, _ = sessions_of(course)
    complete(one, now)
    schedule(two, now)
    closing.cancel_course(request_id=course.request_id, now=now)
    closing.cancel_course(request_id=course.request_id, now=now)
    course.refresh_from_db()
    assert course.status == "cancelled"
    assert [session.status for session in sessions_of(course)] == ["completed", "cancelled", "cancelled"]
    assert events().count("referrals.course.closed.v1") == 1
    with pytest.raises(sessions.SessionFinal):
        schedule(two, now)


def test_a_withdrawal_without_a_course_does_nothing(now: datetime) -> None:
    closing.cancel_course(request_id=new_id(), now=now)
    assert events() == []
    assert not Delivery.objects.exists()


def test_sessions_lie_in_their_courses_tenant(course: Course) -> None:
    other: UUID = new_id()
    stray = sessions_of(course)[0]
    stray.pk, stray.sequence, stray.member_id = new_id(), 9, other
    with pytest.raises(IntegrityError, match="course_session_of_own_course"), transaction.atomic():
        _insert_and_check(stray)


def _insert_and_check(stray: Session) -> None:
    stray.save(force_insert=True)
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
