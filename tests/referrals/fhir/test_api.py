"""Who may export a referral, and what each of them is told."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from referrals.offers import services as offers
from referrals.offers.models import Offer, ReferralRead
from referrals.requests import services as requests
from referrals.requests.models import Request
from referrals.screening.models import Consent
from referrals.screening.queries import get_consents
from referrals.screening.rules.consents import ConsentKind
from referrals.screening.services import consents
from tests.factories.benefits import make_user, signed_in
from tests.factories.clinic_access import bearer, make_key
from tests.factories.referrals import (
    make_clinic,
    make_member,
    make_request,
    make_screening,
    offers_of,
    open_offer,
    run_workers,
)
from tests.referrals.fhir.r4 import judge, unjudged
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.kernel.ids import new_id

pytestmark = pytest.mark.django_db


class Story:
    """A member whom a first clinic declined and a second accepted; a third was never asked."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        clinics = [make_clinic(number, latitude=40.78 - number / 50) for number in range(3)]
        self.member = make_member()
        request = make_request(self.member, screening=make_screening(self.member, hypertension=True))
        self.request_id = request.pk
        run_workers()
        self.declined = open_offer(request)
        with acting_as(WORKER):
            offers.decline(offer_id=self.declined.pk, clinic_id=self.declined.clinic_id, reason="no_capacity", now=now)
        run_workers()
        self.offer = open_offer(request)
        asked = {self.declined.clinic_id, self.offer.clinic_id}
        self.never_asked = next(clinic.pk for clinic in clinics if clinic.pk not in asked)
        self.request = request

    def accept(self) -> None:
        with acting_as(WORKER):
            offers.accept(offer_id=self.offer.pk, clinic_id=self.offer.clinic_id, now=self.now)

    @property
    def url(self) -> str:
        return f"/api/v1/referrals/{self.request_id}/fhir"


@pytest.fixture
def story(now: datetime) -> Story:
    return Story(now)


def staff_of(clinic_id: Any) -> Client:
    return signed_in(make_user("clinic_staff", clinic_id=clinic_id))


def person(actor: Actor) -> Client:
    return signed_in(make_user("employee", employer_id=actor.employer, member_id=actor.member))


def resources(answer: Any, kind: str) -> list[dict[str, Any]]:
    return [e["resource"] for e in answer.json()["entry"] if e["resource"]["resourceType"] == kind]


def exported(client: Client, story: Story) -> Any:
    answer = client.get(story.url)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/fhir+json"
    assert answer["Cache-Control"] == "no-store"
    judge(answer.json())
    assert unjudged(answer.json()) == set()
    return answer


def refused(client: Client, story: Story, status: int, code: str) -> Any:
    answer = client.get(story.url)
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/fhir+json"
    judge(answer.json())
    assert answer.json()["issue"][0]["code"] == code
    return answer


def test_the_clinic_that_accepted_reads_whom_and_only_its_own_task(story: Story) -> None:
    story.accept()
    for client in (staff_of(story.offer.clinic_id), bearer(make_key(story.offer.clinic_id, "referrals:read"))):
        answer = exported(client, story)
        [task] = resources(answer, "Task")
        assert (task["id"], task["status"]) == (str(story.offer.pk), "accepted")
        [patient] = resources(answer, "Patient")
        assert (patient["name"][0]["family"], patient["birthDate"]) == ("Quiñones", "1990-05-17")
        [request] = resources(answer, "ServiceRequest")
        assert request["performer"] == [{"reference": f"urn:uuid:{story.offer.clinic_id}"}]
        told = answer.content.decode()
        assert str(story.declined.clinic_id) not in told
        assert str(story.offer.member_id) not in told
        assert "hypertension" not in told


def test_each_reading_is_written_down_and_a_refusal_is_not(story: Story) -> None:
    staff = make_user("clinic_staff", clinic_id=story.offer.clinic_id)
    operator = make_user("operator")
    refused(signed_in(staff), story, 404, "not-found")
    story.accept()
    member = person(story.member)
    for client in (signed_in(staff), signed_in(operator), member):
        exported(client, story)
    with acting_as(story.member):  # the member sees who read it
        rows = list(ReferralRead.objects.order_by("id").values_list("reader_role", "reader_id", "clinic_id", "what"))
    assert rows[:2] == [
        ("clinic_staff", staff.pk, story.offer.clinic_id, "fhir"),
        ("operator", operator.pk, None, "fhir"),
    ]
    assert [role for role, *_ in rows] == ["clinic_staff", "operator", "employee"]
    told = member.get(f"/api/v1/referrals/{story.request_id}/reads/").json()["results"]
    assert sorted(one["reader_role"] for one in told) == ["clinic_staff", "employee", "operator"]


def test_what_is_written_down_stays(story: Story) -> None:
    exported(person(story.member), story)
    with pytest.raises(DatabaseError), transaction.atomic(), acting_as(WORKER):
        ReferralRead.objects.all().delete()


def test_before_it_accepts_a_clinic_reads_nothing_and_others_never(story: Story) -> None:
    unknown = staff_of(story.offer.clinic_id).get(f"/api/v1/referrals/{new_id()}/fhir")
    refused(staff_of(story.offer.clinic_id), story, 404, "not-found")
    story.accept()
    for clinic_id in (story.declined.clinic_id, story.never_asked):
        assert refused(staff_of(clinic_id), story, 404, "not-found").content == unknown.content


def test_a_clinic_reads_nothing_more_once_the_member_withdrew(story: Story) -> None:
    story.accept()
    assert story.member.member
    with acting_as(story.member):
        requests.withdraw(request_id=story.request_id, member_id=story.member.member, now=story.now)
    run_workers()
    refused(staff_of(story.offer.clinic_id), story, 404, "not-found")


def test_the_member_reads_their_own_with_everyone_who_was_asked(story: Story) -> None:
    answer = exported(person(story.member), story)
    tasks = {task["id"]: task for task in resources(answer, "Task")}
    assert {key: task["status"] for key, task in tasks.items()} == {
        str(story.declined.pk): "rejected",
        str(story.offer.pk): "requested",
    }
    assert tasks[str(story.declined.pk)]["statusReason"] == {"text": "no_capacity"}
    refused(person(make_member()), story, 404, "not-found")


def test_operators_read_it_who_hold_care(story: Story) -> None:
    exported(signed_in(make_user("operator")), story)
    refused(signed_in(make_user("operator", permissions=["finance"])), story, 403, "forbidden")


def test_hr_and_strangers_do_not(story: Story) -> None:
    refused(signed_in(make_user("hr_admin", employer_id=story.member.employer)), story, 403, "forbidden")
    answer = refused(Client(), story, 401, "login")
    assert answer["WWW-Authenticate"]


def test_a_token_that_is_none_is_refused_in_fhirs_words_too(story: Story) -> None:
    answer = refused(bearer("clinic_token_of_nobody"), story, 401, "login")
    assert answer["WWW-Authenticate"] == 'Bearer realm="api", error="invalid_token"'
    assert answer["Cache-Control"] == "no-store"


def test_each_consent_in_force_is_told_and_what_ended_is_not(story: Story, now: datetime) -> None:
    client = person(story.member)

    def consents_told() -> dict[str, Any]:
        told = resources(exported(client, story), "Consent")
        return {one["policyRule"]["text"]: one["provision"] for one in told}

    clinic, substance = (get_consents().in_force(kind) for kind in (ConsentKind.CLINIC, ConsentKind.SUBSTANCE_USE))
    [(version, provision)] = consents_told().items()
    assert (version, provision["provision"][0]["type"]) == (clinic.version, "deny")
    assert story.member.member
    who: Any = {"member_id": story.member.member, "now": now}
    with acting_as(story.member):
        kind = ConsentKind.SUBSTANCE_USE
        consents.give(kind=kind, version=substance.version, language="en", **who)
    [request] = resources(exported(client, story), "ServiceRequest")
    assert len(request["supportingInfo"]) == 2
    told = resources(exported(client, story), "Consent")
    assert [one["provision"]["type"] for one in told] == ["permit", "permit"]
    assert "provision" not in told[0]["provision"]
    with acting_as(story.member):
        given = Consent.objects.get(kind="clinic", ended_at=None)
        consents.withdraw(consent_id=given.pk, **who)
    assert consents_told() == {}


def test_a_token_needs_the_scope(story: Story) -> None:
    story.accept()
    refused(bearer(make_key(story.offer.clinic_id, "offers:read")), story, 403, "forbidden")


@pytest.mark.parametrize(
    ("accept", "status"),
    [("*/*", 200), ("application/fhir+json", 200), ("application/json", 200), ("application/fhir+xml", 406)],
)
def test_what_kind_of_answer_is_asked_for(story: Story, accept: str, status: int) -> None:
    answer = person(story.member).get(story.url, headers={"Accept": accept})
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/fhir+json"
    judge(answer.json())


def test_how_urgent_it_is_is_what_the_operator_left(story: Story) -> None:
    client = person(story.member)
    assert resources(exported(client, story), "ServiceRequest")[0]["priority"] == "routine"
    with acting_as(WORKER):
        Request.objects.filter(pk=story.request_id).update(urgency="urgent")
    answer = exported(client, story)
    assert {one["priority"] for kind in ("ServiceRequest", "Task") for one in resources(answer, kind)} == {"urgent"}


def test_two_referrals_of_a_member_are_joined_by_no_id(story: Story, now: datetime) -> None:
    client = person(story.member)
    first = resources(exported(client, story), "Patient")[0]["id"]
    assert story.member.member
    with acting_as(story.member):
        requests.withdraw(request_id=story.request_id, member_id=story.member.member, now=now)
    story.request_id = make_request(story.member).pk
    assert resources(exported(client, story), "Patient")[0]["id"] != first


def test_what_was_asked_is_said_and_where_the_member_lives_beyond_that_is_not(story: Story, now: datetime) -> None:
    with acting_as(WORKER):
        assert Offer.objects.filter(request=story.request).count() == 2
    assert [offer.status for offer in offers_of(story.request)] == ["rejected", "requested"]
    [consent] = resources(exported(person(story.member), story), "Consent")
    assert consent["dateTime"] == now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert timedelta() == now - story.request.opened_at
