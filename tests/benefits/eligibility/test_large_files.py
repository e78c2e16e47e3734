"""Files that a worker reads."""

from benefits.eligibility.models import UploadedPart
from benefits.eligibility.services import uploading
from tests.factories.benefits import hr_of, make_employer, make_hr, make_plan, signed_in
from tests.factories.census import ANA, apply, many, sheet, upload
from workers.kernel.actor import acting_as
from workers.outbox.draining import drain


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

    assert drain("files") == 1
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
    drain("files")
    failed = hr.get(f"/api/v1/change-sets/{body['id']}/").json()
    assert (failed["status"], failed["refusal"]["code"]) == ("failed", "unreadable_file")
    assert [(error["row"], error["code"]) for error in failed["refusal"]["errors"]] == [(42, "malformed")]
    assert upload(hr, wrong).json()["id"] != body["id"]
