"""The member's list before a dosing: kept for them alone, and only while the session is ahead."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from django.test import Client

from benefits.enrollment.models import Member
from referrals import facade as referrals
from referrals.courses.models import Course, Session
from referrals.reminders.models import PreparationList
from referrals.reminders.services.preparing import keep_list, set_fasting
from tests.conftest import NOW
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import make_course, sessions_of
from tests.factories.referrals import OPERATOR
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.errors import NotFound

pytestmark = pytest.mark.usefixtures("db", "now")
KEPT = {"ticks": ["ride", "fasting"], "intentions": "Sleep again & see <them>."}


@pytest.fixture
def dosing() -> Session:
    return dosing_of(make_course())


def dosing_of(course: Course) -> Session:
    session = sessions_of(course)[1]
    session.course = course
    return session


def browser_of(course: Course) -> Client:
    with acting_as(WORKER):
        member = Member.objects.get(pk=course.member_id)
    return signed_in(make_user("employee", employer_id=member.employer_id, member_id=member.pk))


def path(session: Session) -> str:
    return f"/sessions/{session.pk}/preparation/"


def shown(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def test_ticks_and_intentions_are_kept_and_shown_on_the_course(dosing: Session) -> None:
    browser, course = browser_of(dosing.course), f"/courses/{dosing.course_id}/"
    assert "0 of 4 are done" in shown(browser, course)
    answer = browser.post(path(dosing), KEPT)
    assert (answer.status_code, answer.headers["Location"]) == (302, course)
    page = shown(browser, course)
    assert "2 of 4 are done" in page
    assert page.count(" checked") == 2
    assert "Sleep again &amp; see &lt;them&gt;." in page
    browser.post(path(dosing), {"ticks": ["avoid", "fasting", "ride", "day_free"]})
    page = shown(browser, course)
    assert ("All of it is done" in page, "Sleep again" in page) == (True, False)


def test_the_clinics_hours_are_said_in_the_members_zone_and_otherwise_that_one_has_to_ask(dosing: Session) -> None:
    browser = browser_of(dosing.course)
    assert "ask, if it has not" in shown(browser, path(dosing))
    with acting_as(OPERATOR):
        set_fasting(clinic_id=dosing.clinic_id, food_hours=8, drink_hours=2, now=NOW)
    page = shown(browser, path(dosing))  # 11:00 in New York
    assert ("Saturday, 3 a.m." in page, "Saturday, 9 a.m." in page, "ask, if it has not" in page) == (True, True, False)


def test_what_does_not_fit_is_said_and_what_was_typed_stays(dosing: Session) -> None:
    browser = browser_of(dosing.course)
    assert browser.post(path(dosing), {"ticks": ["nothing"]}).status_code == 422
    long = browser.post(path(dosing), {"intentions": "x" * 2001})
    assert (long.status_code, "x" * 2001 in long.content.decode()) == (422, True)


def test_only_a_dosing_that_is_ahead_has_a_list_and_only_ones_own(dosing: Session) -> None:
    browser = browser_of(dosing.course)
    other = browser_of(make_course())
    preparation = sessions_of(dosing.course)[0]
    for client, session in ((browser, preparation), (other, dosing)):
        assert client.post(path(session), KEPT).status_code == 404
        shown(client, path(session), 404)
    for late, expected in ((timedelta(minutes=-1), nullcontext()), (timedelta(), pytest.raises(NotFound))):
        with acting_as(Actor(role=Role.EMPLOYEE, member=dosing.member_id)), expected:
            keep_list(session_id=dosing.pk, ticks=["ride"], intentions="", now=dosing.starts_at + late)


def test_nobody_else_has_a_grant_on_it_and_it_is_encrypted(dosing: Session) -> None:
    browser_of(dosing.course).post(path(dosing), KEPT)
    [kept] = lists_of(dosing)
    assert kept.kept == {"ticks": ["fasting", "ride"], "intentions": KEPT["intentions"]}
    for actor in (
        Actor(role=Role.CLINIC, clinic=dosing.clinic_id),
        Actor(role=Role.HR, employer=dosing.pk),
        OPERATOR,
        WORKER,
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), acting_as(actor):
            list(PreparationList.objects.values_list("pk"))
    with acting_as(Actor(role=Role.EMPLOYEE, member=dosing.member_id)), connection.cursor() as cursor:
        cursor.execute("SELECT list::text FROM referrals_preparation_list AS list")
        assert "Sleep" not in cursor.fetchone()[0]


def test_it_goes_with_the_account_and_with_nobody_elses(dosing: Session) -> None:
    other = dosing_of(make_course())
    for session in (dosing, other):
        browser_of(session.course).post(path(session), KEPT)
    with acting_as(Actor(role=Role.EMPLOYEE, member=dosing.member_id)):
        referrals.take_everything_back(dosing.member_id, now=NOW)
    assert (lists_of(dosing), len(lists_of(other))) == ([], 1)


def lists_of(session: Session) -> list[PreparationList]:
    with acting_as(Actor(role=Role.EMPLOYEE, member=session.member_id)):
        return list(PreparationList.objects.filter(pk=session.pk))
