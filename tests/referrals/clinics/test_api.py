"""The directory through its doors."""

from dataclasses import asdict
from typing import Any

import pytest
from django.test import Client

from referrals.clinics.models import Clinic
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import full_prices, make_clinic, make_member, new_clinic
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
URL = "/api/v1/clinics/"


@pytest.fixture
def operator(db: None) -> Any:
    return signed_in(make_user("operator"))


@pytest.fixture
def member(db: None) -> Any:
    actor = make_member()
    return signed_in(make_user("employee", employer_id=actor.employer, member_id=actor.member))


def body(**changes: Any) -> Any:
    clinic = new_clinic()
    return asdict(clinic) | {"prices": [asdict(price) for price in full_prices(clinic)]} | changes


def post(client: Client, path: Any, data: Any) -> Any:
    return client.post(path, data, content_type="application/json")


def test_an_operator_signs_a_clinic_and_gives_it_an_endpoint(operator: Client, settings: Any) -> None:
    answer = post(operator, URL, body())
    assert answer.status_code == 201, answer.content
    clinic = answer.json()
    assert (clinic["npi"], clinic["status"], clinic["open_slots"]) == (new_clinic().npi, "active", 3)
    path = f"{URL}{clinic['id']}/endpoints/"
    endpoint = post(operator, path, {"url": "https://clinic.example/hooks"}).json()
    assert endpoint["answer_url"] == f"{settings.BASE_URL}/webhooks/clinics/{endpoint['id']}/"
    assert endpoint["signing_secret"].startswith("whsec_")
    assert endpoint["inbound_secret"].startswith("whsec_")
    assert endpoint["signing_secret"] != endpoint["inbound_secret"]
    assert post(operator, path, {"url": "https://clinic.example/hooks"}).json()["code"] == "endpoint_taken"
    assert post(operator, path, {"url": "ftp://clinic.example"}).json()["code"] == "bad_endpoint_url"


@pytest.mark.parametrize(
    "changes",
    [
        {"npi": "1234567890"},
        {"npi": ""},
        {"postal_code": "90210"},
        {"postal_code": "00000"},
        {"latitude": 91},
        {"latitude": "NaN"},
        {"timezone": "Mars/Olympus"},
        {"routes": ["oral"]},
        {"routes": []},
        {"open_slots": -1},
        {"licence_expires_on": "30.02.2030"},
        {"prices": []},
        {"prices": None},
        {"status": "suspended"},
        {"name": "a\x00b"},
    ],
)
def test_a_wrong_clinic_is_refused_and_not_stored(operator: Client, changes: Any) -> None:
    answer = post(operator, URL, body(**changes))
    assert answer.status_code == 422, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    with acting_as(WORKER):
        assert not Clinic.objects.exists()


def test_a_member_finds_the_nearest_first_by_every_facet(member: Client) -> None:
    make_clinic(0, name="far", latitude=40.60, routes=["iv"], languages=["en", "es"])
    make_clinic(1, name="near", latitude=40.79, protocols=["sequential"], open_slots=0)
    make_clinic(2, name="elsewhere", latitude=34.0, longitude=-118.0)

    def names(**query: Any) -> Any:
        return [one["name"] for one in member.get(URL, {"near": "10025"} | query).json()["results"]]

    assert names() == ["near", "far"]
    assert names(route="iv") == ["far"]
    assert names(protocol="sequential") == ["near"]
    assert names(language="es") == ["far"]
    assert names(format="group") == []
    assert names(max_distance_km=4) == ["near"]
    assert names(max_distance_km=5000) == ["near", "far", "elsewhere"]
    found = member.get(URL, {"near": "10025"}).json()["results"]
    assert [one["has_open_slots"] for one in found] == [False, True]
    assert "open_slots" not in found[0]
    assert found[0]["distance_km"] < found[1]["distance_km"]


def test_pages_follow_the_distance(member: Client) -> None:
    for number in range(5):
        make_clinic(number, name=str(number), latitude=40.70 - number * 0.02)
    names, url = [], f"{URL}?near=10025&page_size=2"
    while url:
        page = member.get(url).json()
        names += [one["name"] for one in page["results"]]
        url = page["next"]
    assert names == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    "query", [{}, {"near": "x"}, {"near": "10025", "route": "oral"}, {"near": "10025", "colour": "blue"}]
)
def test_a_search_that_makes_no_sense_is_refused(member: Client, query: Any) -> None:
    assert member.get(URL, query).status_code == 422


def test_a_suspended_clinic_is_not_found(operator: Client, member: Client) -> None:
    clinic = make_clinic()
    path = f"{URL}{clinic.pk}/"
    answer = operator.patch(path, {"status": "suspended"}, content_type="application/json")
    assert answer.json()["status"] == "suspended"
    assert member.get(URL, {"near": "10025"}).json()["results"] == []
    assert operator.get(path).json()["status"] == "suspended"


def test_a_price_is_changed_from_a_day_on(operator: Client) -> None:
    path = f"{URL}{make_clinic().pk}/prices/"
    price = {"kind": "dosing", "route": "im", "format": "individual", "cents": 1, "effective_on": "2026-05-01"}
    assert post(operator, path, price).status_code == 201
    assert post(operator, path, price).json()["code"] == "price_set"
    assert post(operator, f"{URL}{new_id()}/prices/", price).status_code == 404


@pytest.mark.parametrize(
    ("role", "ids"),
    [
        ("employee", {"employer_id": new_id(), "member_id": new_id()}),
        ("hr_admin", {"employer_id": new_id()}),
        ("clinic_staff", {"clinic_id": new_id()}),
        ("operator", {"permissions": ["finance"]}),
    ],
)
def test_only_operators_who_care_keep_the_directory(role: str, ids: Any) -> None:
    clinic = make_clinic()
    client = signed_in(make_user(role, **ids))
    assert post(client, URL, body()).status_code == 403
    assert post(client, f"{URL}{clinic.pk}/prices/", {}).status_code == 403
    endpoint = post(client, f"{URL}{clinic.pk}/endpoints/", {"url": "https://other.example/hooks"})
    assert endpoint.status_code == (404 if role == "clinic_staff" else 403), "staff adds to its own clinic"
    assert client.get(f"{URL}{clinic.pk}/").status_code == 403
    with acting_as(WORKER):
        assert Clinic.objects.count() == 1
