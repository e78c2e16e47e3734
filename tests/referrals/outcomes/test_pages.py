"""The pages of how the sums moved: the member's own, their clinic's while they let it, and the questions between."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from benefits.enrollment.models import Member
from referrals.courses.models import Course, Session
from referrals.offers.models import ReferralRead
from referrals.outcomes.models import Outcome
from referrals.outcomes.queries import questions_of
from referrals.outcomes.services import asking
from referrals.screening.models import Consent, UrgentCase
from referrals.screening.queries import CURRENT
from referrals.screening.services.consents import withdraw
from tests.conftest import NOW
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import make_accepted_offer, make_course, make_outcome, sessions_of
from tests.factories.referrals import make_member, run_workers
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as

pytestmark = pytest.mark.usefixtures("db", "now")
LATER = NOW + timedelta(days=20)


def browser_of(course: Course) -> Client:
    with acting_as(WORKER):
        member = Member.objects.get(pk=course.member_id)
    return signed_in(make_user("employee", employer_id=member.employer_id, member_id=member.pk))


def shown(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def ask(course: Course) -> Outcome:
    """What a member with an account is asked before the course begins."""
    with acting_as(WORKER):
        asking.plan_course(course_id=course.pk, now=NOW)
        outcome = Outcome.objects.get(course=course, point="before")
        asking.ask(outcome_id=outcome.pk, now=NOW)
    return outcome


def test_a_member_sees_each_sum_the_sessions_between_and_what_changed() -> None:
    course = make_course()
    dosing = sessions_of(course)[1]
    with acting_as(WORKER):
        Session.objects.filter(pk=dosing.pk).update(status="completed", completed_at=dosing.ends_at)
    make_outcome(course, "before", answered_at=NOW, phq9=14, gad7=9)
    browser, path = browser_of(course), f"/courses/{course.pk}/outcomes/"
    page = shown(browser, path)
    assert ("chart-4" not in page, 'data-sum="14"' in page, "moderate" in page) == (True, True, True)
    make_outcome(course, "after_dosing", answered_at=LATER, session_id=dosing.pk, phq9=9, gad7=10)
    page = shown(browser, path)
    places = [page.index(words) for words in ('data-sum="14"', "Treatment session</td>", 'data-sum="10"')]
    assert places == sorted(places)
    assert "PHQ-9: 5 points lower than at first" in page
    assert "GAD-7: 1 point higher than at first" in page
    assert "chart-4" in page
    assert "Your clinic looked" not in page


def test_before_anything_is_answered_the_page_says_so_and_leads_to_what_is_open() -> None:
    course = make_course()
    browser, path = browser_of(course), f"/courses/{course.pk}/outcomes/"
    assert "Nothing is answered yet" in shown(browser, path)
    outcome = ask(course)
    assert f"/outcomes/{outcome.pk}/" in shown(browser, path)
    assert "q-phq9_1" in shown(browser, f"/outcomes/{outcome.pk}/")
    answers = {f"q-phq9_{number}": "0" for number in range(2, 10)} | {"q-phq9_1": "2", "q-gad7_1": "3"}
    answered = browser.post(f"/outcomes/{outcome.pk}/", answers)
    assert (answered.status_code, answered.headers["Location"]) == (302, path)
    page = shown(browser, path)
    assert ('data-sum="2"' in page, "GAD-7" in page, f"/outcomes/{outcome.pk}/" in page) == (True, False, False)
    assert "no questions here any more" in shown(browser, f"/outcomes/{outcome.pk}/", 404)


def test_answers_that_make_no_sum_are_said_to_be_kept() -> None:
    course = make_course()
    browser = browser_of(course)
    assert browser.post(f"/outcomes/{ask(course).pk}/", {"q-phq9_1": "2"}).status_code == 302
    page = shown(browser, f"/courses/{course.pk}/outcomes/")
    assert ("There is a sum once" in page, "Nothing is answered yet" in page, "<table" in page) == (True, False, False)


@pytest.mark.parametrize(("answers", "status"), [({}, 422), ({"q-phq9_1": "9"}, 422), ({"q-mania": "1"}, 422)])
def test_what_is_no_answer_is_refused_and_the_questions_stay(answers: dict[str, str], status: int) -> None:
    course = make_course()
    browser = browser_of(course)
    outcome = ask(course)
    assert browser.post(f"/outcomes/{outcome.pk}/", answers).status_code == status
    assert shown(browser, f"/outcomes/{outcome.pk}/")


def test_help_is_shown_at_once_also_when_it_is_too_late_to_answer() -> None:
    course = make_course()
    browser = browser_of(course)
    outcome = ask(course)
    first = browser.post(f"/outcomes/{outcome.pk}/", {"q-phq9_9": "1"})
    assert (first.status_code, "tel:988" in first.content.decode()) == (200, True)
    again = browser.post(f"/outcomes/{outcome.pk}/", {"q-phq9_9": "3"})
    assert (again.status_code, "tel:988" in again.content.decode()) == (409, True)
    with acting_as(WORKER):
        assert list(UrgentCase.objects.values_list("pk", flat=True)) == [outcome.pk]


def test_another_members_sums_and_questions_are_unknown() -> None:
    course = make_course()
    browser_of(course)
    outcome = ask(course)
    other = browser_of(make_course(member=make_member()))
    shown(other, f"/courses/{course.pk}/outcomes/", 404)
    shown(other, f"/outcomes/{outcome.pk}/", 404)
    assert other.post(f"/outcomes/{outcome.pk}/", {"q-phq9_9": "3"}).status_code == 404
    with acting_as(WORKER):
        assert not UrgentCase.objects.exists()


def test_a_clinic_sees_sums_while_the_member_lets_it_and_the_member_sees_that_it_looked() -> None:
    offer = make_accepted_offer()
    run_workers()
    with acting_as(WORKER):
        course = Course.objects.get(request_id=offer.request_id)
    staff = signed_in(make_user("clinic_staff", clinic_id=course.clinic_id))
    path = f"/clinic/referrals/{course.request_id}/outcomes/"
    assert "There are no sums to see" in shown(staff, path)
    make_outcome(course, "month_1", answered_at=NOW, phq9=14)
    assert 'data-sum="14"' in shown(staff, path)
    assert staff.get(f"/api/v1/courses/{course.pk}/outcomes/").json()["points"][0]["scores"] == {"phq9": 14}
    assert reads(course) == ["outcomes", "outcomes"]
    browser = browser_of(course)
    assert "Your clinic looked at them" in shown(browser, f"/courses/{course.pk}/outcomes/")
    clock.freeze(NOW + timedelta(hours=1))
    with acting_as(Actor(role=Role.EMPLOYEE, member=course.member_id)):
        given = Consent.objects.get(kind="clinic", ended_at=None)
        withdraw(consent_id=given.pk, member_id=course.member_id, now=clock.now())
    assert "There are no sums to see" in shown(staff, path)
    assert staff.get(f"/api/v1/courses/{course.pk}/outcomes/").json()["points"] == []
    assert reads(course) == ["outcomes", "outcomes"], "nothing was read"
    assert "You alone." in shown(browser, f"/courses/{course.pk}/outcomes/")


def test_a_clinic_that_did_not_accept_sees_no_page_and_no_read_is_kept() -> None:
    course = make_course()  # its offer is nobody's
    make_outcome(course, "month_1", answered_at=NOW, phq9=14)
    staff = signed_in(make_user("clinic_staff", clinic_id=course.clinic_id))
    shown(staff, f"/clinic/referrals/{course.request_id}/outcomes/", 404)
    assert staff.get(f"/api/v1/courses/{course.pk}/outcomes/").status_code == 404
    assert reads(course) == []


def test_nothing_that_42_cfr_part_2_protects_is_among_the_questions() -> None:
    assert not [item.id for item in questions_of(CURRENT).items if item.is_substance_use]


def reads(course: Course) -> list[Any]:
    with acting_as(WORKER):
        return list(ReferralRead.objects.filter(request_id=course.request_id).values_list("what", flat=True))
