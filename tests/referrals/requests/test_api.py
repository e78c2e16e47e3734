"""Asking for care, following it, and taking it back."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from referrals.requests import services
from referrals.requests.models import Request
from referrals.requests.rules import RequestStatus, can_move
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
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.kernel.ids import new_id

URL = "/api/v1/referrals/"


@pytest.fixture
def member(db: None, now: datetime) -> Any:
    return make_member()


@pytest.fixture
def client(member: Actor) -> Any:
    return signed_in(make_user("employee", employer_id=member.employer, member_id=member.member))


def ask(client: Client, screening_id: Any, **preferences: Any) -> Any:
    body = {"screening_id": str(screening_id), "preferences": preferences}
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
    assert (second.json()["code"], second.json()["request_id"]) == ("request_pending", first["id"])


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
    released = operator.post(f"/api/v1/operator/referrals/{made['id']}/release/")
    assert released.json()["status"] == "open"
    run_workers()
    assert open_offer(request).summary["result_of_screening"] == "urgent"
    again = operator.post(f"/api/v1/operator/referrals/{made['id']}/release/")
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
            services.move(locked, RequestStatus.ACCEPTED, now=now)
    assert status_of(request.pk) == "open"


def test_a_withdrawn_request_stays_so() -> None:
    assert not [to for to in RequestStatus if can_move(RequestStatus.WITHDRAWN, to)]
    assert all(can_move(status, "withdrawn") for status in RequestStatus if status != "withdrawn")
