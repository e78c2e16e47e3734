"""Another session in place of one that did not take place, by API and on the page."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from referrals.courses.models import Course, Session
from referrals.courses.queries.measures import measure
from referrals.courses.rules import Party, Who
from referrals.courses.rules.history import Channel
from referrals.courses.services import sessions
from referrals.courses.services.making_up import make_up
from tests.conftest import NOW
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import make_course, sessions_of
from tests.factories.referrals import make_member
from tests.racing import at_once
from tests.referrals.courses.test_asking import DAY, confirm, history, say
from tests.referrals.courses.test_replanning import complete
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.outbox.models import EventRecord

db = pytest.mark.django_db


@pytest.fixture
def course(db: None, now: datetime) -> Course:
    return make_course(member=make_member())


@pytest.fixture
def member(course: Course) -> Client:
    user = make_user("employee", email="z@home.example", employer_id=new_id(), member_id=course.member_id)
    return signed_in(user)


def miss(session: Session) -> None:
    with acting_as(WORKER):
        sessions.mark_no_show(session_id=session.pk, clinic_id=session.clinic_id, now=clock.now())


def kinds(course: Course) -> list[tuple[int, str, str]]:
    return [(one.sequence, one.kind, one.status) for one in sessions_of(course)]


def test_a_missed_dosing_is_made_up_for_with_its_integration_and_asking_twice_changes_nothing(
    course: Course, member: Client
) -> None:
    _, dosing, integration = sessions_of(course)
    miss(dosing)
    answers = [say(member, dosing, "make-up") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert kinds(course) == [
        (0, "preparation", "proposed"),
        (1, "dosing", "no_show"),
        (2, "integration", "cancelled"),
        (3, "dosing", "proposed"),
        (4, "integration", "proposed"),
    ]
    again, after = sessions_of(course)[3:]
    assert (again.makes_up_id, after.makes_up_id, after.follows_id) == (dosing.pk, integration.pk, again.pk)
    assert 7 <= (again.starts_at.date() - dosing.starts_at.date()).days <= 14
    assert after.window_opens_at == again.ends_at + DAY
    assert after.window_opens_at <= after.starts_at <= again.ends_at + 2 * DAY
    assert again.list_price_cents == dosing.list_price_cents
    assert again.ends_at - again.starts_at == dosing.ends_at - dosing.starts_at
    assert history(course, again) == [("proposed", "member", "api")]
    with acting_as(WORKER):
        assert EventRecord.objects.filter(type="referrals.course.replanned.v1").count() == 2, "missed, and made up for"


def test_what_was_agreed_to_behind_it_is_asked_about_and_not_moved(course: Course, member: Client) -> None:
    preparation, dosing, _ = sessions_of(course)
    confirm(dosing)
    clock.freeze(dosing.starts_at - timedelta(hours=30))
    miss(preparation)
    assert say(member, preparation, "make-up").status_code == 200
    assert [one[1:] for one in kinds(course)][:3] == [
        ("preparation", "no_show"),
        ("preparation", "proposed"),
        ("dosing", "scheduled"),
    ]
    _, again, kept, _ = sessions_of(course)
    assert kept.starts_at == dosing.starts_at
    assert kept.suggested_starts_at is not None
    assert kept.suggested_because == "makes_up"
    assert kept.suggested_starts_at.date() >= again.starts_at.date() + 2 * DAY


def test_an_integration_is_made_up_for_while_its_window_is_open_and_told_why_not_after_that(
    course: Course, member: Client
) -> None:
    preparation, dosing, integration = sessions_of(course)
    confirm(preparation)
    complete(dosing, dosing.ends_at)
    assert say(member, integration, "call-off").status_code == 200
    clock.freeze(dosing.ends_at + 3 * DAY)
    late = say(member, integration, "make-up")
    assert (late.status_code, late.json()["code"]) == (409, "no_time_left")
    assert "integration finds no time 24 to 48 hours after the dosing" in late.json()["rules"][0]
    assert len(sessions_of(course)) == 3
    clock.freeze(dosing.ends_at + timedelta(hours=1))
    again = say(member, integration, "make-up").json()
    assert (again["sequence"], again["follows_id"]) == (3, str(dosing.pk))
    assert again["window_opens_at"] <= again["starts_at"] <= again["window_closes_at"]


def test_a_dosing_of_which_two_integrations_were_planned_counts_once(course: Course, member: Client) -> None:
    preparation, dosing, integration = sessions_of(course)
    confirm(preparation)
    complete(dosing, dosing.ends_at)
    miss(integration)
    say(member, integration, "make-up")
    again = sessions_of(course)[3]
    complete(again, again.ends_at)
    with acting_as(WORKER):
        [found] = measure(since=NOW, until=NOW + 90 * DAY)
    assert (found.windows_kept, found.windows, found.missed) == (1, 1, 1)


def test_what_stands_is_moved_and_not_made_up_for_and_an_ended_course_is_over(course: Course, member: Client) -> None:
    listed = sessions_of(course)
    assert say(member, listed[0], "make-up").json()["code"] == "not_missed"
    for session in listed[:2]:  # and the integration goes with its dosing
        miss(session)
    assert say(member, listed[0], "make-up").json()["code"] == "course_over"
    assert len(sessions_of(course)) == 3


def test_a_second_try_that_is_missed_too_is_made_up_for_by_itself(course: Course, member: Client) -> None:
    _, dosing, _ = sessions_of(course)
    miss(dosing)
    first = say(member, dosing, "make-up").json()["id"]
    miss(sessions_of(course)[3])
    second = say(member, sessions_of(course)[3], "make-up").json()
    assert second["makes_up_id"] == first
    assert [one[2] for one in kinds(course)][1:] == [*["no_show", "cancelled"] * 2, "proposed", "proposed"]


def test_the_page_finds_another_date(course: Course, member: Client) -> None:
    url = f"/courses/{course.pk}/"
    _, dosing, integration = sessions_of(course)
    assert "Find another date" not in member.get(url).content.decode()
    miss(dosing)
    assert member.get(url).content.decode().count("Find another date") == 2
    alone = member.post(url, {"session_id": str(integration.pk), "version": 0, "act": "make_up"})
    assert (alone.status_code, "leave no time" in alone.content.decode()) == (409, True)
    done: Any = member.post(url, {"session_id": str(dosing.pk), "version": 0, "act": "make_up"})
    assert (done.status_code, done["Location"]) == (302, url)
    assert "Find another date" not in member.get(url).content.decode()


def test_two_tabs_at_once_get_one_session(committed_db: str, now: datetime) -> None:
    course = make_course(member=make_member())
    dosing = sessions_of(course)[1]
    miss(dosing)
    who = Who(party=Party.MEMBER, channel=Channel.PORTAL)

    def ask() -> None:
        make_up(session_id=dosing.pk, member_id=course.member_id, who=who, now=now)

    at_once(ask, ask)
    assert len(sessions_of(course)) == 5
