"""What HR reads: headcounts and its own files, nothing about care."""

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories.benefits import make_employer, make_hr, make_member, make_plan, make_user, signed_in
from workers.kernel.ids import new_id


def test_headcounts_of_few_are_not_told(db, now):
    employer = make_employer()
    make_plan(employer.pk, name="Standard")
    make_member(employer.pk)
    page = signed_in(make_hr(employer.pk)).get("/enrollment/").content.decode()
    assert "Standard" in page
    assert "<td>fewer than " in page


def test_files_are_shown_to_their_own_employer(db, now):
    ours, theirs = (signed_in(make_hr(make_employer().pk)) for _ in range(2))
    sheet = (
        "employee_number,first_name,last_name,date_of_birth,postal_code,state,hire_date,work_email,personal_email,"
        "language,timezone,employment_status,end_date\nE1,Ana,Ruiz,1985-05-17,94110,CA,2020-03-01,,a@home.example,es,,active,\n"
    )
    sent = ours.post(
        "/api/v1/eligibility-files/", {"kind": "full", "file": SimpleUploadedFile("a.csv", sheet.encode())}
    )
    assert sent.status_code == 201, sent.content
    assert "Waits for you" in ours.get("/eligibility-files/").content.decode()
    assert "No file was sent yet" in theirs.get("/eligibility-files/").content.decode()


def test_other_roles_find_nothing(db, now):
    for client in (signed_in(make_user()), signed_in(make_user("clinic_staff", clinic_id=new_id()))):
        assert client.get("/enrollment/").status_code == 404
        assert client.get("/eligibility-files/").status_code == 404
