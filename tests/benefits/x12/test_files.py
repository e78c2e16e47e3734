"""834 files as HR sends them: judged, answered, staged, and applied like any change-set."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from benefits.eligibility import services as eligibility
from benefits.eligibility.models import ChangeSet, UploadedPart
from benefits.employers.models import Employer
from benefits.enrollment.models import Member
from benefits.x12 import services
from benefits.x12.models import X12File
from benefits.x12.services import uploading
from tests.factories.benefits import hr_of, make_employer, make_hr, make_person, make_plan, signed_in
from tests.factories.x12 import SSN, Loop, interchange, loop_of
from workers.kernel.actor import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ANA, BEN = make_person("E1"), make_person("E2", first_name="Ben")


@pytest.fixture
def employer() -> Employer:
    employer = make_employer()
    make_plan(employer.pk)
    return employer


@pytest.fixture
def hr(employer) -> Client:
    return signed_in(make_hr(employer.pk))


def send(hr: Client, content: bytes, **fields: Any) -> Any:
    file = SimpleUploadedFile("members.834", content)
    return hr.post("/api/v1/x12-files/", {"file": file, **fields})


def upload(employer: Employer, content: bytes, now: Any, **options: Any) -> X12File:
    with acting_as(hr_of(employer.pk)):
        file, _ = services.upload(
            employer_id=employer.pk, file=BytesIO(content), size=len(content), by=employer.pk, now=now, **options
        )
    return file


def acknowledgment(hr: Client, body: dict[str, Any]) -> list[list[str]]:
    response = hr.get(body["acknowledgment"])
    assert response.status_code == 200
    assert response["Content-Type"] == "application/edi-x12"
    assert "attachment" in response["Content-Disposition"]
    return [segment.strip().split("*") for segment in response.content.decode().split("~")]


def broken_date(loop: Loop) -> Loop:
    return [segment.replace("D8*19850517", "D8*19850231") for segment in loop]


def test_a_good_file_is_accepted_and_staged(hr, employer):
    body = send(hr, interchange(loop_of(ANA), loop_of(BEN))).json()
    assert body["status"] == "staged"
    assert (body["action"], body["verdict"], body["rows"], body["error_count"]) == ("2", "A", 2, 0)
    assert body["errors"] == []
    segments = acknowledgment(hr, body)
    assert ["ST", "999", "0001", "005010X231A1"] in segments or ["ST", "999", "0001", "005010X231"] in segments
    assert ["AK1", "BE", "1", "005010X220A1"] in segments
    assert ["IK5", "A"] in segments
    assert ["AK9", "A", "1", "1", "1"] in segments


def test_what_was_staged_is_applied_like_any_change_set(hr, employer, now):
    body = send(hr, interchange(loop_of(ANA), loop_of(BEN))).json()
    with acting_as(hr_of(employer.pk)):
        eligibility.apply(change_set_id=body["change_set_id"], by=employer.pk, now=now)
        numbers = set(Member.objects.values_list("employee_number", flat=True))
    assert numbers == {"E1", "E2"}


def test_the_same_file_again_is_the_same(hr):
    content = interchange(loop_of(ANA))
    first, again = send(hr, content), send(hr, content)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


def test_a_member_with_a_fault_waits_and_the_others_may_go_ahead(hr, employer):
    body = send(hr, interchange(broken_date(loop_of(ANA)), loop_of(BEN))).json()
    assert body["status"] == "staged"
    assert (body["rows"], body["error_count"]) == (2, 1)
    assert "DMG02" in {error["column"] for error in body["errors"]}
    assert body["verdict"] in ("E", "R")
    segments = acknowledgment(hr, body)
    assert ["IK3", "DMG"] in [segment[:2] for segment in segments]


def test_the_acknowledgment_repeats_no_value(hr):
    loops = [broken_date(loop_of(ANA)), [s.replace("*CA*", "*CALIFORNIA*") for s in loop_of(BEN)]]
    text = "\n".join("*".join(segment) for segment in acknowledgment(hr, send(hr, interchange(*loops)).json()))
    assert "IK4" in text
    assert "19850231" not in text
    assert "CALIFORNIA" not in text


def test_our_own_clock_and_control_numbers_stand_in_the_acknowledgment(hr):
    segments = acknowledgment(hr, send(hr, interchange(loop_of(ANA))).json())
    isa = segments[0]
    assert (isa[0], isa[6].strip(), isa[8].strip()) == ("ISA", "BENEFIT", "EMPLOYER")
    assert (isa[9], isa[10]) == ("260302", "1500")
    [gs] = [segment for segment in segments if segment[0] == "GS"]
    assert gs[1:5] == ["FA", "BENEFIT", "EMPLOYER", "20260302"]
    [ge] = [segment for segment in segments if segment[0] == "GE"]
    [iea] = [segment for segment in segments if segment[0] == "IEA"]
    assert ge[2] == gs[6]
    assert iea[2] == isa[13]


@pytest.mark.parametrize(
    ("change", "column", "code"),
    [
        (lambda c: c.replace(b"GE*1*1", b"GE*2*1"), "GE01", "control_count"),
        (lambda c: c.replace(b"IEA*1*000000001", b"IEA*1*000000002"), "IEA02", "control_number"),
        (lambda c: c.replace(b"QTY*TO*1", b"QTY*TO*2"), "QTY02", "wrong_total"),
    ],
)
def test_a_file_that_may_not_be_whole_is_taken_in_by_nothing(hr, change, column, code, employer):
    body = send(hr, change(interchange(loop_of(ANA), header=["QTY*TO*1"]))).json()
    assert body["status"] == "failed"
    assert (column, code) in [(error["column"], error["code"]) for error in body["refusal"]["errors"]]
    assert body["rows"] == 0


def test_a_wrong_segment_count_is_refused_and_the_999_says_so(hr, employer):
    body = send(hr, interchange(loop_of(ANA), segment_count=9)).json()
    assert body["status"] == "failed"
    assert ("SE01", "control_count") in [(e["column"], e["code"]) for e in body["refusal"]["errors"]]
    assert body["verdict"] == "R"
    segments = acknowledgment(hr, body)
    assert ["IK5", "R"] in [segment[:2] for segment in segments]
    assert "4" in next(segment for segment in segments if segment[0] == "IK5")[2:]
    with acting_as(hr_of(employer.pk)):
        assert not Member.objects.exists()
        assert not UploadedPart.objects.exists()


def test_a_file_that_was_cut_off_is_taken_in_by_nothing(hr):
    content = interchange(loop_of(ANA), loop_of(BEN))
    body = send(hr, content[: content.index(b"SE*")]).json()
    assert body["status"] == "failed"
    assert "cut_off" in {error["code"] for error in body["refusal"]["errors"]}


@pytest.mark.parametrize("content", [b"", b"employee_number\nE1\n", b"ISA*00*", bytes(range(256)), b"PK\3\4" * 99])
def test_what_is_no_834_is_refused_at_once_and_not_kept(hr, content, employer):
    response = send(hr, content)
    assert response.status_code == 422
    problem = response.json()
    assert problem["code"] == "unreadable_file"
    assert problem["errors"][0]["message"]
    with acting_as(hr_of(employer.pk)):
        assert not ChangeSet.objects.exists()


def test_a_segment_the_guide_does_not_know_is_named(hr):
    body = send(hr, interchange([*loop_of(ANA)[:-2], "ZZZ*1", *loop_of(ANA)[-2:]], loop_of(BEN))).json()
    assert body["error_count"] == 1
    assert any(error["column"].startswith("ZZZ") for error in body["errors"])


def test_an_unknown_code_is_named_by_its_element(hr):
    loop = [segment.replace("INS*Y*18*021*28", "INS*Y*18*021*ZZ") for segment in loop_of(ANA)]
    body = send(hr, interchange(loop)).json()
    assert ("INS04", 7) in [(error["column"], error["row"]) for error in body["errors"]]


def test_a_file_that_verifies_is_compared_and_cannot_be_applied(hr, employer, now):
    body = send(hr, interchange(loop_of(ANA, maintenance="030"), action="4")).json()
    assert body["is_only_compared"]
    assert body["status"] == "discarded"
    with acting_as(hr_of(employer.pk)):
        assert ChangeSet.objects.get().diff["added"] == 1
        with pytest.raises(Exception, match="cannot be applied"):
            eligibility.apply(change_set_id=body["change_set_id"], by=employer.pk, now=now)


def test_a_test_file_cannot_be_applied(hr):
    assert send(hr, interchange(loop_of(ANA), usage="T")).json()["status"] == "discarded"


def test_a_replacement_names_everybody_and_absence_ends_cover_only_when_asked(hr, employer):
    kept = send(hr, interchange(loop_of(ANA, maintenance="030"), action="RX")).json()
    assert kept["status"] == "staged"
    with acting_as(hr_of(employer.pk)):
        assert ChangeSet.objects.get(pk=kept["change_set_id"]).kind == "full"
    opted = send(hr, interchange(loop_of(BEN, maintenance="030"), action="RX"), ends_absent="true").json()
    assert opted["status"] == "staged"
    refused = send(hr, interchange(loop_of(ANA)), ends_absent="true")
    assert (refused.status_code, refused.json()["code"]) == (422, "changes_do_not_end_absent")


def test_a_large_file_is_read_by_a_worker(hr, employer, monkeypatch, now):
    monkeypatch.setattr(uploading, "AT_ONCE", 10)
    response = send(hr, interchange(loop_of(ANA)))
    assert response.status_code == 202
    body = response.json()
    assert (body["status"], body["acknowledgment"]) == ("reading", None)
    assert body["progress"] == {"phase": "judging", "rows": 0, "percent": 0}
    assert hr.get(f"/api/v1/x12-files/{body['id']}/acknowledgment/").status_code == 404
    with acting_as(hr_of(employer.pk)):
        steps = [services.read(file_id=body["id"], now=now) for _ in range(4)]
        assert steps == [True, False, False, False]  # judged, staged; a job that comes again changes nothing
    after = hr.get(f"/api/v1/x12-files/{body['id']}/").json()
    assert (after["status"], after["rows"], after["progress"]) == ("staged", 1, None)


def test_an_unreadable_large_file_says_why(hr, employer, monkeypatch, now):
    monkeypatch.setattr(uploading, "AT_ONCE", 10)
    content = interchange(loop_of(ANA))
    body = send(hr, content[: content.index(b"HD*")]).json()
    with acting_as(hr_of(employer.pk)):
        while services.read(file_id=body["id"], now=now):
            pass
    after = hr.get(f"/api/v1/x12-files/{body['id']}/").json()
    assert after["status"] == "failed"
    assert after["refusal"]["code"] == "unreadable_file"


def test_another_employers_file_is_unknown(hr, employer):
    body = send(hr, interchange(loop_of(ANA))).json()
    stranger = signed_in(make_hr(make_employer().pk))
    for path in (f"/api/v1/x12-files/{body['id']}/", body["acknowledgment"]):
        assert stranger.get(path).status_code == 404
    assert stranger.get("/api/v1/x12-files/").json()["results"] == []


@pytest.mark.parametrize("fault", ["", "DMG"])
def test_a_social_security_number_is_stored_nowhere(hr, employer, fault, caplog):
    loop = loop_of(ANA, extra=[f"REF*SY*{SSN}"])
    loop = [segment.replace("NM1*IL*1*García*Ana", f"NM1*IL*1*García*Ana****34*{SSN}") for segment in loop]
    loop = broken_date(loop) if fault else loop
    body = send(hr, interchange(loop)).json()
    assert SSN not in str(body)
    assert SSN not in caplog.text
    with acting_as(hr_of(employer.pk)), connection.cursor() as cursor:
        for table in ("benefits_changeset", "benefits_stagedrow", "benefits_uploadedpart", "benefits_x12_file"):
            cursor.execute(f"SELECT coalesce(string_agg(row::text, ''), '') FROM {table} AS row")  # noqa: S608 - ours
            assert SSN not in cursor.fetchone()[0]


def test_members_of_a_change_file_come_back_and_go(hr, employer, now):
    def apply(content: bytes) -> None:
        body = send(hr, content).json()
        assert body["error_count"] == 0
        with acting_as(hr_of(employer.pk)):
            eligibility.apply(change_set_id=body["change_set_id"], by=employer.pk, now=now)

    def status() -> str:
        with acting_as(hr_of(employer.pk)):
            return str(Member.objects.get(employee_number="E1").employment_status)

    apply(interchange(loop_of(ANA), control="000000001"))
    gone = make_person("E1", end_date=now.date())
    apply(interchange(loop_of(gone, maintenance="024"), control="000000002"))
    assert status() == "ended"
    apply(interchange(loop_of(ANA, maintenance="025"), control="000000003"))
    assert status() == "active"
