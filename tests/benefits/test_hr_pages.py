"""What HR reads and does: the roster, headcounts and its own files, nothing about care."""

import html
import re

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories.benefits import (
    apply_people,
    make_employer,
    make_hr,
    make_member,
    make_person,
    make_plan,
    make_user,
    signed_in,
)
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


HEADER = "employee_number,first_name,last_name,date_of_birth,postal_code,state,hire_date,employment_status"
ANA = "E1,Ana,Ruiz,1985-05-17,94110,CA,2020-03-01,active"


def company(*permissions):
    """An employer with a plan, and a browser of an admin of theirs."""
    employer = make_employer()
    make_plan(employer.pk)
    return employer, signed_in(make_hr(employer.pk, *permissions))


def send(browser, *lines, kind="changes", **more):
    file = SimpleUploadedFile("census.csv", "\n".join(lines).encode())
    return browser.post("/eligibility-files/", {"file": file, "kind": kind, **more})


def text(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def test_a_file_is_previewed_person_by_person_applied_and_taken_back(db, now):
    _, hr = company()
    page = send(hr, HEADER, ANA)["Location"]
    assert "Nothing has been changed so far" in text(hr.get(page))
    assert "Ana Ruiz" in text(hr.get(page))
    assert "Nobody on the roster" in text(hr.get("/employees/"))
    assert hr.post(page, {"action": "apply"})["Location"] == page
    assert "Ruiz, Ana" in text(hr.get("/employees/"))
    second = send(hr, HEADER, ANA.replace("Ruiz", "Paz"))["Location"]
    preview = text(hr.get(second))
    assert "<del>Ruiz</del> → <ins>Paz</ins>" in preview
    assert "First name: <del>" not in preview
    hr.post(second, {"action": "apply"})
    assert "Paz, Ana" in text(hr.get("/employees/"))
    hr.post(second, {"action": "undo"})
    assert "Ruiz, Ana" in text(hr.get("/employees/"))
    assert "Taken back" in text(hr.get("/eligibility-files/"))
    again = hr.post(second, {"action": "undo"}, follow=True)
    assert "Only what was applied can be taken back." in text(again)


def test_what_is_wrong_is_said_with_its_numbers_in_either_language(db, now):
    """Which other row it is, and how long it may be: without these nobody finds it among thousands."""
    _, hr = company()
    page = send(hr, HEADER, ANA, ANA, ANA.replace("Ana", "A" * 101).replace("E1", "E2"))["Location"]
    said = {
        "en": ("The same employee number is in row 2: keep one row per person.", "Use at most 100 characters."),
        "es": ("fila 2", "100 caracteres"),
    }
    for language, sentences in said.items():
        shown = text(hr.get(page, headers={"Accept-Language": language}))
        for sentence in sentences:
            assert sentence in shown


def test_columns_that_are_not_known_are_named_once_and_then_remembered(db, now):
    _, hr = company()
    theirs = HEADER.replace("employee_number", "Emp. No.") + ",Shoe size"
    refused = text(send(hr, theirs, f"{ANA},42"), 422)
    assert "nothing was kept of it" in refused
    assert "No file was sent yet" in refused
    path = "/eligibility-files/columns/?theirs=Emp.%20No.&amp;theirs=Shoe%20size&amp;"
    assert path in refused
    form = path.replace("&amp;", "&")
    assert "Shoe size" in text(hr.get(form))
    told = {"version": 0, "column-0": "employee_number", "column-1": ""}
    assert hr.post(form, told)["Location"] == "/eligibility-files/"
    assert "Ana Ruiz" in text(hr.get(send(hr, theirs, f"{ANA},42")["Location"]))
    assert hr.post(form, told).status_code == 412, "somebody said so meanwhile"


def test_rows_with_errors_are_listed_and_the_others_can_go_ahead(db, now):
    _, hr = company()
    page = send(hr, HEADER, ANA, "E2,Bo,Diaz,soon,94110,CA,2020-03-01,active")["Location"]
    shown = text(hr.get(page))
    assert "date_of_birth" in shown
    assert "Apply the rows without errors" in shown
    assert "Some rows have errors" in text(hr.post(page, {"action": "apply"}, follow=True))
    hr.post(page, {"action": "apply_others"})
    assert "Ruiz, Ana" in text(hr.get("/employees/"))


def test_many_who_are_missing_take_a_second_admin(db, now):
    employer, hr = company()
    hr.post(send(hr, HEADER, ANA, ANA.replace("E1,Ana", "E2,Bo"))["Location"], {"action": "apply"})
    page = send(hr, HEADER, ANA, kind="full", ends_absent="on")["Location"]
    assert "a second admin has to agree first" in text(hr.get(page))
    assert "another admin has to agree" in text(hr.post(page, {"action": "apply"}, follow=True))
    second = signed_in(make_hr(employer.pk))
    second.post(page, {"action": "approve"})
    hr.post(page, {"action": "apply"})
    assert "No longer employed" in text(hr.get("/employees/?status=terminated"))


def test_who_may_only_read_sees_no_form_and_changes_nothing(db, now):
    employer, hr = company()
    reader = signed_in(make_hr(employer.pk, "billing"))
    page = send(hr, HEADER, ANA)["Location"]
    assert "Send a file" not in text(reader.get("/eligibility-files/"))
    assert 'name="action"' not in text(reader.get(page))
    asked = [
        reader.post(page, {"action": "apply"}),
        send(reader, HEADER, ANA),
        reader.get("/eligibility-files/columns/"),
    ]
    assert [answer.status_code for answer in asked] == [404, 404, 404]
    assert "Nobody on the roster" in text(hr.get("/employees/"))


def test_the_roster_is_searched_and_turned_page_by_page(db, now, monkeypatch):
    monkeypatch.setattr("benefits.enrollment.web._SHOWN", 2)
    employer, hr = company()
    people = [make_person(f"E{number}", first_name="Ana", last_name=f"Ruiz{number}") for number in range(5)]
    apply_people(employer.pk, *people)
    seen, path = [], "/employees/?name=ruiz"
    while path:
        page = text(hr.get(path))
        seen += re.findall(r"Ruiz(\d), Ana", page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = html.unescape(following[1]) if following else ""
    assert seen == ["0", "1", "2", "3", "4"]
    assert re.findall(r"Ruiz(\d)", text(hr.get("/employees/?employee_number=E3"))) == ["3"]
    assert hr.get("/employees/?cursor=nonsense").status_code == 404
    assert "Enter a valid date" in text(hr.get("/employees/?covered_on=soon"))


def test_employment_ends_and_comes_back_on_the_page_and_the_history_says_so(db, now):
    employer, hr = company()
    member = make_member(employer.pk)
    path = f"/employees/{member.pk}/"
    page = text(hr.get(path))
    [seen] = set(re.findall(r'name="seen" value="(\w+)"', page))
    assert "Employ anew" not in page
    ended = hr.post(path, {"step": "terminate", "day": "2026-03-31", "seen": seen, "reason": "moved"}, follow=True)
    assert "Done." in text(ended)
    assert "Last day of employment: <del>–</del> → <ins>March 31, 2026</ins>" in text(ended)
    stale = hr.post(path, {"step": "terminate", "day": "2026-04-30", "seen": seen}, follow=True)
    assert "Somebody changed this member since you read them" in text(stale)
    assert "Give the day." in text(hr.post(path, {"step": "terminate"}, follow=True))
    assert "Give a day on or after the hire date." in text(
        hr.post(path, {"step": "terminate", "day": "1999-01-01"}, follow=True)
    )
    assert "Done." in text(hr.post(path, {"step": "reinstate"}, follow=True))
    others = signed_in(make_hr(make_employer().pk))
    assert [others.get(path).status_code, others.post(path, {"step": "leave"}).status_code] == [404, 404]
