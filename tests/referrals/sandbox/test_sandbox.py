"""A test offer is played with the real messages and deadlines, is about nobody, and counts nowhere."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from standardwebhooks import Webhook

from referrals.clinic_updates.services.storing import store
from referrals.clinics.models import Clinic
from referrals.courses.models import Course
from referrals.offers.models import Offer, ReferralRead
from referrals.offers.rules import DECLINE_REASONS
from referrals.requests.models import Request
from referrals.sandbox import rules, services
from referrals.sandbox.models import SandboxOffer
from tests.factories.clinic_access import bearer, make_key
from tests.factories.courses import make_accepted_offer, make_offer, message
from tests.factories.referrals import make_clinic, run_workers
from tests.referrals.fhir.r4 import judge
from workers.deliveries.models import Delivery
from workers.deliveries.queueing import register_endpoint
from workers.kernel import clock
from workers.kernel.actor import AUTH, WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.timers.firing import fire_due

pytestmark = pytest.mark.django_db

URL = "/api/v1/clinic/sandbox/offers/"


@pytest.fixture
def clinic_id(now: datetime) -> UUID:
    return make_clinic().pk


@pytest.fixture
def developer(clinic_id: UUID) -> Client:
    return bearer(make_key(clinic_id, "sandbox:use"))


def post(client: Client, url: str, body: Any = None) -> Any:
    return client.post(url, body or {}, content_type="application/json")


def make(developer: Client, **more: Any) -> dict[str, Any]:
    answer = post(developer, URL, more)
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def told(clinic_id: UUID) -> list[dict[str, Any]]:
    with acting_as(WORKER):
        return [json.loads(d.body) for d in Delivery.objects.filter(owner_id=clinic_id).order_by("seq")]


def offer(id: str) -> SandboxOffer:
    with acting_as(WORKER):
        return SandboxOffer.objects.get(pk=id)


def say(clinic_id: UUID, type: str, data: dict[str, Any]) -> None:
    """The clinic's own webhook, verified."""
    with acting_as(AUTH):
        store(
            clinic_id=clinic_id, message_id=f"msg_{new_id()}", body=message(type, data, at=clock.now()), now=clock.now()
        )
    run_workers()


def test_an_offer_arrives_marked_and_a_yes_is_confirmed(developer: Client, clinic_id: UUID) -> None:
    made = make(developer)
    [offered] = told(clinic_id)
    assert (offered["type"], offered["data"]["offer_id"], offered["data"]["test"]) == (
        "referral.offered",
        made["id"],
        True,
    )
    say(clinic_id, "referral.accepted", {"offer_id": made["id"]})
    say(clinic_id, "referral.accepted", {"offer_id": made["id"]})
    [_, confirmed] = told(clinic_id)
    assert confirmed["data"] == {
        "offer_id": made["id"],
        "referral_id": made["referral_id"],
        "course_id": made["course_id"],
        "test": True,
    }
    assert offer(made["id"]).status == "accepted"


def test_a_no_is_noted_and_silence_ends_the_offer(developer: Client, clinic_id: UUID, now: datetime) -> None:
    one, two = make(developer, answer_seconds=60), make(developer, answer_seconds=60)
    say(clinic_id, "referral.declined", {"offer_id": one["id"], "reason": "no_capacity"})
    clock.freeze(now + timedelta(seconds=60))
    fire_due()
    run_workers()
    assert (offer(one["id"]).status, offer(one["id"]).reason) == ("rejected", "no_capacity")
    assert (offer(two["id"]).status, offer(two["id"]).reason) == ("failed", "no_answer")
    assert told(clinic_id)[-1]["data"] == {"offer_id": two["id"], "test": True}
    clock.freeze(now + timedelta(seconds=61))
    late = post(developer, f"/api/v1/clinic/offers/{two['id']}/accept/")
    assert (late.status_code, late.json()["code"], late.json()["state"]) == (409, "offer_not_open", "failed")


def test_an_answer_that_came_in_time_is_taken_after_the_timer(
    developer: Client, clinic_id: UUID, now: datetime
) -> None:
    offer_id = UUID(make(developer)["id"])
    with acting_as(WORKER):
        services.expire(offer_id=offer_id, now=now + timedelta(days=1))
        services.accept(offer_id=offer_id, clinic_id=clinic_id, now=now)
    assert (offer(str(offer_id)).status, offer(str(offer_id)).reason) == ("accepted", "")


def test_the_developer_plays_the_member_who_withdraws(developer: Client, clinic_id: UUID) -> None:
    made = make(developer)
    assert post(developer, f"{URL}{made['id']}/withdraw/").json()["status"] == "cancelled"
    assert told(clinic_id)[-1]["type"] == "referral.withdrawn"
    assert post(developer, f"{URL}{made['id']}/withdraw/").status_code == 409


def test_the_api_answers_a_test_offer_at_the_address_of_a_real_one(developer: Client) -> None:
    made = make(developer)
    assert post(developer, f"/api/v1/clinic/offers/{made['id']}/accept/").json()["state"] == "accepted"


def test_a_receipt_is_noted_and_the_answer_still_taken(developer: Client, clinic_id: UUID) -> None:
    made = make(developer)
    say(clinic_id, "referral.received", {"offer_id": made["id"]})
    assert offer(made["id"]).status == "received"
    assert post(developer, f"/api/v1/clinic/offers/{made['id']}/receive/").json()["state"] == "received"
    assert post(developer, f"/api/v1/clinic/offers/{made['id']}/accept/").json()["state"] == "accepted"
    assert post(developer, f"/api/v1/clinic/offers/{made['id']}/receive/").json()["state"] == "accepted"


def test_an_accepted_test_opens_a_full_referral_and_its_fhir_about_nobody(developer: Client, clinic_id: UUID) -> None:
    made = make(developer)
    paths = (f"/api/v1/clinic/referrals/{made['referral_id']}/", f"/api/v1/referrals/{made['referral_id']}/fhir")
    assert [developer.get(path).status_code for path in paths] == [404, 404]
    post(developer, f"/api/v1/clinic/offers/{made['id']}/accept/")
    full, bundle = (developer.get(path) for path in paths)
    assert full.status_code == 200, full.content
    assert (full.json()["offer_id"], full.json()["first_name"], full.json()["last_name"]) == (
        made["id"],
        "Test",
        "Person",
    )
    judge(bundle.json())
    assert {"code": "HTEST"}.items() <= bundle.json()["meta"]["security"][-1].items()
    tasks = [e["resource"] for e in bundle.json()["entry"] if e["resource"]["resourceType"] == "Task"]
    assert [(task["id"], task["status"]) for task in tasks] == [(made["id"], "accepted")]
    stranger = bearer(make_key(make_clinic(2).pk, "sandbox:use"))
    assert [stranger.get(path).status_code for path in paths] == [404, 404]
    with acting_as(WORKER):
        assert not ReferralRead.objects.exists()


def test_a_key_of_the_sandbox_reads_no_real_referral(now: datetime) -> None:
    real = make_accepted_offer()
    developer = bearer(make_key(real.clinic_id, "sandbox:use"))
    for path in (f"/api/v1/clinic/referrals/{real.request_id}/", f"/api/v1/referrals/{real.request_id}/fhir"):
        assert developer.get(path).status_code == 404


def test_a_key_of_the_sandbox_does_not_touch_a_real_offer(now: datetime) -> None:
    real = make_offer()
    developer = bearer(make_key(real.clinic_id, "sandbox:use"))
    for word, body in (("accept", {}), ("decline", {"reason": "other"})):
        assert post(developer, f"/api/v1/clinic/offers/{real.pk}/{word}/", body).status_code == 404
    with acting_as(WORKER):
        assert Offer.objects.get(pk=real.pk).status == "requested"
    assert developer.get("/api/v1/clinic/offers/").status_code == 403


def test_it_is_signed_with_the_secret_of_the_real_ones(clinic_id: UUID, developer: Client) -> None:
    with acting_as(Actor(role=Role.OPERATOR)):
        endpoint = register_endpoint(owner_id=clinic_id, url="https://second.example/hooks")
    make(developer)
    with acting_as(WORKER):
        delivery = Delivery.objects.get(endpoint=endpoint)
    assert Webhook(endpoint.signing_secrets[0])  # the only secrets there are: the sandbox has none of its own
    assert delivery.owner_id == clinic_id


def test_nothing_that_counts_meets_a_test_offer(developer: Client, clinic_id: UUID) -> None:
    made = make(developer)
    say(clinic_id, "referral.accepted", {"offer_id": made["id"]})
    with acting_as(WORKER):
        assert [model.objects.count() for model in (Offer, Request, Course)] == [0, 0, 0]
        assert Clinic.objects.get(pk=clinic_id).open_slots == 3


def test_another_clinics_test_offer_is_unknown(developer: Client, clinic_id: UUID) -> None:
    made = make(developer)
    other = make_clinic(2).pk
    stranger = bearer(make_key(other, "sandbox:use"))
    assert post(stranger, f"/api/v1/clinic/offers/{made['id']}/accept/").status_code == 404
    assert post(stranger, f"{URL}{made['id']}/withdraw/").status_code == 404
    assert stranger.get(URL).json()["results"] == []
    say(other, "referral.accepted", {"offer_id": made["id"]})
    assert offer(made["id"]).status == "requested"


def test_only_so_many_wait_at_once(developer: Client) -> None:
    for _ in range(rules.MOST_OPEN):
        make(developer)
    answer = post(developer, URL)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_test_offers")


@pytest.mark.parametrize("seconds", [29, 86_401, "soon"])
def test_a_time_out_of_bounds_is_refused(developer: Client, seconds: Any) -> None:
    assert post(developer, URL, {"answer_seconds": seconds}).status_code == 422


def test_the_sandbox_takes_the_reasons_of_real_offers() -> None:
    assert set(DECLINE_REASONS) <= set(rules.DECLINE_REASONS)
