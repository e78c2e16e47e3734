"""HR uploads, previews and applies eligibility files through the API."""

from functools import partial

from django.db import connection
from django.test.utils import CaptureQueriesContext

from benefits.eligibility.models import ChangeSet, StagedRow
from benefits.enrollment.models import Enrollment, Member
from tests.factories.benefits import hr_of, make_employer, make_hr, make_plan, signed_in
from tests.factories.census import ANA, URL, apply, many, sheet, upload
from tests.racing import at_once
from workers.emails.models import Email
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.outbox.draining import drain


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
    answers = at_once(*[lambda: apply(hr, file_id)] * 4)
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    with acting_as(WORKER):
        assert Member.objects.count() == Enrollment.objects.count() == 30


def test_two_files_at_once_name_each_person_once(committed_db, now):
    employer = make_employer()
    make_plan(employer.pk)
    hr = signed_in(make_hr(employer.pk))
    files = [upload(hr, sheet(*many(30)), kind).json()["id"] for kind in ("full", "changes")]
    answers = at_once(*[partial(apply, hr, file_id) for file_id in files])
    assert sorted(answer.json()["diff"]["added"] for answer in answers) == [0, 30]


def test_five_hundred_rows_take_as_many_statements_as_five(db, now):
    assert statements_of_applying(500) <= statements_of_applying(5) < 70


def statements_of_applying(count: int) -> int:
    """How many a first file of a new employer takes to be applied."""
    employer = make_employer(f"Of {count}")
    make_plan(employer.pk)
    hr = signed_in(make_hr(employer.pk))
    file_id = upload(hr, sheet(*many(count))).json()["id"]
    with CaptureQueriesContext(connection) as taken:
        assert apply(hr, file_id).status_code == 200
    return len(taken)


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
    drain("domain")
    with acting_as(WORKER):
        message = Email.objects.get().message
    assert message["to"] == "ana@home.example"
    assert message["subject"] == "Su cuenta está lista para activarse"


def test_change_sets_are_listed_by_door_and_status(hr):
    apply(hr, upload(hr, sheet(ANA)).json()["id"])
    upload(hr, sheet(*many(2)))
    listed = hr.get("/api/v1/change-sets/?status=staged&door=file").json()["results"]
    assert [(one["status"], one["door"], one["rows"]) for one in listed] == [("staged", "file", 2)]
    assert len(hr.get("/api/v1/change-sets/").json()["results"]) == 2
    assert hr.get("/api/v1/change-sets/?status=lost").status_code == 422
