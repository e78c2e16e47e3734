"""Members and clinics read their own courses, and nobody else's."""

from typing import Any

import pytest
from django.test import Client

from referrals.courses.models import Course
from referrals.facade import get_priced_course, session_of
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import make_course, sessions_of
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.errors import NotFound
from workers.kernel.ids import new_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def course() -> Course:
    return make_course()


def client_of(role: str, **ids: Any) -> Client:
    return signed_in(make_user(role, **ids))


def test_the_member_and_the_clinic_see_the_course(course: Course) -> None:
    member = client_of("employee", employer_id=new_id(), member_id=course.member_id)
    clinic = client_of("clinic_staff", clinic_id=course.clinic_id)
    for client in (member, clinic):
        page = client.get("/api/v1/courses/").json()
        one = client.get(f"/api/v1/courses/{course.pk}/").json()
        assert page["results"] == [one]
        assert one["referral_id"] == str(course.request_id)
        assert [session["kind"] for session in one["sessions"]] == ["preparation", "dosing", "integration"]
        assert one["sessions"][0] | {"id": "", "starts_at": "", "ends_at": ""} == {
            "id": "",
            "sequence": 0,
            "kind": "preparation",
            "route": "im",
            "format": "individual",
            "list_price_cents": 17_500,
            "starts_at": "",
            "ends_at": "",
            "status": "proposed",
            "completed_at": None,
            "version": 0,
            "follows_id": None,
            "makes_up_id": None,
            "window_opens_at": None,
            "window_closes_at": None,
            "agreed_at": None,
            "suggested_starts_at": None,
            "suggested_because": "",
            "bent": [],
            "problem": "",
        }


@pytest.mark.parametrize(
    ("role", "tenants"), [("employee", ("employer_id", "member_id")), ("clinic_staff", ("clinic_id",))]
)
def test_anothers_course_answers_like_an_unknown_one(course: Course, role: str, tenants: tuple[str, ...]) -> None:
    client = client_of(role, **{tenant: new_id() for tenant in tenants})
    assert client.get("/api/v1/courses/").json()["results"] == []
    answers = [client.get(f"/api/v1/courses/{course_id}/") for course_id in (course.pk, new_id())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize(("role", "ids"), [("hr_admin", {"employer_id": new_id()}), ("operator", {})])
def test_others_may_not_look(course: Course, role: str, ids: dict[str, Any]) -> None:
    client = client_of(role, **ids)
    assert client.get("/api/v1/courses/").status_code == 403
    assert client.get(f"/api/v1/courses/{course.pk}/").status_code == 403
    assert Client().get("/api/v1/courses/").status_code == 401


def test_billing_reads_prices_through_the_facade(course: Course) -> None:
    with acting_as(WORKER):
        priced = get_priced_course(course.pk)
    assert (priced.member_id, priced.clinic_id, priced.route) == (course.member_id, course.clinic_id, "im")
    assert [session.id for session in priced.sessions] == [session.pk for session in sessions_of(course)]
    assert [session.list_price_cents for session in priced.sessions] == [17_500] * 3
    with acting_as(Actor(role=Role.EMPLOYEE, member=course.member_id)):
        assert get_priced_course(course.pk) == priced
        assert session_of(priced.sessions[1].id) == priced.sessions[1]
    with acting_as(Actor(role=Role.EMPLOYEE, member=new_id())):
        with pytest.raises(NotFound):
            get_priced_course(course.pk)
        with pytest.raises(NotFound):
            session_of(priced.sessions[1].id)
