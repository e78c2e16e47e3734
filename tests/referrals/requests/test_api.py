"""Asking for care, following it, and taking it back."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from referrals.offers import services as offers
from referrals.requests import services
from referrals.requests.models import Request
from referrals.requests.rules import FINAL, RequestStatus, can_move
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import (
    cover,
    make_clinic,
    make_member,
    make_request,
    make_screening,
    offers_of,
    open_offer,
    run_workers,
    status_of,
)
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.kernel.ids import new_id

URL = "/api/v1/referrals/"


@pytest.fixture
def member(db: None, now: datetime) -> Any:
    """Somebody whose plan covers im and sublingual."""
    member = make_member()
    cover(member, covered_routes=["im", "sublingual"])
    return member


@pytest.fixture
def client(member: Actor) -> Any:
    return signed_in(make_user("employee", employer_id=member.employer, member_id=member.member))


def ask(client: Client, screening_id: Any, kind: str = "assisted_therapy", **preferences: Any) -> Any:
    body = {"screening_id": str(screening_id), "kind": kind, "preferences": preferences}
    return client.post(URL, body, content_type="application/json")


def test_a_member_asks_and_follows_the_request(member: Actor, client: Client) -> None:
    clinic = make_clinic()
    answer = ask(client, make_screening(member).pk, near="10001-1234", max_distance_km=30, routes=["im", "im"])
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["status"] == "open"
    run_workers()
    detail = client.get(f"{URL}{made['id']}/").json()
    assert detail["status"] == "offered"
    assert detail["preferences"]["near"] == "10001"
    assert detail["preferences"]["routes"] == ["im"]
    assert [step["status"] for step in detail["timeline"]] == ["open", "offered"]
    assert detail["next"]["by"] == "2026-03-03T15:00:00Z"
    assert "next one" in detail["next"]["text"]
    assert str(clinic.pk) not in str(detail)
    assert [one["id"] for one in client.get(URL).json()["results"]] == [made["id"]]


def test_without_a_place_it_is_the_members_home(member: Actor, client: Client) -> None:
    made = ask(client, make_screening(member).pk).json()
    assert client.get(f"{URL}{made['id']}/").json()["preferences"]["near"] == "10025"


def test_a_spanish_reader_is_told_in_spanish(db: None, now: datetime) -> None:
    member = make_member(language="es")
    client = signed_in(make_user("employee", employer_id=member.employer, member_id=member.member))
    request = make_request(member)
    assert client.get(f"{URL}{request.pk}/").json()["next"]["text"].startswith("Estamos eligiendo")


def test_a_second_request_is_answered_with_the_first(member: Actor, client: Client) -> None:
    screening = make_screening(member)
    first = ask(client, screening.pk).json()
    second = ask(client, screening.pk)
    assert second.status_code == 409
    refusal = second.json()
    assert (refusal["code"], refusal["request_id"]) == ("request_pending", first["id"])
    assert client.get(refusal["location"]).json()["id"] == first["id"]


def test_while_a_clinic_has_the_member_another_of_the_kind_waits(member: Actor, client: Client, now: datetime) -> None:
    make_clinic()
    screening = make_screening(member)
    first = ask(client, screening.pk).json()
    run_workers()
    offer = open_offer(Request(pk=first["id"]))
    with acting_as(WORKER):
        offers.accept(offer_id=offer.pk, clinic_id=offer.clinic_id, now=now)
    second = ask(client, screening.pk)
    assert (second.status_code, second.json()["state"]) == (409, "accepted")
    assert client.post(f"{URL}{first['id']}/withdraw/").json()["status"] == "withdrawn"
    assert ask(client, screening.pk).status_code == 201


def test_one_of_each_kind_may_stand(client: Client, member: Actor) -> None:
    cover_all = make_member()
    cover(cover_all)
    browser = signed_in(make_user("employee", employer_id=cover_all.employer, member_id=cover_all.member))
    screening = make_screening(cover_all)
    assert ask(browser, screening.pk).status_code == 201
    assert ask(browser, screening.pk, kind="infusion").status_code == 201
    assert ask(browser, screening.pk, kind="infusion").status_code == 409


def test_who_is_not_covered_is_told_so_and_what_to_do(now: datetime, db: None) -> None:
    stranger = make_member()
    browser = signed_in(make_user("employee", employer_id=stranger.employer, member_id=stranger.member))
    answer = ask(browser, make_screening(stranger).pk)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_covered")
    assert "not told that you asked" in answer.json()["detail"]
    with acting_as(WORKER):
        assert not Request.objects.exists()


@pytest.mark.parametrize(("kind", "routes"), [("assisted_therapy", ["iv"]), ("infusion", [])])
def test_a_route_that_the_plan_does_not_cover_is_told_with_those_it_does(
    member: Actor, client: Client, kind: str, routes: list[str]
) -> None:
    answer = ask(client, make_screening(member).pk, kind=kind, routes=routes)
    assert (answer.status_code, answer.json()["code"]) == (409, "route_not_covered")
    assert answer.json()["covered_routes"] == ["im", "sublingual"]


def test_a_clinic_that_is_not_in_the_directory_cannot_be_picked(member: Actor, client: Client) -> None:
    unknown = str(new_id())
    answer = ask(client, make_screening(member).pk, clinics=[unknown])
    assert (answer.status_code, answer.json()["code"], answer.json()["clinic_id"]) == (422, "unknown_clinic", unknown)


def test_wishes_change_by_patch_if_nobody_changed_them_since(member: Actor, client: Client) -> None:
    made = ask(client, make_screening(member).pk).json()
    url, wishes = f"{URL}{made['id']}/", {"max_distance_km": 12, "times": ["saturday"], "therapist_gender": "female"}
    changed = client.patch(url, {"preferences": wishes, "revision": 1}, content_type="application/json")
    assert changed.status_code == 200, changed.content
    assert changed.json()["revision"] == 2
    assert {name: changed.json()["preferences"][name] for name in wishes} == wishes
    late = client.patch(url, {"preferences": {}, "revision": 1}, content_type="application/json")
    assert (late.status_code, late.json()["code"], late.json()["revision"]) == (409, "changed_meanwhile", 2)
    client.post(f"{url}withdraw/")
    over = client.patch(url, {"preferences": {}}, content_type="application/json")
    assert (over.status_code, over.json()["state"]) == (409, "withdrawn")


def test_the_clinic_is_changed_by_post_once_there_is_one(member: Actor, client: Client, now: datetime) -> None:
    make_clinic()
    made = ask(client, make_screening(member).pk).json()
    url = f"{URL}{made['id']}/change-clinic/"
    early = client.post(url)
    assert (early.status_code, early.json()["state"]) == (409, "open")
    run_workers()
    offer = open_offer(Request(pk=made["id"]))
    with acting_as(WORKER):
        offers.accept(offer_id=offer.pk, clinic_id=offer.clinic_id, now=now)
    answer = client.post(url)
    assert answer.status_code == 201, answer.content
    follower = answer.json()
    assert (follower["status"], follower["clinic_id"]) == ("open", None)
    assert client.get(f"{URL}{follower['id']}/").json()["previous_id"] == made["id"]
    assert client.post(url).json()["state"] == "moved"
    assert client.post(f"{URL}{made['id']}/withdraw/").status_code == 409


def test_after_withdrawing_one_may_ask_again(member: Actor, client: Client) -> None:
    screening = make_screening(member)
    first = ask(client, screening.pk).json()
    for _ in range(2):
        assert client.post(f"{URL}{first['id']}/withdraw/").json()["status"] == "withdrawn"
    assert ask(client, screening.pk).status_code == 201
    steps = client.get(f"{URL}{first['id']}/").json()["timeline"]
    assert [step["status"] for step in steps] == ["open", "withdrawn"]


def test_an_urgent_screening_waits_for_a_person_and_then_goes_on(member: Actor, client: Client, now: datetime) -> None:
    make_clinic()
    made = ask(client, make_screening(member, suicidality=True).pk).json()
    assert made["status"] == "review"
    run_workers()
    with acting_as(WORKER):
        request = Request.objects.get(pk=made["id"])
    assert offers_of(request) == []
    operator = signed_in(make_user("operator"))
    listed = operator.get("/api/v1/operator/unplaced-referrals/").json()["results"]
    assert [(one["id"], one["status"]) for one in listed] == [(made["id"], "review")]
    released = operator.post(f"/api/v1/operator/referrals/{made['id']}/release/", {}, "application/json")
    assert released.json()["status"] == "open"
    run_workers()
    assert open_offer(request).summary["result_of_screening"] == "urgent"
    again = operator.post(f"/api/v1/operator/referrals/{made['id']}/release/", {}, "application/json")
    assert (again.status_code, again.json()["state"]) == (409, "offered")


def test_nobody_near_puts_it_on_the_operators_list(member: Actor, client: Client) -> None:
    make_clinic(latitude=45.0)
    made = ask(client, make_screening(member).pk, max_distance_km=20).json()
    run_workers()
    assert status_of(made["id"]) == "unplaced"
    listed = signed_in(make_user("operator")).get("/api/v1/operator/unplaced-referrals/").json()["results"]
    assert [one["id"] for one in listed] == [made["id"]]


def test_another_member_finds_nothing(member: Actor, client: Client) -> None:
    request = make_request(member)
    stranger = make_member()
    other = signed_in(make_user("employee", employer_id=stranger.employer, member_id=stranger.member))
    unknown = other.get(f"{URL}{new_id()}/")
    theirs = other.get(f"{URL}{request.pk}/")
    assert (theirs.status_code, theirs.content) == (404, unknown.content)
    assert other.post(f"{URL}{request.pk}/withdraw/").status_code == 404
    assert other.get(URL).json()["results"] == []
    assert ask(other, make_screening(member).pk).status_code == 404
    assert status_of(request.pk) == "open"


@pytest.mark.parametrize(
    "preferences",
    [
        {"near": "00000"},
        {"near": "x"},
        {"max_distance_km": 0},
        {"max_distance_km": 1e300},
        {"routes": ["oral"]},
        {"routes": "im"},
        {"protocol": "fast"},
        {"kind": "surgery"},
        {"therapist_gender": "any"},
        {"times": ["night"]},
        {"must": ["language"]},
        {"max_price_cents": -1},
        {"then_others": False},
        {"clinics": ["nearest"]},
        {"colour": "blue"},
    ],
)
def test_bad_wishes_are_refused_and_nothing_is_stored(member: Actor, client: Client, preferences: Any) -> None:
    answer = ask(client, make_screening(member).pk, **preferences)
    assert answer.status_code == 422, answer.content
    with acting_as(WORKER):
        assert not Request.objects.exists()


@pytest.mark.parametrize("screening_id", ["", "7", "01a1ff97-79b9-77d0-99ae-e46ff481359b"])
def test_an_unknown_screening_is_refused(client: Client, screening_id: Any) -> None:
    assert ask(client, screening_id).status_code in (404, 422)


def test_hr_and_operators_cannot_ask(member: Actor, now: datetime) -> None:
    for user in (make_user("hr_admin", employer_id=member.employer), make_user("operator")):
        client = signed_in(user)
        assert ask(client, make_screening(member).pk).status_code == 403
        assert client.get(URL).status_code == 403
    with acting_as(WORKER):
        assert not Request.objects.exists()


def test_only_drawn_moves_are_made(member: Actor, now: datetime) -> None:
    request = make_request(member)
    with acting_as(WORKER):
        locked = Request.locked(pk=request.pk)
        with pytest.raises(services.NotInThatState):
            services.move(locked, RequestStatus.COMPLETED, now=now)
    assert status_of(request.pk) == "open"


def test_a_withdrawn_request_stays_so() -> None:
    assert not [to for over in FINAL for to in RequestStatus if can_move(over, to)]
    assert all(can_move(status, "withdrawn") for status in RequestStatus if status not in FINAL)
