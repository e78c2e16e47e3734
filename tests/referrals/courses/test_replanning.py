"""Sessions that move, end or are reported wrongly: what follows is replanned, what cannot be is refused and said."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from referrals.courses.models import ClinicCalendar, Course, MemberAvailability, Session, SessionStep
from referrals.courses.rules.states import CLOCK_OFF, ended_at
from referrals.courses.services import sessions
from referrals.courses.services.refusals import OverlappingSession, SessionFinal
from tests.conftest import NOW
from tests.factories.courses import REQUESTS, make_course, sessions_of
from tests.factories.referrals import make_member, run_workers
from tests.racing import at_once
from workers.deliveries.models import Delivery
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.outbox.models import EventRecord

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
db = pytest.mark.django_db


def about(session: Session, **more: Any) -> dict[str, Any]:
    return {"session_id": session.pk, "clinic_id": session.clinic_id, "now": clock.now(), **more}


def appoint(session: Session, starts_at: datetime, **more: Any) -> None:
    facts = {"course_id": session.course_id, "starts_at": starts_at, "reported_at": clock.now()}
    with acting_as(WORKER):
        sessions.schedule(**about(session, **facts, **more))


def complete(session: Session, at: datetime) -> None:
    clock.freeze(max(clock.now(), at))
    with acting_as(WORKER):
        sessions.complete(**about(session, completed_at=at))


def steps(session: Session) -> list[tuple[str, str, str]]:
    with acting_as(WORKER):
        rows = SessionStep.objects.filter(session=session).order_by("at", "id")
        return list(rows.values_list("what", "by", "because"))


@db
def test_a_dosing_that_took_place_two_days_later_takes_its_integration_and_the_window_along(now: datetime) -> None:
    course = make_course()
    _, dosing, integration = sessions_of(course)
    complete(dosing, dosing.ends_at + 2 * DAY)
    after = sessions_of(course)[2]
    assert after.window_opens_at == dosing.ends_at + 3 * DAY
    assert after.window_closes_at == dosing.ends_at + 4 * DAY
    assert after.window_opens_at <= after.starts_at <= after.window_closes_at
    assert (after.generation, after.version) == (integration.generation + 1, integration.version + 1)
    assert steps(after) == [("moved", "planner", "session_ended")]


@db
def test_a_clock_that_is_off_by_hours_moves_no_window(now: datetime) -> None:
    course = make_course()
    _, dosing, integration = sessions_of(course)
    complete(dosing, dosing.ends_at - 9 * HOUR)
    after = sessions_of(course)[2]
    assert (after.starts_at, after.window_opens_at) == (integration.starts_at, dosing.ends_at + DAY)
    assert steps(after) == []


@pytest.mark.parametrize("off", [timedelta(), -CLOCK_OFF, CLOCK_OFF])
def test_a_report_within_half_a_day_is_of_the_appointment(off: timedelta) -> None:
    assert ended_at(NOW, NOW + off) == NOW
    assert ended_at(NOW, NOW + off + (HOUR if off >= timedelta() else -HOUR) * 13) != NOW


@db
def test_a_completion_that_lies_ahead_says_by_how_much(now: datetime) -> None:
    session = sessions_of(make_course())[0]
    with acting_as(WORKER), pytest.raises(sessions.ImplausibleTime, match="180 minutes ahead of our clock"):
        sessions.complete(**about(session, completed_at=now + 3 * HOUR))


@db
def test_the_clinic_hears_of_moved_proposals_once(now: datetime) -> None:
    course = make_course()
    dosing = sessions_of(course)[1]
    appoint(dosing, dosing.starts_at + 2 * DAY)
    with acting_as(WORKER):
        kinds = EventRecord.objects.filter(type__startswith="referrals.course").values_list("type", flat=True)
        assert list(kinds) == ["referrals.course.replanned.v1"]
    run_workers()
    with acting_as(WORKER):
        assert not Delivery.objects.exists(), "this clinic has no address"


@db
def test_a_missed_dosing_takes_its_proposed_integration_along(now: datetime) -> None:
    course = make_course()
    _, dosing, integration = sessions_of(course)
    with acting_as(WORKER):
        sessions.mark_no_show(**about(dosing))
    assert [one.status for one in sessions_of(course)] == ["proposed", "no_show", "cancelled"]
    assert steps(integration) == [("cancelled", "planner", "nothing_to_follow")]
    with acting_as(WORKER):
        [told] = EventRecord.objects.filter(aggregate_id=integration.pk)
    assert (told.type, told.data["status"]) == ("referrals.session.changed.v1", "cancelled")


@db
def test_an_agreed_integration_outlives_a_missed_dosing(now: datetime) -> None:
    course = make_course()
    _, dosing, integration = sessions_of(course)
    appoint(integration, integration.starts_at)
    with acting_as(WORKER):
        sessions.mark_no_show(**about(dosing))
    assert sessions_of(course)[2].status == "scheduled"


@db
def test_a_window_in_which_the_clinic_is_closed_is_told_and_nothing_is_proposed_outside_it(now: datetime) -> None:
    """The clinic of `make_course` is always open; the fourth of July is a holiday, the third its observance."""
    course = make_course()
    dosing, integration = sessions_of(course)[1:]
    complete(dosing, datetime(2026, 7, 2, 22, 30, tzinfo=UTC))
    after = sessions_of(course)[2]
    assert after.problem == "integration finds no time 24 to 48 hours after the dosing of 2026-07-02"
    assert (after.status, after.starts_at) == ("proposed", integration.starts_at)
    assert steps(after)[-1] == ("unplaced", "planner", "session_ended")
    appoint(after, datetime(2026, 7, 4, 15, 0, tzinfo=UTC))
    kept = sessions_of(course)[2]
    assert (kept.status, kept.problem, kept.suggested_starts_at) == ("scheduled", "", None), "the clinic's word stands"


@db
def test_a_dosing_whose_integration_finds_no_time_is_asked_about(now: datetime) -> None:
    course = make_course()
    dosing = sessions_of(course)[1]
    appoint(dosing, datetime(2026, 7, 2, 18, 30, tzinfo=UTC))
    after = sessions_of(course)
    assert after[1].suggested_starts_at is not None
    assert not after[2].problem


@db
@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 3, 8, 7, 30, tzinfo=UTC),  # 02:30 in New York does not exist that day: 03:30
        datetime(2026, 11, 1, 5, 30, tzinfo=UTC),  # 01:30, for the first time
        datetime(2026, 11, 1, 6, 30, tzinfo=UTC),  # and for the second
    ],
)
def test_an_appointment_in_an_hour_that_is_skipped_or_doubled_is_an_instant_like_any_other(
    now: datetime, at: datetime
) -> None:
    session = sessions_of(make_course())[0]
    appoint(session, at)
    with acting_as(WORKER):
        stands = Session.objects.filter(pk=session.pk, starts_at=at, ends_at=at + HOUR)
        assert stands.exists()


@db
def test_the_database_keeps_a_member_in_one_place_and_states_in_their_order(now: datetime) -> None:
    course = make_course()
    one, other, _ = sessions_of(course)
    appoint(one, one.starts_at)
    with acting_as(WORKER):
        where = {"starts_at": one.starts_at, "ends_at": one.ends_at}
        with pytest.raises(IntegrityError, match="course_session_member_in_one_place"), transaction.atomic():
            Session.objects.filter(pk=other.pk).update(status="scheduled", **where)
        Session.objects.filter(pk=other.pk).update(status="no_show")
        with pytest.raises(IntegrityError, match="course_session does not move from no_show"), transaction.atomic():
            Session.objects.filter(pk=other.pk).update(status="scheduled")


@db
def test_history_is_not_rewritten(now: datetime) -> None:
    session = sessions_of(make_course())[0]
    appoint(session, session.starts_at)
    with acting_as(WORKER), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        SessionStep.objects.filter(session=session).update(what="moved")


@db
@pytest.mark.parametrize("role", [Role.HR, Role.AUTH])
def test_nobody_else_reads_histories_and_hours(now: datetime, role: Role) -> None:
    for model in (SessionStep, MemberAvailability, ClinicCalendar, Session):
        with pytest.raises(ProgrammingError, match="permission denied"), acting_as(Actor(role=role)):
            model.objects.count()


def test_two_courses_that_take_one_hour_at_once_leave_one_of_them_proposed(committed_db: str, now: datetime) -> None:
    member = make_member()
    held = [sessions_of(make_course(member=member, kind=kind))[0] for kind in REQUESTS]
    results = at_once(*[partial(appoint, one, one.starts_at) for one in held], expected=OverlappingSession)
    assert results.count(None) == 1
    with acting_as(WORKER):
        states = Session.objects.filter(pk__in=[one.pk for one in held]).values_list("status", flat=True)
        assert sorted(states) == ["proposed", "scheduled"]


def test_a_member_and_a_clinic_who_end_one_session_at_once_end_it_once(committed_db: str, now: datetime) -> None:
    session = sessions_of(make_course())[0]

    def cancel() -> None:
        with acting_as(WORKER):
            sessions.cancel(**about(session))

    def miss() -> None:
        with acting_as(WORKER):
            sessions.mark_no_show(**about(session))

    assert at_once(cancel, miss, expected=SessionFinal).count(None) == 1
    assert len(steps(session)) == 1


def test_a_course_is_what_its_sessions_are(db: None, now: datetime) -> None:
    course = make_course()
    for session in sessions_of(course):
        with acting_as(WORKER):
            sessions.cancel(**about(session))
    with acting_as(WORKER):
        assert Course.objects.get(pk=course.pk).status == "cancelled"
