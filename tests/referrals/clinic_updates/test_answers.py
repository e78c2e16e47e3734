"""What a clinic says at the API takes effect at once, or is refused with where things stand, and keeps nothing."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from referrals.clinic_updates.models import ClinicUpdate
from referrals.clinics.models import Clinic
from referrals.courses.models import Course
from referrals.offers.models import Offer
from tests.factories.benefits import make_user, signed_in
from tests.factories.clinic_access import bearer, make_key
from tests.factories.courses import make_course, make_offer, sessions_of
from tests.factories.referrals import make_clinic, run_workers
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(now: datetime) -> Offer:
    return make_offer()


def program(clinic_id: Any, *scopes: str) -> Client:
    return bearer(make_key(clinic_id, *scopes))


def say(client: Client, path: str, body: Any = None, method: str = "post", **headers: str) -> Any:
    send = getattr(client, method)
    return send(f"/api/v1/clinic/{path}/", body or {}, content_type="application/json", headers=headers)


def updates() -> list[tuple[str, str, str]]:
    with acting_as(WORKER):
        return list(ClinicUpdate.objects.order_by("id").values_list("channel", "type", "outcome"))


def test_a_yes_takes_effect_at_once_and_a_repeat_changes_nothing(offer: Offer) -> None:
    client = program(offer.clinic_id, "offers:answer")
    for _ in range(2):
        answer = say(client, f"offers/{offer.pk}/accept")
        assert answer.status_code == 200, answer.content
        assert (answer.json()["outcome"], answer.json()["state"]) == ("applied", "accepted")
    with acting_as(WORKER):
        assert Offer.objects.get(pk=offer.pk).status == "accepted"
    assert updates() == [("api", "referral.accepted", "applied")] * 2


def test_a_no_needs_one_of_the_reasons(offer: Offer) -> None:
    client = program(offer.clinic_id, "offers:answer")
    bodies: tuple[Any, ...] = ({}, {"reason": ""}, {"reason": "mood"}, {"reason": "other", "x": 1}, {"reason": 7}, [])
    for body in bodies:
        assert say(client, f"offers/{offer.pk}/decline", body).status_code == 422
    answer = say(client, f"offers/{offer.pk}/decline", {"reason": "not_a_fit"})
    assert (answer.status_code, answer.json()["state"]) == (200, "rejected")


def test_an_answer_too_late_tells_the_state_and_keeps_nothing(offer: Offer, now: datetime) -> None:
    client = program(offer.clinic_id)
    clock.freeze(now + timedelta(hours=200))
    answer = say(client, f"offers/{offer.pk}/accept")
    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["state"]) == ("offer_not_open", "failed")
    assert updates() == []


def test_an_answer_to_another_version_tells_the_present_one(offer: Offer) -> None:
    answer = say(program(offer.clinic_id), f"offers/{offer.pk}/accept", {"expected_version": offer.version + 1})
    assert answer.status_code == 409
    problem = answer.json()
    assert (problem["code"], problem["state"], problem["version"]) == ("version_changed", "requested", offer.version)


def test_an_answer_to_the_version_that_was_read_takes_effect(offer: Offer) -> None:
    client = program(offer.clinic_id, "offers:read", "offers:answer")
    [read] = client.get("/api/v1/clinic/offers/").json()["results"]
    assert say(client, f"offers/{offer.pk}/receive", {"expected_version": read["version"]}).status_code == 200
    assert say(client, f"offers/{offer.pk}/accept", {"expected_version": read["version"]}).status_code == 200


def test_another_clinics_offer_is_unknown(offer: Offer) -> None:
    stranger = program(make_clinic(2).pk)
    unknown, foreign = (say(stranger, f"offers/{each}/accept") for each in (new_id(), offer.pk))
    assert unknown.status_code == foreign.status_code == 404
    assert unknown.content == foreign.content


def test_a_yes_without_a_place_closes_the_offer_and_says_so(offer: Offer) -> None:
    with acting_as(WORKER):
        Clinic.objects.filter(pk=offer.clinic_id).update(open_slots=0)
    answer = say(program(offer.clinic_id), f"offers/{offer.pk}/accept", **{"Idempotency-Key": "k"})
    assert answer.status_code == 409
    problem = answer.json()
    assert (problem["code"], problem["reason"], problem["state"]) == ("offer_not_taken", "no_slot_left", "rejected")
    with acting_as(WORKER):
        assert Offer.objects.get(pk=offer.pk).status == "rejected"


def test_the_clinics_staff_may_answer_too(offer: Offer) -> None:
    staff = signed_in(make_user("clinic_staff", clinic_id=offer.clinic_id))
    assert say(staff, f"offers/{offer.pk}/accept").status_code == 200
    member = signed_in(make_user("employee", employer_id=new_id(), member_id=new_id()))
    assert say(member, f"offers/{offer.pk}/accept").status_code == 403


def test_a_clinic_is_confirmed_what_it_accepted_at_the_api(offer: Offer) -> None:
    say(program(offer.clinic_id), f"offers/{offer.pk}/accept")
    run_workers()
    with acting_as(WORKER):
        assert Course.objects.filter(offer_id=offer.pk).count() == 1


def test_a_session_lives_by_what_its_clinic_says(now: datetime) -> None:
    course = make_course(clinic_id=make_clinic().pk)
    client = program(course.clinic_id, "sessions:write", "sessions:read")
    one, two, three = sessions_of(course)
    at = (one.starts_at + timedelta(hours=1)).isoformat()
    scheduled = say(client, f"sessions/{one.pk}/schedule", {"course_id": str(course.pk), "starts_at": at})
    assert (scheduled.status_code, scheduled.json()["state"]) == (200, "scheduled")
    shown = client.get(f"/api/v1/courses/{course.pk}/").json()["sessions"][0]
    assert shown["version"] == scheduled.json()["version"]
    stale = {"starts_at": one.starts_at.isoformat(), "expected_version": shown["version"] - 1}
    assert say(client, f"sessions/{one.pk}/reschedule", stale).json()["code"] == "version_changed"
    done = say(client, f"sessions/{one.pk}/complete", {"completed_at": now.isoformat()})
    assert (done.status_code, done.json()["state"]) == (200, "completed")
    again = say(client, f"sessions/{one.pk}/no-show")
    assert (again.status_code, again.json()["code"], again.json()["state"]) == (409, "session_final", "completed")
    assert say(client, f"sessions/{three.pk}/no-show").json()["state"] == "no_show"
    assert say(client, f"sessions/{two.pk}/cancel", {"reason": "ill"}).json()["state"] == "cancelled"


def test_free_places_are_set(now: datetime) -> None:
    clinic = make_clinic()
    client = program(clinic.pk, "capacity:write")
    assert say(client, "capacity", {"open_slots": 7}, "put").status_code == 200
    assert say(client, "capacity", {"open_slots": -1}, "put").status_code == 422
    with acting_as(WORKER):
        assert Clinic.objects.get(pk=clinic.pk).open_slots == 7


@pytest.mark.parametrize("path", ["offers/{}/accept", "sessions/{}/no-show"])
def test_what_the_address_names_is_not_named_again(now: datetime, path: str) -> None:
    client = program(make_clinic().pk)
    for name in ("offer_id", "session_id"):
        assert say(client, path.format(new_id()), {name: str(new_id())}).status_code == 422


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ("offers:read", "offers/{}/accept"),
        ("offers:answer", "sessions/{}/no-show"),
        ("sessions:write", "offers/{}/accept"),
        ("sessions:read", "sessions/{}/cancel"),
    ],
)
def test_another_scope_says_nothing(now: datetime, scope: str, path: str) -> None:
    answer = say(program(make_clinic().pk, scope), path.format(new_id()))
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
