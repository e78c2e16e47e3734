"""The directory through its doors."""

from dataclasses import asdict
from typing import Any

import pytest
from django.test import Client

from referrals.clinics.models import Clinic
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import cover, full_prices, make_clinic, make_member, new_clinic
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
        {"latitude": 40.75, "longitude": 73.99},
        {"latitude": 0, "longitude": 0},
        {"taxonomy": "26"},
        {"medical_overseer_npi": "1234567890"},
        {"medical_overseer": "Dr. Ruiz", "has_medical_overseer": False},
        {"organization_id": "x"},
        {"hours": [{"weekday": 1, "opens": "17:00", "closes": "09:00"}]},
        {"hours": [{"weekday": 9, "opens": "09:00", "closes": "17:00"}]},
        {"credentials": [{"kind": "diploma", "expires_on": "2030-01-01"}]},
        {"licence_expires_on": "9999-12-31"},
        {"accepts_from": "0001-01-01"},
        {"therapist_genders": ["any"]},
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


HERE = {"near": "10025"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "invalid"),
        ({"near": "x"}, "unknown_postal_code"),
        ({"near": "00000"}, "unknown_postal_code"),
        ({"near": "09001"}, "postal_code_without_place"),
        (HERE | {"route": "oral"}, "invalid"),
        (HERE | {"colour": "blue"}, "invalid"),
        (HERE | {"latitude": 40, "longitude": -74}, "invalid"),
        ({"latitude": 40}, "invalid"),
        ({"latitude": "nan", "longitude": 0}, "invalid"),
        ({"latitude": 0, "longitude": 0}, "outside_the_us"),
        ({"latitude": 48.86, "longitude": 2.35}, "outside_the_us"),
        ({"latitude": 40.75, "longitude": 73.99}, "outside_the_us"),
        (HERE | {"sort": "price"}, "invalid"),
        (HERE | {"sort": "match"}, "invalid"),
        (HERE | {"sort": "beauty"}, "invalid"),
        (HERE | {"max_price_cents": 5}, "invalid"),
        (HERE | {"max_distance_km": 0}, "invalid"),
    ],
    ids=str,
)
def test_a_search_that_makes_no_sense_is_refused(member: Client, query: Any, code: str) -> None:
    for url in (URL, f"{URL}facets/"):
        answer = member.get(url, query)
        assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_member_searches_by_a_point_a_price_a_day_and_a_name(member: Client) -> None:
    make_clinic(0, name="Bayleaf Therapy", latitude=40.60)
    make_clinic(1, name="Aurora", latitude=40.79, open_slots=0)
    point: dict[str, Any] = {"latitude": 40.80, "longitude": -73.97}
    assert [one["name"] for one in member.get(URL, point).json()["results"]] == ["Aurora", "Bayleaf Therapy"]
    soonest = member.get(URL, point | {"sort": "soonest"}).json()["results"]
    assert [(one["name"], one["soonest_opening_on"]) for one in soonest] == [
        ("Bayleaf Therapy", "2026-03-02"),
        ("Aurora", None),
    ]
    priced = member.get(URL, HERE | {"sort": "price", "kind": "dosing"}).json()["results"]
    assert [(one["list_price_cents"], one["own_price_cents"]) for one in priced] == [(10_000, 10_000)] * 2
    assert [one["name"] for one in member.get(URL, {"near": "90001", "name": "bayleef"}).json()["results"]] == [
        "Bayleaf Therapy"
    ]
    counts = member.get(f"{URL}facets/", HERE).json()
    assert counts["total"] == 2
    assert counts["facets"]["route"] == {"im": 2, "sublingual": 2}
    assert counts["facets"]["has_open_slots"] == {"true": 1}


def test_a_covered_member_is_shown_their_own_part(db: None) -> None:
    actor = make_member()
    cover(actor, employer_share_percent=80, covered_routes=["im"])
    make_clinic(routes=["im"])
    client = signed_in(make_user("employee", employer_id=actor.employer, member_id=actor.member))
    [found] = client.get(URL, HERE | {"sort": "price", "kind": "dosing"}).json()["results"]
    assert (found["list_price_cents"], found["own_price_cents"]) == (10_000, 2_000)


def test_pages_by_price_show_everybody_once(member: Client) -> None:
    for number in range(7):
        make_clinic(number, name=str(number), latitude=40.75)  # all at one place, for one price
    seen, url = [], f"{URL}?near=10025&page_size=3&sort=price&kind=dosing"
    while url:
        page = member.get(url).json()
        seen += [one["name"] for one in page["results"]]
        url = page["next"]
    assert sorted(seen) == [str(number) for number in range(7)]


def test_a_member_reads_one_clinic_and_nothing_of_its_keeping(member: Client) -> None:
    clinic = member.get(f"{URL}{make_clinic().pk}/").json()
    assert clinic["hours"][0] == {"weekday": 1, "opens": "09:00", "closes": "17:00"}
    assert {"kind": "dosing", "route": "im", "format": "individual", "cents": 10_000} in clinic["prices"]
    assert not {"open_slots", "credentials", "status", "credentials_valid_until"} & set(clinic)


def test_a_credential_that_is_given_twice_is_kept_once(operator: Client) -> None:
    twice = {"kind": "state_licence", "state": "NY", "expires_on": "2030-01-01", "issuer": "NYSED"}
    answer = post(operator, URL, body(credentials=[twice, twice]))
    assert answer.status_code == 201, answer.content
    kept = answer.json()["credentials"]
    assert [(one["kind"], one["issuer"]) for one in kept] == [("malpractice", ""), ("state_licence", "NYSED")]


def test_a_clinics_staff_sees_its_own_entry_with_its_credentials() -> None:
    clinic = make_clinic()
    staff = signed_in(make_user("clinic_staff", clinic_id=clinic.pk))
    entry = staff.get(f"{URL}{clinic.pk}/").json()
    assert [one["kind"] for one in entry["credentials"]] == ["malpractice", "state_licence"]
    assert entry["organization"]["name"] == clinic.name
    assert staff.patch(f"{URL}{clinic.pk}/", {"open_slots": 9}, content_type="application/json").status_code == 403


def test_an_operator_corrects_a_clinic_and_archives_it(operator: Client, member: Client) -> None:
    path = f"{URL}{make_clinic().pk}/"

    def patch(**changes: Any) -> Any:
        return operator.patch(path, changes, content_type="application/json")

    answer = patch(trauma_informed=True, open_slots=7, accepts_from="2026-04-01", taxonomy="261QM0850X")
    assert answer.status_code == 200, answer.content
    assert (answer.json()["trauma_informed"], answer.json()["open_slots"]) == (True, 7)
    assert patch(routes=["im", "iv"]).json()["code"] == "incomplete_prices"
    assert patch(npi=new_clinic(5).npi).status_code == 422
    assert patch(open_slots=-1).status_code == 422
    assert patch(street="2 Main Street").status_code == 422, "an address is changed as a whole"
    assert patch(medical_overseer_npi="1234567890").json()["code"] == "bad_npi"
    assert patch(organization_id=str(new_id())).status_code == 404
    moved = {"street": "9 Bay", "city": "San Francisco", "state": "CA", "postal_code": "94114"}
    assert patch(**moved, timezone="America/Los_Angeles").json()["latitude"] == pytest.approx(37.76, abs=0.05)
    assert patch(**moved, latitude=40.75, longitude=-73.99).status_code == 422
    assert operator.delete(path).status_code == 204
    assert operator.delete(path).status_code == 204
    assert patch(open_slots=1).json()["code"] == "clinic_archived"
    assert operator.get(path).json()["status"] == "archived"
    assert member.get(URL, {"near": "94114"}).json()["results"] == []


def test_an_operator_keeps_hours_credentials_and_organisations(operator: Client) -> None:
    path = f"{URL}{make_clinic().pk}/"
    week = {"hours": [{"weekday": 6, "opens": "10:00", "closes": "14:00"}]}
    answer = operator.put(f"{path}hours/", week, content_type="application/json")
    assert answer.json() == week["hours"]
    week["hours"] *= 2
    overlapping = operator.put(f"{path}hours/", week, content_type="application/json")
    assert (overlapping.status_code, overlapping.json()["code"]) == (422, "impossible_hours")
    new = {"kind": "dea", "identifier": "D-1", "expires_on": "2027-01-31"}
    added = post(operator, f"{path}credentials/", new)
    assert added.status_code == 201, added.content
    assert post(operator, f"{path}credentials/", new).json()["code"] == "credential_on_file"
    assert post(operator, f"{path}credentials/", new | {"expires_on": "9999-12-31"}).status_code == 422
    assert operator.get(path).json()["credentials_valid_until"] == "2027-01-31"
    withdrawal = f"/api/v1/clinic-credentials/{added.json()['id']}/withdraw/"
    assert post(operator, withdrawal, {}).json()["withdrawn_at"] is not None
    assert operator.get(path).json()["credentials_valid_until"] == "2030-01-01"
    group = post(operator, "/api/v1/organizations/", {"name": "Bay Group", "npi": new_clinic(9).npi})
    assert group.status_code == 201, group.content
    twin = post(operator, "/api/v1/organizations/", {"name": "Other", "npi": new_clinic(9).npi})
    assert twin.json()["code"] == "npi_taken"
    assert post(operator, "/api/v1/organizations/", {"name": "x", "npi": "1"}).json()["code"] == "bad_npi"
    second = post(operator, URL, body(organization_id=group.json()["id"], npi=new_clinic(3).npi))
    assert second.json()["organization"]["name"] == "Bay Group"
    listed = operator.get("/api/v1/organizations/").json()["results"]
    assert {one["name"] for one in listed} >= {"Bay Group", "Clinic 0"}


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
    price = {"kind": "dosing", "route": "im", "format": "individual", "cents": 1, "effective_on": "2030-01-01"}
    priced = post(client, f"{URL}{clinic.pk}/prices/", price)
    assert priced.status_code == (404 if role == "clinic_staff" else 403), "staff announces its own clinic's"
    endpoint = post(client, f"{URL}{clinic.pk}/endpoints/", {"url": "https://other.example/hooks"})
    assert endpoint.status_code == (404 if role == "clinic_staff" else 403), "staff adds to its own clinic"
    assert client.get(f"{URL}{clinic.pk}/").status_code == {"employee": 200, "clinic_staff": 404}.get(role, 403)
    assert client.put(f"{URL}{clinic.pk}/hours/", {}, content_type="application/json").status_code == 403
    assert post(client, f"{URL}{clinic.pk}/credentials/", {}).status_code == 403
    assert client.delete(f"{URL}{clinic.pk}/").status_code == 403
    assert post(client, "/api/v1/organizations/", {"name": "x"}).status_code == 403
    with acting_as(WORKER):
        assert Clinic.objects.count() == 1
