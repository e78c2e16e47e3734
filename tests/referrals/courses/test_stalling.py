"""A course without an appointment becomes somebody's business, by a timer, and stops being so when one is booked."""

from datetime import datetime, timedelta

import pytest

from referrals.courses.models import Course
from referrals.courses.queries.stalling import get_promises
from referrals.courses.services import closing, planning, sessions
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import make_accepted_offer, sessions_of
from tests.factories.referrals import run_workers
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.timers.firing import fire_due
from workers.timers.models import Timer

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def course(now: datetime) -> Course:
    make_user("operator", email="care@home.example", permissions=["care"])
    offer = make_accepted_offer()
    with acting_as(WORKER):
        planning.plan_course(offer_id=offer.pk, now=now)
        found = Course.objects.get(offer_id=offer.pk)
    run_workers()
    return found


def pass_days(days: float) -> None:
    clock.freeze(clock.now() + days * DAY)
    fire_due()
    run_workers()


def stalled(course: Course) -> datetime | None:
    with acting_as(WORKER):
        course.refresh_from_db()
    return course.stalled_at


def told() -> int:
    with acting_as(WORKER):
        return Email.objects.filter(template="referrals/operator_list").count()


def test_a_course_that_nobody_books_is_told_of_and_again_every_week(course: Course, now: datetime) -> None:
    before = told()
    pass_days(13.9)
    assert (stalled(course), told() - before) == (None, 0)
    pass_days(0.2)
    assert stalled(course) == clock.now()
    assert told() - before == 1
    pass_days(get_promises().again_every_days)
    assert told() - before == 2
    assert stalled(course) == now + 14.1 * DAY, "since when it has, not since when it was told last"


def test_operators_list_stalled_courses_and_nobody_else_does(course: Course) -> None:
    pass_days(15)
    url = "/api/v1/operator/stalled-courses/"
    [row] = signed_in(make_user("operator", permissions=["care"])).get(url).json()["results"]
    assert (row["id"], row["stalled_at"] is not None) == (str(course.pk), True)
    assert signed_in(make_user("operator", permissions=["finance"])).get(url).status_code == 403
    assert signed_in(make_user("clinic_staff", clinic_id=course.clinic_id)).get(url).status_code == 403


def test_an_appointment_takes_a_course_off_the_list_and_its_loss_begins_the_wait_anew(course: Course) -> None:
    pass_days(15)
    session = sessions_of(course)[0]
    with acting_as(WORKER):
        sessions.schedule(
            session_id=session.pk,
            course_id=course.pk,
            clinic_id=course.clinic_id,
            starts_at=clock.now() + 60 * DAY,
            reported_at=clock.now(),
            now=clock.now(),
        )
    assert stalled(course) is None
    pass_days(30)
    assert stalled(course) is None
    with acting_as(WORKER):
        sessions.cancel(session_id=session.pk, clinic_id=course.clinic_id, now=clock.now())
    pass_days(13)
    assert stalled(course) is None
    pass_days(2)
    assert stalled(course) is not None


def test_one_alarm_waits_however_much_happens_and_none_after_the_end(course: Course) -> None:
    for session in sessions_of(course)[:3]:
        with acting_as(WORKER):
            sessions.mark_no_show(session_id=session.pk, clinic_id=course.clinic_id, now=clock.now())
    pass_days(20)
    with acting_as(WORKER):
        assert Timer.objects.filter(kind="referrals.course.stall-due.v1").count() == 1
        closing.cancel_course(request_id=course.request_id, now=clock.now())
    pass_days(60)
    assert stalled(course) is None
    with acting_as(WORKER):
        assert not Timer.objects.filter(kind="referrals.course.stall-due.v1").exists()
