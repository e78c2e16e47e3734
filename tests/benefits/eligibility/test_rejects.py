"""What is wrong with rows: named by row, column and remedy, page by page, and handed back to be corrected."""

import csv
import io

from tests.factories.benefits import make_employer, make_hr, signed_in
from tests.factories.census import ANA, apply, many, sheet, upload


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


def test_all_errors_are_read_page_by_page_in_the_order_of_the_file(hr):
    apply(hr, upload(hr, sheet(ANA)).json()["id"])
    other = ANA | {"first_name": "Zoë", "date_of_birth": "1990-01-01"}  # another person under Ana's number
    wrong = [ANA | {"employee_number": f"W{i}", "state": "ZZ", "hire_date": "soon"} for i in range(3)]
    body = upload(hr, sheet(wrong[0], other, *many(4)[2:], *wrong[1:])).json()
    page, found = hr.get(f"/api/v1/change-sets/{body['id']}/errors/?page_size=2").json(), []
    while page["results"]:
        found += page["results"]
        page = hr.get(page["next"]).json() if page["next"] else {"results": []}
    assert [(one["row"], one["employee_number"], [error["code"] for error in one["errors"]]) for one in found] == [
        (2, "W0", ["unknown_state", "bad_date"]),
        (3, "E1", ["other_person"]),
        (6, "W1", ["unknown_state", "bad_date"]),
        (7, "W2", ["unknown_state", "bad_date"]),
    ]
    assert [error for one in found for error in one["errors"]] == body["errors"]

    apply(hr, body["id"], skip_rows_with_errors=True)
    assert hr.get(f"/api/v1/change-sets/{body['id']}/errors/").json()["results"] == found


def test_another_employers_errors_are_not_found(hr):
    body = upload(hr, sheet(ANA | {"state": "ZZ"})).json()
    other = signed_in(make_hr(make_employer().pk))
    assert other.get(f"/api/v1/change-sets/{body['id']}/errors/").status_code == 404
