"""How an employer names its columns, and the template that has ours."""

import pytest

from tests.factories.census import ANA, URL, sheet, upload


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


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_template_can_be_filled_and_sent(hr, form):
    file = hr.get(f"{URL}template/?as={form}")
    assert f'filename="census.{form}"' in file.headers["Content-Disposition"]
    assert upload(hr, file.getvalue()).json()["diff"]["added"] == 1
    assert hr.get(f"{URL}template/?as=pdf").status_code == 422
