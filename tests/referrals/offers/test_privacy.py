"""What a clinic learns, and when."""

import json
from datetime import date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from benefits.accounts.models import User
from referrals.offers import services as offers
from referrals.offers.models import Offer, ReferralRead
from referrals.offers.rules import age_band
from referrals.requests import services as requests
from referrals.requests.models import Request
from referrals.screening.models import Consent
from referrals.screening.queries import get_consents
from referrals.screening.rules.consents import ConsentKind
from referrals.screening.services import consents
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import (
    make_clinic,
    make_member,
    make_request,
    make_screening,
    offers_of,
    open_offer,
    run_workers,
    status_of,
)
from workers.deliveries.models import Delivery
from workers.emails.models import Email
from workers.kernel.actor import AUTH, WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id

EMAIL = "zoraida@home.example"
NOT_TOLD = ("Zoraida", "Quiñones", "Qui\\u00f1ones", EMAIL, "1990", "10025", "income")


@pytest.fixture
def story(db: None, now: datetime) -> Any:
    """A member with an account, who told of a substance problem, and a clinic that was asked."""
    member = make_member()
    make_user("employee", email=EMAIL, employer_id=member.employer, member_id=member.member)
    clinic = make_clinic()
    screening = make_screening(member, substance_use=True, hypertension=True)
    request = make_request(member, screening=screening, routes=("im",))
    run_workers()
    return member, clinic, request


def staff(clinic: Any) -> Any:
    return signed_in(make_user("clinic_staff", clinic_id=clinic.pk))


def accept(request: Any, now: datetime) -> Any:
    offer = open_offer(request)
    with acting_as(WORKER):
        return offers.accept(offer_id=offer.pk, clinic_id=offer.clinic_id, now=now)


def test_the_offer_tells_the_least_that_lets_a_clinic_decide(story: Any) -> None:
    member, _, request = story
    with acting_as(WORKER):
        message = Delivery.objects.get(type="referral.offered")
    body = json.loads(message.body)
    assert body["type"] == "referral.offered"
    assert body["data"] == {
        "offer_id": str(open_offer(request).pk),
        "respond_by": "2026-03-03T15:00:00Z",
        "request": {
            "routes": ["im"],
            "protocol": "",
            "format": "",
            "language": "en",
            "state": "NY",
            "age_band": "35-44",
            "result_of_screening": "clinician_review",
        },
        "version": 1,
        "test": False,
    }
    assert not [word for word in (*NOT_TOLD, str(member.member)) if word in message.body]


def test_before_acceptance_the_clinic_reads_its_offer_and_no_person(story: Any) -> None:
    member, clinic, request = story
    client = staff(clinic)
    answer = client.get("/api/v1/clinic/offers/")
    assert [offer["status"] for offer in answer.json()["results"]] == ["requested"]
    assert not [word for word in (*NOT_TOLD, str(member.member)) if word in answer.content.decode()]
    unknown = client.get(f"/api/v1/clinic/referrals/{new_id()}/")
    early = client.get(f"/api/v1/clinic/referrals/{request.pk}/")
    assert (early.status_code, early.content) == (404, unknown.content)


def test_after_acceptance_it_reads_the_person_but_nothing_of_substance_use(story: Any, now: datetime) -> None:
    _, clinic, request = story
    accept(request, now)
    full = staff(clinic).get(f"/api/v1/clinic/referrals/{request.pk}/").json()
    assert full == {
        "id": str(request.pk),
        "offer_id": str(offers_of(request)[0].pk),
        "route": "im",
        "protocol": "separated",
        "format": "individual",
        "preferences": {
            "routes": ["im"],
            "protocol": "",
            "format": "",
            "language": "",
            "therapist_gender": "",
            "times": [],
        },
        "first_name": "Zoraida",
        "last_name": "Quiñones",
        "date_of_birth": "1990-05-17",
        "email": EMAIL,
        "postal_code": "10025",
        "state": "NY",
        "language": "en",
        "timezone": "America/New_York",
        "result_of_screening": "clinician_review",
        "findings": ["hypertension"],
        "scores": {},
        "redisclosure_notice": "",
        "disclosed_under": [text_of("screening"), text_of("clinic")],
    }


def text_of(kind: str) -> dict[str, str]:
    """A consent as it goes with what is disclosed under it."""
    text = get_consents().in_force(ConsentKind(kind))
    return {"kind": kind, "version": text.version, "text": text.text["en"]}


def test_what_is_disclosed_of_substance_use_comes_with_its_notice_and_its_consent(db: None, now: datetime) -> None:
    member, clinic = make_member(), make_clinic()
    screening = make_screening(member, consents=("clinic", "substance_use"), substance_use=True)
    request = make_request(member, screening=screening)
    run_workers()
    accept(request, now)
    client = staff(clinic)
    full = client.get(f"/api/v1/clinic/referrals/{request.pk}/").json()
    assert full["findings"] == ["substance_use"]
    assert full["redisclosure_notice"].startswith("42 CFR part 2 prohibits")
    assert full["disclosed_under"][2] == text_of("substance_use")
    page = client.get(f"/clinic/referrals/{request.pk}/").content.decode()
    assert text_of("substance_use")["text"] in page
    take_back(member, "substance_use", now)
    later = client.get(f"/api/v1/clinic/referrals/{request.pk}/").json()
    assert (later["findings"], later["redisclosure_notice"]) == ([], "")
    assert later["disclosed_under"] == [text_of("screening"), text_of("clinic")]


def test_once_the_consent_is_taken_back_no_clinic_is_asked_by_the_answers(story: Any, now: datetime) -> None:
    member, clinic, request = story
    make_clinic(1)
    first = open_offer(request)
    take_back(member, "clinic", now)
    run_workers()
    assert open_offer(request).pk == first.pk, "it is about what a clinic reads once it has accepted"
    take_back(member, "screening", now)
    run_workers()
    assert [(offer.status, offer.reason) for offer in offers_of(request)] == [("cancelled", "request_withdrawn")]
    assert status_of(request.pk) == "withdrawn"
    with acting_as(WORKER):
        assert Delivery.objects.filter(type="referral.withdrawn").get().owner_id == clinic.pk


def test_a_consent_that_is_given_again_in_the_same_moment_leaves_the_request_be(story: Any, now: datetime) -> None:
    member, _, request = story
    take_back(member, "screening", now)
    with acting_as(member):
        consents.give_all(member_id=member.member, versions={}, language="en", now=now)
    run_workers()
    assert status_of(request.pk) == "offered"


def test_who_is_in_care_stays_there_when_the_consent_is_taken_back(story: Any, now: datetime) -> None:
    member, clinic, request = story
    accept(request, now)
    take_back(member, "screening", now)
    run_workers()
    assert status_of(request.pk) == "accepted"
    full = staff(clinic).get(f"/api/v1/clinic/referrals/{request.pk}/").json()
    assert (full["result_of_screening"], full["disclosed_under"]) == ("not_shared", [])


def take_back(member: Actor, kind: str, now: datetime) -> None:
    with acting_as(member):
        given = Consent.objects.get(kind=kind, ended_at=None)
        consents.withdraw(consent_id=given.pk, member_id=given.member_id, now=now)


def test_a_consent_taken_back_closes_what_the_screening_said(story: Any, now: datetime) -> None:
    member, clinic, request = story
    accept(request, now)
    with acting_as(member):
        consents.withdraw(consent_id=Consent.objects.get(kind="clinic").pk, member_id=member.member, now=now)
    client = signed_in(make_user("clinic_staff", clinic_id=clinic.pk))
    referral = client.get(f"/api/v1/clinic/referrals/{request.pk}/").json()
    assert (referral["result_of_screening"], referral["findings"], referral["scores"]) == ("not_shared", [], {})


def test_each_read_is_kept_and_shown_to_the_member(story: Any, now: datetime) -> None:
    member, clinic, request = story
    accept(request, now)
    user = make_user("clinic_staff", clinic_id=clinic.pk)
    client = signed_in(user)
    assert client.get(f"/api/v1/clinic/referrals/{request.pk}/").status_code == 200
    assert client.get(f"/clinic/referrals/{request.pk}/").status_code == 200
    with acting_as(AUTH):
        person = signed_in(User.objects.get(member_id=member.member))
    kept = person.get(f"/api/v1/referrals/{request.pk}/reads/").json()["results"]
    assert [(one["clinic_id"], one["reader_id"], one["what"], one["at"]) for one in kept] == [
        (str(clinic.pk), str(user.pk), "full_referral", "2026-03-02T15:00:00Z")
    ] * 2
    stranger = make_member()
    other = signed_in(make_user("employee", employer_id=stranger.employer, member_id=stranger.member))
    assert other.get(f"/api/v1/referrals/{request.pk}/reads/").status_code == 404


def test_without_a_row_of_the_audit_nothing_is_read(story: Any, now: datetime) -> None:
    _, clinic, request = story
    accept(request, now)
    with (
        acting_as(Actor(role=Role.CLINIC, clinic=clinic.pk)),
        pytest.raises(IntegrityError, match="reader_id"),
        transaction.atomic(),
    ):
        offers.read_referral(request_id=request.pk, reader=User(role="clinic_staff", id=None), now=now)
    with acting_as(WORKER):
        assert not ReferralRead.objects.exists()


def test_the_audit_is_neither_changed_nor_emptied(story: Any, now: datetime) -> None:
    _, clinic, request = story
    accept(request, now)
    with acting_as(Actor(role=Role.CLINIC, clinic=clinic.pk)):
        offers.read_referral(request_id=request.pk, reader=User(role="clinic_staff"), now=now)
    for change in (ReferralRead.objects.all().delete, lambda: ReferralRead.objects.update(what="nothing")):
        with acting_as(WORKER), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            change()


def test_a_clinic_that_was_left_reads_no_more(story: Any, now: datetime) -> None:
    member, clinic, request = story
    accept(request, now)
    run_workers()
    with acting_as(member):
        requests.change_clinic(request_id=request.pk, member_id=request.member_id, now=now)
    run_workers()
    assert staff(clinic).get(f"/api/v1/clinic/referrals/{request.pk}/").status_code == 404


def test_another_clinic_reads_neither(story: Any, now: datetime) -> None:
    _, _, request = story
    accept(request, now)
    client = staff(make_clinic(1))
    assert client.get("/api/v1/clinic/offers/").json()["results"] == []
    assert client.get(f"/api/v1/clinic/referrals/{request.pk}/").status_code == 404


@pytest.mark.parametrize("role", ["employee", "operator", "hr_admin"])
def test_clinics_alone_use_the_clinics_doors(story: Any, role: str) -> None:
    member, _, request = story
    ids = {
        "employee": {"employer_id": new_id(), "member_id": new_id()},
        "hr_admin": {"employer_id": member.employer},
        "operator": {},
    }[role]
    client = signed_in(make_user(role, **ids))
    for path in ("offers/", f"referrals/{request.pk}/"):
        assert client.get(f"/api/v1/clinic/{path}").status_code == 403


def test_rows_are_shown_to_the_clinic_only_as_far_as_it_may_know(story: Any, now: datetime) -> None:
    _, clinic, request = story
    actor = Actor(role=Role.CLINIC, clinic=clinic.pk)
    with acting_as(actor):
        assert not Request.objects.exists()
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            list(Offer.objects.values_list("member_id"))
    accept(request, now)
    with acting_as(actor):
        assert [row.pk for row in Request.objects.all()] == [request.pk]


def test_hr_has_no_right_on_any_of_it(story: Any) -> None:
    member, _, _ = story
    for model in (Offer, Request):
        with (
            acting_as(Actor(role=Role.HR, employer=member.employer)),
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
        ):
            model.objects.exists()


def test_mail_about_an_acceptance_says_only_that_there_is_news(story: Any, now: datetime) -> None:
    _, clinic, request = story
    accept(request, now)
    run_workers()
    with acting_as(WORKER):
        email = Email.objects.get(template="referrals/news")
    assert email.message["to"] == EMAIL
    text = (email.message["subject"] + email.message["text"]).lower()
    assert not [word for word in (clinic.name.lower(), "ketamin", "clinic", "therap", "referral") if word in text]


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(2008, 3, 3), "under 18"),
        (date(2008, 3, 2), "18-24"),
        (date(2001, 3, 3), "18-24"),
        (date(2001, 3, 2), "25-34"),
        (date(1991, 3, 3), "25-34"),
        (date(1991, 3, 2), "35-44"),
        (date(1961, 3, 3), "55-64"),
        (date(1961, 3, 2), "65+"),
        (date(1920, 2, 29), "65+"),
    ],
)
def test_ages_are_told_in_bands(born: Any, band: Any) -> None:
    assert age_band(born, on=date(2026, 3, 2)) == band
