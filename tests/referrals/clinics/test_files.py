"""Our own directory as CSV: staged with errors by row, compared, applied once."""

from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from referrals.clinics import services
from referrals.clinics.models import Clinic, ClinicCredential, ClinicFile, ClinicHours, Organization, StagedClinic
from referrals.clinics.queries import price_of
from referrals.clinics.services import files
from referrals.npi_registry import services as npi_registry
from tests.factories.benefits import make_user, signed_in
from tests.factories.nppes import as_csv, provider, published
from tests.factories.referrals import OPERATOR, directory_file, npi
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture(autouse=True)
def _as_operator(db: None) -> Iterator[None]:
    with acting_as(OPERATOR):
        yield


def csv_of(*rows: dict[str, str]) -> bytes:
    return directory_file(rows=rows)


def upload(*rows: dict[str, str]) -> ClinicFile:
    file, _ = files.upload(content=csv_of(*rows), uploaded_by=new_id(), now=clock.now())
    return file


def apply(file: ClinicFile, *, skip: bool = False) -> ClinicFile:
    return files.apply(file_id=file.pk, skip_rows_with_errors=skip, now=clock.now())


def effects(file: ClinicFile) -> dict[str, int]:
    return {name: file.diff[name] for name in files.EFFECTS if file.diff[name]}


def test_a_new_clinic_is_signed_with_all_that_its_row_says() -> None:
    file = upload({})
    assert (file.rows, file.error_count, effects(file)) == (1, 0, {"added": 1})
    assert not Clinic.objects.exists(), "staging changes nothing"
    assert effects(apply(file)) == {"added": 1}
    [clinic] = Clinic.objects.select_related("organization")
    assert (clinic.organization.name, clinic.timezone, clinic.state) == ("Bay Group", "America/Los_Angeles", "CA")
    assert (clinic.languages, clinic.states_served, clinic.trauma_informed) == (["en", "es"], ["CA", "NV"], True)
    assert (clinic.has_medical_overseer, clinic.open_slots) == (True, 4)
    assert clinic.credentials_valid_until == date(2028, 1, 31)
    today = date(2026, 3, 2)
    assert price_of(clinic.pk, "dosing", "im", "individual", today) == 45_050
    assert price_of(clinic.pk, "dosing", "sublingual", "individual", today) == 40_000
    hours = ClinicHours.objects.order_by("weekday").values_list("weekday", "opens", "closes")
    assert len(hours) == 6
    assert hours[5] == (6, time(10), time(14))
    assert not StagedClinic.objects.exists()


def test_the_same_bytes_are_the_same_file_and_are_applied_once() -> None:
    first = upload({})
    again, is_new = files.upload(content=csv_of({}), uploaded_by=new_id(), now=clock.now())
    assert (again.pk, is_new) == (first.pk, False)
    apply(first)
    with pytest.raises(files.AlreadyApplied):
        apply(first)
    assert Clinic.objects.count() == 1


def test_only_what_differs_is_changed() -> None:
    apply(upload({}))
    [clinic] = Clinic.objects.all()
    services.update_capacity(clinic_id=clinic.pk, open_slots=1, now=clock.now())
    assert effects(upload({"city": "San Francisco "})) == {"unchanged": 1}, "its capacity is its own word"
    new = {
        "name": "Bayleaf House",
        "organization": "Other Group",
        "dosing_price": "500",
        "licence_expires_on": "2032-01-31",
        "hours": "mon 09:00-12:00",
        "open_slots": "9",
    }
    file = upload(new)
    assert effects(file) == {"changed": 1}
    assert file.diff["rows"]["changed"] == [2]
    apply(file)
    [clinic] = Clinic.objects.select_related("organization")
    assert (clinic.name, clinic.organization.name, clinic.open_slots) == ("Bayleaf House", "Other Group", 1)
    dosing = ("dosing", "im", "individual")
    assert price_of(clinic.pk, *dosing, date(2026, 3, 2)) == 45_050
    assert price_of(clinic.pk, *dosing, date(2026, 3, 3)) == 50_000
    assert ClinicCredential.objects.filter(clinic=clinic).count() == 4
    assert [(one.weekday, one.closes) for one in clinic.hours.all()] == [(1, time(12))]
    assert effects(upload(new | {"street": "1 Main Street "})) == {"unchanged": 1}


def test_a_route_that_is_added_has_a_price_at_once() -> None:
    apply(upload({}))
    apply(upload({"routes": "im;sublingual;iv"}))
    [clinic] = Clinic.objects.all()
    assert clinic.routes == ["im", "sublingual", "iv"]
    assert price_of(clinic.pk, "dosing", "iv", "individual", date(2026, 3, 2)) == 45_050


def test_clinics_of_one_organisation_share_it() -> None:
    apply(upload({}, {"npi": npi(2), "name": "Second"}, {"npi": npi(3), "name": "Third", "organization": ""}))
    assert sorted(Organization.objects.values_list("name", flat=True)) == ["Bay Group", "Third"]
    assert Clinic.objects.filter(organization__name="Bay Group").count() == 2


def test_an_archived_clinic_is_left_alone() -> None:
    apply(upload({}))
    services.archive(clinic_id=Clinic.objects.get().pk, now=clock.now())
    file = upload({"name": "Back again"})
    assert effects(file) == {"archived": 1}
    apply(file)
    assert Clinic.objects.get().name == "Bayleaf Therapy"


WRONG: list[tuple[dict[str, str], str, str]] = [
    ({"npi": "1234567890"}, "npi", "bad_npi"),
    ({"npi": ""}, "npi", "required"),
    ({"name": "=cmd()"}, "name", "formula"),
    ({"name": "a\tb"}, "name", "control_character"),
    ({"name": "x" * 201}, "name", "too_long"),
    ({"postal_code": "00001"}, "postal_code", "unknown_postal_code"),
    ({"postal_code": "10025"}, "postal_code", "unknown_postal_code"),
    ({"postal_code": "9411"}, "postal_code", "bad_postal_code"),
    ({"state": "California"}, "state", "bad_state"),
    ({"longitude": "122.4330"}, "latitude", "far_from_postal_code"),
    ({"latitude": "-122.4330", "longitude": "37.7587"}, "latitude", "bad_degrees"),
    ({"latitude": ""}, "longitude", "half_a_point"),
    ({"postal_code": "99634", "state": "AK", "latitude": "", "longitude": ""}, "timezone", "required"),
    ({"timezone": "Mars/Olympus"}, "timezone", "unknown_timezone"),
    ({"taxonomy": "12345"}, "taxonomy", "bad_taxonomy"),
    ({"languages": "english"}, "languages", "bad_list"),
    ({"routes": "oral"}, "routes", "unknown_code"),
    ({"routes": ""}, "routes", "required"),
    ({"formats": "individual;group"}, "group_consultation_price", "required"),
    ({"follow_up_price": ""}, "follow_up_price", "required"),
    ({"dosing_price": "-1"}, "dosing_price", "formula"),
    ({"dosing_price": "4.5"}, "dosing_price", "bad_price"),
    ({"dosing_price": "100001"}, "dosing_price", "bad_price"),
    ({"open_slots": "-1"}, "open_slots", "formula"),
    ({"open_slots": "10001"}, "open_slots", "bad_number"),
    ({"licence_expires_on": "2030-02-30"}, "licence_expires_on", "bad_date"),
    ({"licence_expires_on": "9999-12-31"}, "licence_expires_on", "bad_date"),
    ({"trauma_informed": "maybe"}, "trauma_informed", "not_yes_or_no"),
    ({"dea_expires_on": ""}, "dea_expires_on", "required"),
    ({"hours": "mon 17:00-09:00"}, "hours", "bad_hours"),
    ({"hours": "mon 09:00-13:00; mon 12:00-14:00"}, "hours", "bad_hours"),
    ({"hours": "someday 09:00-13:00"}, "hours", "bad_hours"),
    ({"hours": "mon 09:00+02:00-13:00"}, "hours", "bad_hours"),
]


@pytest.mark.parametrize(("wrong", "column", "code"), WRONG, ids=lambda one: str(one)[:40])
def test_what_is_wrong_is_told_by_row_and_column_with_a_remedy(wrong: Any, column: str, code: str) -> None:
    file = upload({"npi": npi(2)}, wrong)
    assert [(error["row"], error["column"], error["code"]) for error in file.errors if error["column"] == column] == [
        (3, column, code)
    ]
    assert all(len(error["message"]) > 12 for error in file.errors)
    assert effects(file) == {"added": 1}


def test_good_rows_go_ahead_only_when_told() -> None:
    file = upload({}, {"npi": npi(2), "routes": "oral"})
    with pytest.raises(files.RowsWithErrors):
        apply(file)
    assert not Clinic.objects.exists()
    apply(file, skip=True)
    assert [clinic.npi for clinic in Clinic.objects.all()] == [npi(1)]


def test_one_npi_in_two_rows_is_an_error_of_both() -> None:
    file = upload({}, {"name": "Twin"}, {"npi": npi(2)})
    assert [(error["row"], error["code"]) for error in file.errors] == [(2, "duplicate"), (3, "duplicate")]


def test_without_coordinates_it_lies_in_the_middle_of_its_zip_code() -> None:
    apply(upload({"latitude": "", "longitude": ""}))
    clinic = Clinic.objects.get()
    assert (clinic.latitude, clinic.longitude) == pytest.approx((37.76, -122.43), abs=0.05)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "missing_column"),
        (b"\xff\xfea", "not_text"),
        (b"npi\0", "not_text"),
        ("npi,naïve".encode("latin-1"), "encoding"),
        (b"npi,colour\n", "unknown_column"),
        (csv_of(), "empty"),
        (csv_of({"name": 'a"b'}).replace(b'a"b', b'"a"b'), "malformed"),
        (csv_of() + b"\r\n" + b"\r\n".join([b"x"] * 2_001), "too_many_rows"),
    ],
    ids=lambda one: str(one)[:20],
)
def test_a_file_that_cannot_be_read_is_not_kept(content: bytes, code: str) -> None:
    with pytest.raises(files.FileUnreadable) as refused:
        files.upload(content=content, uploaded_by=new_id(), now=clock.now())
    assert code in {error["code"] for error in refused.value.extra["errors"]}
    assert not ClinicFile.objects.exists()


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(files.FileTooLarge):
        files.upload(content=b"x" * (files.MOST_BYTES + 1), uploaded_by=new_id(), now=clock.now())


def test_what_the_registry_says_otherwise_is_told_and_stops_nothing(tmp_path: Path) -> None:
    known, other = npi(1), npi(2)
    register(tmp_path, provider(known, state="NY"))
    file = upload({"npi": known}, {"npi": other})
    assert [(one["row"], one["message"]) for one in file.diff["warnings"]] == [
        (2, f"{known} is registered in NY, not in CA."),
        (3, f"{other} is not in the NPI registry as it was imported: compare it with npiregistry.cms.hhs.gov."),
    ]
    assert effects(apply(file)) == {"added": 2}
    operator: Client = signed_in(make_user("operator"))
    clinic = Clinic.objects.get(npi=known)
    shown = operator.get(f"/api/v1/clinics/{clinic.pk}/").json()
    assert shown["warnings"] == [f"{known} is registered in NY, not in CA."]
    staff = signed_in(make_user("clinic_staff", clinic_id=clinic.pk))
    assert staff.get(f"/api/v1/clinics/{clinic.pk}/").json()["warnings"] == []


def register(folder: Path, *rows: list[str]) -> None:
    """The NPI registry as of a weekly file of these rows."""
    with acting_as(WORKER):
        npi_registry.import_file(published(folder, as_csv(rows)), has_everyone=False, now=clock.now())


def test_operators_upload_look_and_apply_through_the_door() -> None:
    operator: Client = signed_in(make_user("operator"))
    url = "/api/v1/clinic-files/"
    staged = operator.post(url, {"file": SimpleUploadedFile("clinics.csv", csv_of({}))})
    assert staged.status_code == 201, staged.content
    assert operator.post(url, {"file": SimpleUploadedFile("clinics.csv", csv_of({}))}).status_code == 200
    path = f"{url}{staged.json()['id']}/"
    assert operator.get(path).json()["diff"]["added"] == 1
    applied = operator.post(f"{path}apply/", {}, content_type="application/json")
    assert applied.json()["status"] == "applied"
    again = operator.post(f"{path}apply/", {}, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "already_applied")
    assert [one["status"] for one in operator.get(url).json()["results"]] == ["applied"]
    assert operator.get(f"{url}{new_id()}/").status_code == 404
    assert signed_in(make_user("operator", permissions=["finance"])).get(url).status_code == 403
