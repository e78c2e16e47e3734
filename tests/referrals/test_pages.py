"""What members, clinics and operators read; another's page answers like one that does not exist."""

from typing import Any

import pytest

from referrals.courses.models import Session
from referrals.offers import services as offers
from tests.conftest import NOW
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import make_accepted_offer, make_course, make_offer
from tests.factories.referrals import make_clinic, make_member, make_request, make_screening, run_workers
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

pytestmark = pytest.mark.django_db


def browser(member):
    return signed_in(make_user("employee", employer_id=member.employer, member_id=member.member))


def clinic_browser(clinic_id):
    return signed_in(make_user("clinic_staff", clinic_id=clinic_id))


def text(answer):
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "no-store"
    return answer.content.decode()


@pytest.fixture
def course(now):
    return make_course(member=make_member(), clinic_id=make_clinic(name="Hudson Clinic").pk)


def owner_of(course):
    return signed_in(make_user("employee", employer_id=new_id(), member_id=course.member_id))


def test_a_course_shows_place_and_sessions_in_the_members_own_time(course):
    with acting_as(WORKER):
        Session.objects.filter(course=course, sequence=1).update(status="scheduled")
    page = text(owner_of(course).get(f"/courses/{course.pk}/"))
    assert "Hudson Clinic" in page
    assert "Thursday, March 12, 2026, 11 a.m. – noon EDT" in page  # 15:00 UTC
    assert page.count("the clinic will confirm the time") == 2
    assert "911" in page


def test_a_course_speaks_spanish(course):
    page = text(owner_of(course).get(f"/courses/{course.pk}/", headers={"Accept-Language": "es"}))
    assert "jueves, 12 de marzo de 2026" in page
    assert "Preparación" in page


def test_courses_are_listed_to_their_member_only(course):
    link = f'href="/courses/{course.pk}/"'
    assert link in text(owner_of(course).get("/courses/"))
    assert link not in text(browser(make_member()).get("/courses/"))


def test_anothers_course_answers_like_an_unknown_one(course):
    client = browser(make_member())
    pages = [client.get(f"/courses/{course_id}/") for course_id in (course.pk, new_id())]
    assert [page.status_code for page in pages] == [404, 404]
    assert all("There is nothing here" in page.content.decode() for page in pages)


def test_a_request_shows_its_timeline_and_what_comes_next(now):
    make_clinic()
    member = make_member()
    make_request(member)
    run_workers()
    page = text(browser(member).get("/referrals/"))
    assert "A clinic was asked and has until the time shown to answer" in page
    assert "At the latest: March 3, 2026" in page
    assert page.index("Choosing a clinic") < page.rindex("A clinic was asked")
    assert "You have not asked for care yet" in text(browser(make_member()).get("/referrals/"))


def test_a_clinic_sees_its_open_offers_and_nobody_elses(now):
    offer = make_offer()
    page = text(clinic_browser(offer.clinic_id).get("/clinic/offers/"))
    assert str(offer.pk) in page
    assert "Quiñones" not in page
    assert str(offer.pk) not in text(clinic_browser(new_id()).get("/clinic/offers/"))


def test_a_clinic_reads_a_referral_once_it_accepted(now):
    offer = make_offer()
    path = f"/clinic/referrals/{offer.request_id}/"
    client = clinic_browser(offer.clinic_id)
    assert client.get(path).status_code == 404
    with acting_as(WORKER):
        offers.accept(offer_id=offer.pk, clinic_id=offer.clinic_id, now=NOW)
    assert "Quiñones" in text(client.get(path))
    assert path in text(client.get("/clinic/offers/"))
    assert clinic_browser(new_id()).get(path).status_code == 404


def test_operators_see_who_waits(now):
    request = make_request(make_member())
    run_workers()
    urgent = make_screening(make_member(), suicidality=True)
    client = signed_in(make_user("operator"))
    assert str(request.pk) in text(client.get("/operator/referrals/"))
    assert str(urgent.pk) in text(client.get("/operator/screenings/"))


@pytest.mark.parametrize("path", ["/operator/referrals/", "/operator/screenings/"])
def test_operators_without_the_permission_see_nothing(now, path):
    client = signed_in(make_user("operator", permissions=["finance"]))
    assert client.get(path).status_code == 404
    assert path not in client.get("/").content.decode()


def test_every_page_is_for_one_role(now):
    offer = make_accepted_offer()
    roles: dict[str, dict[str, Any]] = {
        "hr_admin": {"employer_id": new_id()},
        "employee": {"employer_id": new_id(), "member_id": make_member().member},
        "clinic_staff": {"clinic_id": offer.clinic_id},
        "operator": {},
    }
    pages = {
        "/referrals/": "employee",
        "/courses/": "employee",
        "/clinic/offers/": "clinic_staff",
        f"/clinic/referrals/{offer.request_id}/": "clinic_staff",
        "/operator/referrals/": "operator",
        "/operator/screenings/": "operator",
    }
    for role, ids in roles.items():
        client = signed_in(make_user(role, **ids))
        answers = {path: client.get(path).status_code for path in pages}
        assert answers == {path: 200 if owner == role else 404 for path, owner in pages.items()}
