"""HR uploads, previews and applies eligibility files through the API."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from benefits.eligibility.models import ChangeSet, StagedRow, UploadedPart
from benefits.eligibility.rules.limits import MOST_BYTES
from benefits.eligibility.services import staging, uploading
from benefits.enrollment.models import Enrollment, Member
from tests.factories.benefits import hr_of, make_employer, make_hr, make_plan, signed_in
from workers.emails.models import Email
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.outbox.draining import drain

URL = "/api/v1/eligibility-files/"
COLUMNS = (  # noqa: SIM905 - one line of a file
    "employee_number,first_name,last_name,date_of_birth,work_email,personal_email,postal_code,state,hire_date,"
    "language,timezone,employment_status,end_date"
).split(",")
ANA = {
    "employee_number": "E1",
    "first_name": "Ana",
    "last_name": "Núñez",
    "date_of_birth": "1985-05-17",
    "personal_email": "ana@home.example",
    "postal_code": "94110",
    "state": "CA",
    "hire_date": "2020-03-01",
    "language": "es",
    "employment_status": "active",
}


def sheet(*rows, encoding="utf-8", line_end="\n"):
    """CSV bytes of rows given as {column: cell}."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator=line_end)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def many(count):
    return [ANA | {"employee_number": f"E{i}", "personal_email": f"e{i}@home.example"} for i in range(count)]


def upload(client, content, kind="full"):
    return client.post(URL, {"file": SimpleUploadedFile("census.csv", content), "kind": kind})


def apply(client, file_id, **body):
    return client.post(f"{URL}{file_id}/apply/", body, content_type="application/json")


@pytest.fixture
def employer(db, now):
    employer = make_employer()
    make_plan(employer.pk)
    return employer


@pytest.fixture
def hr(employer):
    return signed_in(make_hr(employer.pk))


def test_a_file_is_previewed_and_then_applied(hr, now):
    staged = upload(hr, sheet(ANA, ANA | {"employee_number": "E2"}, encoding="utf-8-sig", line_end="\r\n"))
    assert staged.status_code == 201, staged.content
    body = staged.json()
    assert (body["status"], body["rows"], body["errors"]) == ("staged", 2, [])
    assert body["diff"]["added"] == 2
    assert body["diff"]["rows"]["added"] == [2, 3]
    assert hr.get("/api/v1/members/").json()["results"] == []

    applied = apply(hr, body["id"])
    assert (applied.status_code, applied.json()["status"]) == (200, "applied")
    members = hr.get("/api/v1/members/").json()["results"]
    assert [member["last_name"] for member in members] == ["Núñez", "Núñez"]
    assert members[0]["timezone"] == "America/Los_Angeles"
    assert members[0]["enrollments"][0]["starts_on"] == "2026-01-01"
    assert hr.get(f"{URL}{body['id']}/").json() == applied.json()


def test_errors_name_row_column_and_remedy(hr):
    rows = [
        ANA | {"employee_number": "E1", "date_of_birth": "1985-02-31"},
        ANA | {"employee_number": ""},
        ANA | {"employee_number": "E3", "first_name": '=HYPERLINK("x")'},
        ANA | {"employee_number": "E4"},
        ANA | {"employee_number": "E4", "state": "ZZ"},
        ANA | {"employee_number": "E6", "employment_status": "ended"},
        ANA | {"employee_number": "E7"},
    ]
    body = upload(hr, sheet(*rows)).json()
    found = [(error["row"], error["column"], error["code"]) for error in body["errors"]]
    assert found == [
        (2, "date_of_birth", "bad_date"),
        (3, "employee_number", "required"),
        (4, "first_name", "formula"),
        (5, "employee_number", "duplicate"),
        (6, "state", "unknown_state"),
        (6, "employee_number", "duplicate"),
        (7, "end_date", "required"),
    ]
    assert "row 6" in body["errors"][3]["message"]
    assert body["diff"]["rows"]["added"] == [8]

    refused = apply(hr, body["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "rows_with_errors")
    assert apply(hr, body["id"], skip_rows_with_errors=True).status_code == 200
    assert [m["employee_number"] for m in hr.get("/api/v1/members/").json()["results"]] == ["E7"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "missing_column"),
        (b"\x89PNG\r\n\x1a\n\0", "not_text"),
        (sheet(ANA).decode().encode("latin-1"), "encoding"),
        ("name,first\n".encode("utf-16"), "no_header"),
        (sheet(), "empty"),
        (sheet(ANA).replace(b"state", b"county", 1), "unknown_column"),
        (sheet(ANA).replace(b"state", b"hire_date", 1), "duplicate_column"),
        (sheet(ANA).replace(b",", b"^"), "no_header"),
        (sheet(ANA).replace(b"timezone", b"SSN", 1), "ssn_column"),
        (sheet(ANA) + b'"E2,Bob\n', "malformed"),
    ],
)
def test_what_is_no_census_is_refused_and_not_kept(hr, employer, content, code):
    answer = upload(hr, content)
    assert answer.status_code == 422
    assert code in {error["code"] for error in answer.json()["errors"]}
    with acting_as(WORKER):
        assert not ChangeSet.objects.exists()


@pytest.mark.parametrize("announced", [MOST_BYTES + 200_000, 10**9, 10**30])
def test_a_file_of_a_gigabyte_is_refused_by_its_announced_length(hr, announced):
    """Nothing of it is read: the body here is a few bytes."""
    kind = "multipart/form-data; boundary=x"
    answer = hr.generic("POST", URL, b"--x", content_type=kind, CONTENT_LENGTH=str(announced))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_file_just_over_the_limit_is_refused(hr, monkeypatch):
    monkeypatch.setattr(uploading, "MOST_BYTES", 100)
    answer = upload(hr, sheet(ANA))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_ten_million_rows_are_refused_at_the_first_too_many(hr, monkeypatch):
    monkeypatch.setattr(staging, "MOST_ROWS", 3)
    answer = upload(hr, sheet(*many(4)))
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_rows")
    with acting_as(WORKER):
        assert not ChangeSet.objects.exists()


def test_the_same_file_again_answers_the_first_record(hr):
    first, second = upload(hr, sheet(ANA)), upload(hr, sheet(ANA))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    with acting_as(WORKER):
        assert ChangeSet.objects.count() == 1


def test_it_is_applied_once(hr, employer):
    file_id = upload(hr, sheet(ANA)).json()["id"]
    apply(hr, file_id)
    again = apply(hr, file_id)
    assert (again.status_code, again.json()["code"]) == (409, "already_applied")


def test_two_applies_at_once_apply_once(committed_db, now):
    employer = make_employer()
    make_plan(employer.pk)
    hr = signed_in(make_hr(employer.pk))
    file_id = upload(hr, sheet(*many(30))).json()["id"]

    def apply_in_thread(_):
        try:
            return apply(hr, file_id).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(apply_in_thread, range(4))) == [200, 409, 409, 409]
    with acting_as(WORKER):
        assert Member.objects.count() == Enrollment.objects.count() == 30


def test_two_files_at_once_name_each_person_once(committed_db, now):
    employer = make_employer()
    make_plan(employer.pk)
    hr = signed_in(make_hr(employer.pk))
    files = [upload(hr, sheet(*many(30)), kind).json()["id"] for kind in ("full", "changes")]

    def apply_in_thread(file_id):
        try:
            return apply(hr, file_id).json()["diff"]["added"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(apply_in_thread, files)) == [0, 30]


def test_five_hundred_rows_take_a_handful_of_statements(hr, employer):
    file_id = upload(hr, sheet(*many(500))).json()["id"]
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert apply(hr, file_id).status_code == 200
    assert len(few) < 60, [query["sql"][:90] for query in few]


def test_what_changed_since_the_preview_counts(hr):
    preview = upload(hr, sheet(ANA | {"last_name": "Soto"})).json()
    other = upload(hr, sheet(ANA)).json()
    apply(hr, other["id"])
    assert preview["diff"]["added"] == 1
    done = apply(hr, preview["id"]).json()["diff"]
    assert (done["added"], done["changed"]) == (0, 1)


def test_absence_ends_nobody(hr):
    apply(hr, upload(hr, sheet(*many(2))).json()["id"])
    body = upload(hr, sheet(*many(1))).json()
    assert (body["diff"]["absent"], body["diff"]["absent_employee_numbers"]) == (1, ["E1"])
    apply(hr, body["id"])
    assert {m["employment_status"] for m in hr.get("/api/v1/members/").json()["results"]} == {"active"}


def test_without_a_plan_nothing_is_applied(db, now):
    employer = make_employer()
    hr = signed_in(make_hr(employer.pk))
    file_id = upload(hr, sheet(ANA)).json()["id"]
    assert apply(hr, file_id).json()["code"] == "no_plan"
    with acting_as(WORKER):
        assert not Member.objects.exists()
    make_plan(employer.pk)
    assert apply(hr, file_id).status_code == 200


def test_addresses_do_not_stay_in_the_stage(hr, employer):
    apply(hr, upload(hr, sheet(ANA)).json()["id"])
    with acting_as(hr_of(employer.pk)):
        assert not StagedRow.objects.exists()


def test_another_employers_file_answers_like_an_unknown_one(hr, now):
    file_id = upload(hr, sheet(ANA)).json()["id"]
    other_employer = make_employer()
    other = signed_in(make_hr(other_employer.pk))
    for path, body in (("", None), ("apply/", {})):
        answers = []
        for id_ in (file_id, new_id()):
            url = f"{URL}{id_}/{path}"
            answers.append(other.get(url) if body is None else other.post(url, body, content_type="application/json"))
        assert [a.status_code for a in answers] == [404, 404]
        assert answers[0].content == answers[1].content


def test_the_new_members_are_invited_at_their_own_address(committed_db, now):
    employer = make_employer()
    make_plan(employer.pk)
    hr = signed_in(make_hr(employer.pk))
    rows = [ANA | {"work_email": "ana@work.example"}, ANA | {"employee_number": "E2", "personal_email": ""}]
    apply(hr, upload(hr, sheet(*rows)).json()["id"])
    assert drain("domain") == 2
    with acting_as(WORKER):
        message = Email.objects.get().message
    assert message["to"] == "ana@home.example"
    assert message["subject"] == "Su cuenta está lista para activarse"


def test_a_large_file_is_read_by_a_worker_that_tells_how_far_it_is(committed_db, now, monkeypatch):
    monkeypatch.setattr(uploading, "AT_ONCE", 1_000)
    monkeypatch.setattr(uploading, "PART", 700)
    employer = make_employer()
    make_plan(employer.pk)
    hr = signed_in(make_hr(employer.pk))
    asked = upload(hr, sheet(*many(40), ANA | {"employee_number": ""}))
    body = asked.json()
    assert (asked.status_code, body["status"], body["diff"]) == (202, "reading", None)
    assert body["progress"] == {"phase": "reading", "rows": 0, "percent": 0}
    assert upload(hr, sheet(*many(40), ANA | {"employee_number": ""})).json()["id"] == body["id"]
    early = apply(hr, body["id"])
    assert (early.status_code, early.json()["code"], early.json()["state"]) == (409, "not_staged", "reading")

    assert drain("domain") == 1
    read = hr.get(asked.headers["Location"]).json()
    assert (read["status"], read["rows"], read["error_count"], read["diff"]["added"]) == ("staged", 41, 1, 40)
    with acting_as(hr_of(employer.pk)):
        assert not UploadedPart.objects.exists()
    assert apply(hr, body["id"], skip_rows_with_errors=True).status_code == 200


def test_what_a_worker_cannot_read_says_why(committed_db, now, monkeypatch):
    monkeypatch.setattr(uploading, "AT_ONCE", 1_000)
    hr = signed_in(make_hr(make_employer().pk))
    wrong = sheet(*many(40)) + b'"E2,Bob\n'
    body = upload(hr, wrong).json()
    drain("domain")
    failed = hr.get(f"/api/v1/change-sets/{body['id']}/").json()
    assert (failed["status"], failed["refusal"]["code"]) == ("failed", "unreadable_file")
    assert [(error["row"], error["code"]) for error in failed["refusal"]["errors"]] == [(42, "malformed")]
    assert upload(hr, wrong).json()["id"] != body["id"]


def test_a_large_file_with_a_wrong_header_is_refused_at_once(hr, monkeypatch):
    monkeypatch.setattr(uploading, "AT_ONCE", 1_000)
    answer = upload(hr, sheet(*many(40)).replace(b"state", b"county", 1))
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable_file")


def test_columns_are_remembered_from_file_to_file(hr):
    first = hr.get(f"{URL}columns/")
    assert (first.json(), first.headers["ETag"]) == ({"columns": {}, "version": 0}, '"0"')
    theirs = sheet(ANA).replace(b"employee_number", b"Emp. No.").replace(b"end_date", b"Cost centre")
    assert upload(hr, theirs).status_code == 422

    said = {"columns": {"Emp. No.": "employee_number", "cost centre": ""}}
    saved = hr.put(f"{URL}columns/", said, "application/json", headers={"If-Match": '"0"'})
    assert (saved.status_code, saved.headers["ETag"]) == (200, '"1"')
    assert upload(hr, theirs).json()["diff"]["added"] == 1


@pytest.mark.parametrize(
    ("tag", "status", "code"),
    [(None, 428, "precondition_required"), ('"0"', 412, "changed_meanwhile"), ('"nonsense"', 412, "changed_meanwhile")],
)
def test_of_two_admins_who_name_columns_one_is_told(hr, tag, status, code):
    said = {"columns": {"no": "employee_number"}}
    hr.put(f"{URL}columns/", said, "application/json", headers={"If-Match": '"0"'})
    other = {"columns": {"no": ""}}
    answer = hr.put(f"{URL}columns/", other, "application/json", headers={"If-Match": tag} if tag else {})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert hr.get(f"{URL}columns/").json()["columns"] == said["columns"]


def test_a_column_of_ours_that_there_is_not_is_refused(hr):
    said = {"columns": {"no": "badge"}}
    answer = hr.put(f"{URL}columns/", said, "application/json", headers={"If-Match": '"0"'})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "no")


def test_rejects_are_corrected_and_uploaded_alone(hr):
    rows = [ANA, ANA | {"employee_number": "E2", "state": "ZZ", "first_name": "=cmd"}, ANA | {"employee_number": "E3"}]
    body = upload(hr, sheet(*rows, ANA | {"employee_number": "E3", "first_name": "Bo"})).json()
    apply(hr, body["id"], skip_rows_with_errors=True)
    file = hr.get(f"/api/v1/change-sets/{body['id']}/rejects/")
    assert (file.status_code, file.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    content = file.getvalue()
    rejects = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [(r["rejected_row"], r["employee_number"], r["first_name"]) for r in rejects] == [
        ("3", "E2", "'=cmd"),
        ("4", "E3", "Ana"),
        ("5", "E3", "Bo"),
    ]
    assert "two letters of a US state" in rejects[0]["rejected_because"]
    assert "row 5" in rejects[1]["rejected_because"]

    again = upload(hr, content, "changes").json()
    assert {(e["row"], e["column"], e["code"]) for e in again["errors"]} >= {
        (2, "state", "unknown_state"),
        (2, "first_name", "formula"),
    }
    rejects[0] |= {"state": "NY", "first_name": "Cy"}
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, rejects[0])
    writer.writeheader()
    writer.writerows(rejects[:2])
    mended = upload(hr, out.getvalue().encode(), "changes").json()
    assert (mended["error_count"], mended["diff"]["added"]) == (0, 2)
    apply(hr, mended["id"])
    assert {m["employee_number"] for m in hr.get("/api/v1/members/").json()["results"]} == {"E1", "E2", "E3"}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_template_can_be_filled_and_sent(hr, form):
    file = hr.get(f"{URL}template/?as={form}")
    assert f'filename="census.{form}"' in file.headers["Content-Disposition"]
    assert upload(hr, file.getvalue()).json()["diff"]["added"] == 1
    assert hr.get(f"{URL}template/?as=pdf").status_code == 422


def test_change_sets_are_listed_by_door_and_status(hr):
    apply(hr, upload(hr, sheet(ANA)).json()["id"])
    upload(hr, sheet(*many(2)))
    listed = hr.get("/api/v1/change-sets/?status=staged&door=file").json()["results"]
    assert [(one["status"], one["door"], one["rows"]) for one in listed] == [("staged", "file", 2)]
    assert len(hr.get("/api/v1/change-sets/").json()["results"]) == 2
    assert hr.get("/api/v1/change-sets/?status=lost").status_code == 422
