"""What members, clinics and operators read; another's page answers like one that does not exist."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils.html import escape

from referrals.clinic_updates.models import ClinicUpdate
from referrals.courses.models import Session
from referrals.offers import services as offers
from referrals.screening.queries import get_consents
from tests.conftest import NOW
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import make_accepted_offer, make_course, make_offer
from tests.factories.referrals import make_clinic, make_member, make_request, make_screening, open_offer, run_workers
from workers.kernel import clock
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
    assert page.count("Add to my calendar") == 1, "what is agreed, and not what is proposed"
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
    assert str(offer.pk) not in text(clinic_browser(make_clinic(5).pk).get("/clinic/offers/"))


def test_a_clinic_answers_on_the_page_without_script(now):
    offer = make_offer()
    path = f"/clinic/offers/{offer.pk}/"
    client = clinic_browser(offer.clinic_id)
    assert path in text(client.get("/clinic/offers/"))
    page = text(client.get(path))
    assert "Can you take this person?" in page
    assert "<script" not in page
    assert "Quiñones" not in page
    assert standing(offer) == ("received", "")
    no_reason = client.post(path, {"choice": "decline"})
    assert (no_reason.status_code, standing(offer)) == (422, ("received", ""))
    assert "Choose a reason" in no_reason.content.decode()
    answer = client.post(path, {"choice": "decline", "reason": "schedule"})
    assert (answer.status_code, answer["Location"], standing(offer)) == (
        302,
        "/clinic/offers/",
        ("rejected", "schedule"),
    )
    for again in (client.get(path), client.post(path, {"choice": "accept"})):
        assert again.status_code == 409
        assert "nothing to answer any more" in again.content.decode()
    with acting_as(WORKER):
        assert ClinicUpdate.objects.get().channel == "portal"


def test_a_yes_on_the_page_leads_to_who_it_is(now):
    offer = make_offer()
    client = clinic_browser(offer.clinic_id)
    answer = client.post(f"/clinic/offers/{offer.pk}/", {"choice": "accept"})
    assert (answer.status_code, answer["Location"]) == (302, f"/clinic/referrals/{offer.request_id}/")
    assert standing(offer)[0] == "accepted"
    assert "Quiñones" in text(client.get(answer["Location"]))


def test_another_clinics_offer_is_unknown_on_the_page(now):
    offer = make_offer()
    client = clinic_browser(make_clinic(5).pk)
    path = f"/clinic/offers/{offer.pk}/"
    assert [client.get(path).status_code, client.post(path, {"choice": "accept"}).status_code] == [404, 404]
    assert standing(offer)[0] == "requested"


def test_the_page_shows_the_redisclosure_notice_with_what_it_protects(now):
    member = make_member()
    make_clinic()
    screening = make_screening(member, consents=("clinic", "substance_use"), substance_use=True)
    request = make_request(member, screening=screening)
    run_workers()
    offer = open_offer(request)
    with acting_as(WORKER):
        offers.accept(offer_id=offer.pk, clinic_id=offer.clinic_id, now=NOW)
    notice = get_consents().redisclosure_notice["en"]
    assert escape(notice) in text(clinic_browser(offer.clinic_id).get(f"/clinic/referrals/{request.pk}/"))


def standing(offer):
    with acting_as(WORKER):
        offer.refresh_from_db()
    return offer.status, offer.reason


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
    request = make_request(make_member(), near="99501")
    run_workers()
    urgent = make_screening(make_member(), suicidality=True)
    client = signed_in(make_user("operator"))
    make_clinic()
    placed = make_request(make_member())
    run_workers()
    offer = open_offer(placed)
    with acting_as(WORKER):
        offers.accept(offer_id=offer.pk, clinic_id=offer.clinic_id, now=NOW)
    clock.freeze(NOW + timedelta(days=5))
    page = text(client.get("/operator/referrals/"))
    assert page.index(str(request.pk)) < page.index(str(placed.pk)), "what is late comes first"
    assert ">late<" in page
    assert str(urgent.pk) in text(client.get("/operator/screenings/"))


@pytest.mark.parametrize("path", ["/operator/referrals/", "/operator/screenings/"])
def test_operators_without_the_permission_see_nothing(now, path):
    client = signed_in(make_user("operator", permissions=["finance"]))
    assert client.get(path).status_code == 404
    assert path not in client.get("/").content.decode()


def test_every_page_is_for_one_role(now):
    offer = make_accepted_offer()
    waiting = make_request(make_member())
    run_workers()
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
        f"/clinic/offers/{open_offer(waiting).pk}/": "clinic_staff",
        f"/clinic/referrals/{offer.request_id}/": "clinic_staff",
        "/operator/referrals/": "operator",
        "/operator/screenings/": "operator",
    }
    for role, ids in roles.items():
        client = signed_in(make_user(role, **ids))
        answers = {path: client.get(path).status_code for path in pages}
        assert answers == {path: 200 if owner == role else 404 for path, owner in pages.items()}


def test_home_tells_where_one_is_what_comes_next_and_by_when(now):
    make_clinic()
    member = make_member()
    client = browser(member)
    home = text(client.get("/"))
    assert "You have not asked for care yet" in home
    assert "There is nothing to pay" in home
    make_request(member)
    run_workers()
    home = text(client.get("/"))
    assert "A clinic was asked and has until the time shown to answer" in home
    assert "At the latest: <strong>March 3, 2026" in home
    assert home.count("<h1>") == 1
    assert text(client.get("/panels/referral/")) in home, "the same panel as at its own address"


def test_the_next_appointment_is_on_home_and_goes_into_a_calendar(course):
    client = owner_of(course)
    assert "Does this time suit you?" in text(client.get("/panels/session/"))
    with acting_as(WORKER):
        first = Session.objects.filter(course=course).earliest("starts_at")
        Session.objects.filter(pk=first.pk).update(status="scheduled")
    panel = text(client.get("/panels/session/"))
    path = f"/sessions/{first.pk}/calendar/"
    assert path in panel
    file = client.get(path)
    assert file["Content-Type"] == "text/calendar; charset=utf-8"
    assert f"UID:{first.pk}@" in file.content.decode()
    assert "SUMMARY:Appointment" in file.content.decode()
    unknown = client.get(f"/sessions/{new_id()}/calendar/")
    assert (unknown.status_code, browser(make_member()).get(path).status_code) == (404, 404)
