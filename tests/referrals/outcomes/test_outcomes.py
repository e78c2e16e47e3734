"""A few questions at each point of a course: asked by mail, answered once, summed up, heard when they are urgent."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from benefits.accounts.models import User
from referrals.courses.models import Course, Session
from referrals.courses.services import closing, sessions
from referrals.events.courses import CoursePlanned
from referrals.outcomes.models import Outcome
from referrals.outcomes.queries import get_outcomes, questions_of, trend_for_clinic
from referrals.outcomes.rules import change_since_first
from referrals.outcomes.services import asking
from referrals.requests.models import Request
from referrals.screening.models import Consent, UrgentCase
from referrals.screening.queries import CURRENT
from referrals.screening.services.consents import withdraw
from tests.conftest import NOW
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import make_course, sessions_of
from tests.factories.referrals import make_member
from tests.referrals.reminders.test_services import run
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.leases import Status
from workers.outbox.publishing import publish
from workers.timers.models import Timer

pytestmark = pytest.mark.usefixtures("db", "now")
PHQ9 = {f"phq9_{number}": 1 for number in range(1, 9)} | {"phq9_9": 0}
GAD7 = {f"gad7_{number}": 2 for number in range(1, 8)}


@pytest.fixture
def course() -> Iterator[Course]:
    member = make_member(first_name="Ada")
    make_user("employee", email="ada@home.example", employer_id=member.employer, member_id=member.member)
    yield make_course(member=member)
    clock.freeze(None)


def asked(course: Course) -> tuple[Outcome, str]:
    """What was asked last, and the token that was mailed."""
    with acting_as(WORKER):
        outcome = Outcome.objects.filter(course=course, asked_at__isnull=False).latest("asked_at")
        text = Email.objects.get(key=f"questions:{outcome.pk}").message["text"]
    found = re.search(r"/questions/\?token=([\w-]+)", text)
    assert found
    return outcome, found[1]


def ask_before(course: Course) -> tuple[Outcome, str]:
    with acting_as(WORKER):
        event = CoursePlanned(
            course_id=course.pk, request_id=course.request_id, clinic_id=course.clinic_id, member_id=course.member_id
        )
        publish(event, about=course, now=clock.now())
        asking.plan_course(course_id=course.pk, now=clock.now())
        run()
    return asked(course)


def employee(course: Course) -> Client:
    with acting_as(WORKER):
        user = User.objects.get(member_id=course.member_id)
    return signed_in(user)


def form(token: str, answers: dict[str, Any]) -> dict[str, Any]:
    return {"token": token} | {f"q-{name}": value for name, value in answers.items()}


def urgent_cases() -> list[Any]:
    with acting_as(WORKER):
        return list(UrgentCase.objects.values_list("pk", flat=True))


def complete(session: Session, at: datetime) -> None:
    clock.freeze(at)
    with acting_as(WORKER):
        sessions.complete(session_id=session.pk, clinic_id=session.clinic_id, completed_at=at, now=at)
        run()


def points(course: Course) -> list[tuple[str, datetime]]:
    with acting_as(WORKER):
        return list(Outcome.objects.filter(course=course).order_by("due_at").values_list("point", "due_at"))


def test_the_questions_are_those_of_the_screening_and_nothing_else() -> None:
    assert [section.id for section in questions_of(CURRENT).sections] == list(get_outcomes().sections)


def test_before_a_course_after_each_dosing_and_months_later(course: Course) -> None:
    ask_before(course)
    preparation, dosing, integration = sessions_of(course)
    complete(preparation, preparation.ends_at)
    complete(dosing, dosing.ends_at)
    complete(integration, integration.ends_at)
    end = integration.ends_at
    assert [point for point, _ in points(course)] == ["before", "after_dosing", "month_1", "month_3"]
    assert points(course)[1][1] == datetime(2026, 3, 15, 14, 0, tzinfo=UTC)  # 10:00 EDT on the next day
    assert [(due_at.date() - end.date()).days for _, due_at in points(course)[2:]] == [30, 91]
    with acting_as(WORKER):
        year = Timer.objects.filter(due_at__lt=NOW + timedelta(days=365)).order_by("due_at")
        while (due_at := year.values_list("due_at", flat=True).first()) is not None:
            clock.freeze(max(clock.now(), due_at))
            run()
        mails = Email.objects.filter(template="referrals/questions_open").count()
    assert mails == 4


def test_what_is_asked_after_a_dosing_does_not_wait_for_a_late_report(course: Course) -> None:
    dosing = sessions_of(course)[1]
    clock.freeze(dosing.ends_at + timedelta(days=3))
    with acting_as(WORKER):
        over: dict[str, Any] = {"session_id": dosing.pk, "clinic_id": dosing.clinic_id, "completed_at": dosing.ends_at}
        sessions.complete(**over, now=clock.now())
        run()
    assert points(course) == [("after_dosing", clock.now())]


def test_a_point_is_planned_once_however_often_it_is_announced(course: Course) -> None:
    for _ in range(2):
        ask_before(course)
    assert len(points(course)) == 1


@pytest.mark.parametrize("status", ["withdrawn", "lapsed"])
def test_who_ended_their_care_is_asked_nothing(course: Course, status: str) -> None:
    with acting_as(WORKER):
        asking.plan_course(course_id=course.pk, now=NOW)
        Request.objects.filter(pk=course.request_id).update(status=status)
        run()
        assert not Email.objects.exists()


def test_questions_that_the_mail_has_not_sent_are_taken_back_when_care_ends(course: Course) -> None:
    ask_before(course)
    with acting_as(WORKER):
        Request.objects.filter(pk=course.request_id).update(status="withdrawn")
        closing.cancel_course(request_id=course.request_id, now=NOW)
        run()
        [email] = Email.objects.filter(template="referrals/questions_open")
    assert (email.status, email.last_error) == (Status.DONE, "dropped: it stands no more")


def test_the_page_is_answered_once_without_a_sign_in(course: Course) -> None:
    outcome, token = ask_before(course)
    page = Client().get("/questions/", {"token": token})
    assert page.status_code == 200
    assert page.content.decode().count('<fieldset class="question">') == 16
    assert Client().post("/questions/", form(token, PHQ9 | GAD7)).status_code == 200
    with acting_as(WORKER):
        outcome.refresh_from_db()
        assert (outcome.answers, outcome.answered_at) == (PHQ9 | GAD7, NOW)
        assert outcome.assessment["scores"] == {"phq9": 8, "gad7": 14}
        assert outcome.assessment["severities"] == {"phq9": "mild", "gad7": "moderate"}
    assert Client().get("/questions/", {"token": token}).status_code == 404
    assert Client().post("/questions/", form(token, GAD7)).status_code == 404
    assert urgent_cases() == []


def test_opening_the_page_uses_nothing_up(course: Course) -> None:
    _, token = ask_before(course)
    for _ in range(3):
        assert Client().get("/questions/", {"token": token}).status_code == 200
        assert Client().head("/questions/", {"token": token}).status_code == 200


@pytest.mark.parametrize("answers", [{"phq9_9": 1}, PHQ9 | {"phq9_9": 3} | GAD7])
def test_item_nine_above_zero_is_answered_with_help_and_heard_at_once(course: Course, answers: dict[str, Any]) -> None:
    care = make_user("operator", permissions=["care"])
    outcome, token = ask_before(course)
    page = Client().post("/questions/", form(token, answers), headers={"Accept-Language": "es"})
    words = page.content.decode()
    assert 0 < words.index("oprima 2") < words.index("Gracias")
    assert urgent_cases() == [outcome.pk]
    with acting_as(WORKER):
        run()
        mail = Email.objects.get(template="referrals/operator_attention")
    assert mail.message["to"] == care.email


def test_help_is_shown_and_heard_though_the_questions_are_too_old(course: Course) -> None:
    outcome, token = ask_before(course)
    clock.freeze(NOW + timedelta(days=15))
    page = Client().post("/questions/", form(token, {"phq9_9": 2}))
    assert (page.status_code, "988" in page.content.decode()) == (409, True)
    assert urgent_cases() == [outcome.pk]
    with acting_as(WORKER):
        outcome.refresh_from_db()
    assert outcome.answers is None


def test_help_is_heard_though_another_answer_does_not_fit(course: Course) -> None:
    """The link stays good, and whoever answers again is on the list once."""
    outcome, token = ask_before(course)
    for refused in ({"phq9_1": "7"}, {"nothing": "1"}):
        page = Client().post("/questions/", form(token, refused | {"phq9_9": 2}))
        assert (page.status_code, "988" in page.content.decode()) == (422, True)
        assert urgent_cases() == [outcome.pk]
    url, told = f"/api/v1/outcomes/{outcome.pk}/answers/", {"answers": {"phq9_1": 7, "phq9_9": 3}}
    by_api = employee(course).post(url, told, content_type="application/json")
    assert (by_api.status_code, by_api.json()["errors"][0]["field"]) == (422, "phq9_1")
    assert Client().post("/questions/", form(token, PHQ9 | {"phq9_9": 1})).status_code == 200
    assert urgent_cases() == [outcome.pk]


def test_help_is_heard_by_the_portal_though_another_answer_does_not_fit(course: Course) -> None:
    outcome, _ = ask_before(course)
    told = {"answers": {"phq9_1": 7, "phq9_9": 3}}
    url = f"/api/v1/outcomes/{outcome.pk}/answers/"
    answer = employee(course).post(url, told, content_type="application/json")
    assert (answer.status_code, "988" in answer.content.decode()) == (422, True)
    assert urgent_cases() == [outcome.pk]


@pytest.mark.parametrize("answers", [{}, {"phq9_1": "7"}, {"phq9_1": "x"}, {"nothing": "1"}, {"mania": "1"}])
def test_what_does_not_fit_is_refused_and_the_link_stays_good(course: Course, answers: dict[str, Any]) -> None:
    _, token = ask_before(course)
    assert Client().post("/questions/", form(token, answers)).status_code == 422
    assert Client().post("/questions/", form(token, GAD7)).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "\x00", "ñ" * 500])
def test_a_token_that_is_not_ours_opens_nothing(course: Course, token: str) -> None:
    ask_before(course)
    assert Client().get("/questions/", {"token": token}).status_code == 404
    assert Client().post("/questions/", form(token, GAD7)).status_code == 404


def test_in_the_portal_a_member_answers_and_sees_how_it_moves(course: Course) -> None:
    browser = employee(course)
    first, _ = ask_before(course)
    [open_now] = browser.get("/api/v1/outcomes/open/").json()
    assert (open_now["id"], open_now["point"]) == (str(first.pk), "before")
    url = f"/api/v1/outcomes/{first.pk}/answers/"
    answered = browser.post(url, {"answers": PHQ9}, content_type="application/json")
    assert answered.json()["scores"] == {"phq9": 8}
    again = browser.post(url, {"answers": PHQ9 | {"phq9_9": 1}}, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "questions_not_open")
    assert next(iter(again.json())) == "crisis_help" or again.json()["crisis_help"]["call"] == "988"
    assert urgent_cases() == [first.pk]
    dosing = sessions_of(course)[1]
    complete(dosing, dosing.ends_at)
    clock.freeze(dosing.ends_at + timedelta(days=1))
    with acting_as(WORKER):
        run()
    second, token = asked(course)
    assert Client().post("/questions/", form(token, PHQ9 | {"phq9_1": 0, "phq9_2": 0})).status_code == 200
    trend = browser.get(f"/api/v1/courses/{course.pk}/outcomes/").json()
    assert [point["point"] for point in trend["points"]] == ["before", "after_dosing"]
    assert trend["change"] == {"phq9": -2}
    assert trend["points"][1]["session_id"] == str(dosing.pk) == str(second.session_id)


def test_a_clinic_sees_sums_while_the_member_lets_it_and_never_an_answer(course: Course) -> None:
    _, token = ask_before(course)
    Client().post("/questions/", form(token, PHQ9))
    clinic = Actor(role=Role.CLINIC, clinic=course.clinic_id)
    member = Actor(role=Role.EMPLOYEE, member=course.member_id)
    with acting_as(clinic):
        [point] = trend_for_clinic(course.pk, now=NOW).points
        assert point.assessment["scores"] == {"phq9": 8}
        assert point.get_deferred_fields() >= {"answers", "token_hash"}
    with acting_as(member):
        given = Consent.objects.get(kind="clinic", ended_at=None)
        withdraw(consent_id=given.pk, member_id=course.member_id, now=NOW)
    with acting_as(clinic):
        assert trend_for_clinic(course.pk, now=NOW).points == []
    with pytest.raises(ProgrammingError, match="permission denied"), acting_as(clinic):
        list(Outcome.objects.values_list("answers"))


def test_an_employer_has_no_grant_on_what_anybody_answered(course: Course) -> None:
    ask_before(course)
    with pytest.raises(ProgrammingError, match="permission denied"), acting_as(Actor(role=Role.HR, employer=course.pk)):
        list(Outcome.objects.values_list("id"))


def test_answers_and_sums_are_encrypted_at_rest(course: Course) -> None:
    outcome, token = ask_before(course)
    Client().post("/questions/", form(token, PHQ9))
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute("SELECT outcome::text FROM referrals_outcome AS outcome WHERE id = %s", [outcome.pk])
        stored = cursor.fetchone()[0]
    assert not [word for word in ("phq9", "mild", token) if word in stored]


@given(st.lists(st.dictionaries(st.sampled_from(["phq9", "gad7"]), st.integers(0, 27)), max_size=6))
def test_a_change_is_the_last_sum_less_the_first(scores: list[dict[str, int]]) -> None:
    for scale in ("phq9", "gad7"):
        sums = [one[scale] for one in scores if scale in one]
        change = change_since_first(scores).get(scale)
        assert change == (sums[-1] - sums[0] if len(sums) > 1 else None)
