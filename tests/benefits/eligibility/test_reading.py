"""Laws of reading a census: any bytes are rows or refused, and a row is a person or says which cell is wrong."""

import codecs
import csv
import io
import time
import zipfile
from datetime import date, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from benefits.eligibility.rules.cells import CHECKS, FORMULA, TIMEZONES, BadCell, neutral, safe
from benefits.eligibility.rules.columns import COLUMNS, REQUIRED, named
from benefits.eligibility.rules.faults import Unreadable
from benefits.eligibility.rules.reading import Reader
from benefits.eligibility.rules.rejects import template
from benefits.eligibility.rules.tables import records
from benefits.eligibility.services.workbooks import workbook

TODAY = date(2026, 3, 2)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")  # of damaged workbooks
HEADER = COLUMNS
GOOD = {
    "employee_number": "E1",
    "first_name": "Ana",
    "last_name": "Núñez",
    "date_of_birth": "1985-05-17",
    "postal_code": "94110",
    "state": "CA",
    "hire_date": "2020-03-01",
    "employment_status": "active",
}
cells = st.one_of(st.sampled_from(sorted(GOOD.values())), st.text(max_size=12))


def sheet(rows, header=HEADER):
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, header, restval="", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def read(*rows, **cells_of_one):
    return parse(sheet(rows or [GOOD | cells_of_one]), today=TODAY)


def parse(content, *, today, mapping=None):
    """All at once: people and errors by row, how many rows there are."""
    said = mapping or {}
    known = {*COLUMNS, *named(list(said))}
    found = records(io.BytesIO(content), is_header=lambda header: sum(name in known for name in named(header)))
    reader = Reader(next(found, []), said, today=today)
    rows = list(reader.rows(found))
    people = {row.number: row.person for row in rows if not row.errors}
    errors = [error for row in rows for error in row.errors]
    return SimpleNamespace(people=people, errors=errors, rows=len(rows), all=rows)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content):
    try:
        parsed = parse(content, today=TODAY)
    except Unreadable:
        return
    assert parsed.rows


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(HEADER, cells)), min_size=1, max_size=6))
def test_every_row_is_a_person_or_has_an_error(rows):
    try:
        parsed = parse(sheet(rows), today=TODAY)
    except Unreadable:
        return
    assert {error.row for error in parsed.errors} == {row.number for row in parsed.all if row.person is None}
    assert all(
        row.employee_number == row.cells[0].strip() for row in parsed.all if row.errors and row.cells[0].isascii()
    )


@given(st.sampled_from(sorted(CHECKS)), st.sampled_from(FORMULA), st.text("=x1 ,\"'é\n", max_size=8))
def test_no_column_takes_a_formula(column, start, rest):
    parsed = read(**{column: start + rest})
    assert not parsed.people
    assert {(error.row, error.column, error.code) for error in parsed.errors} >= {(2, column, "formula")}


@given(st.text(" =+-@\ta1\u3000", max_size=4))
def test_a_safe_cell_starts_no_formula(cell):
    try:
        plain = safe(cell)
    except BadCell:
        return
    assert not plain.startswith(FORMULA)


@given(st.text("=+-@\t\r'a1 ", max_size=5))
def test_what_is_handed_out_is_no_formula(cell):
    assert not neutral(cell).startswith(FORMULA)


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("date_of_birth", "31/02/1985", "bad_date"),
        ("date_of_birth", "2030-01-01", "out_of_range"),
        ("hire_date", "1980-01-01", "out_of_range"),
        ("postal_code", "2139", "bad_postal_code"),
        ("postal_code", "٩٤١١٠", "bad_postal_code"),
        ("state", "XX", "unknown_state"),
        ("employment_status", "retired", "unknown_status"),
        ("personal_email", "ana at home", "bad_email"),
        ("timezone", "Mars/Olympus", "unknown_timezone"),
        ("language", "eng", "bad_language"),
        ("end_date", "2026-01-01", "not_ended"),
        ("first_name", "x" * 101, "too_long"),
        ("first_name", "Ana\nMaria", "control_character"),
        ("first_name", " ", "required"),
    ],
)
def test_a_bad_cell_is_named(column, cell, code):
    parsed = read(**{column: cell})
    assert [(error.row, error.column, error.code) for error in parsed.errors] == [(2, column, code)]


def test_a_date_may_be_written_in_the_american_way():
    assert read(date_of_birth="5/17/1985").people[2].date_of_birth == date(1985, 5, 17)


def test_the_time_zone_follows_the_state():
    assert {state: read(state=state).people[2].timezone for state in TIMEZONES} == TIMEZONES
    assert read(timezone="America/Chicago").people[2].timezone == "America/Chicago"


def test_blank_rows_count_as_rows_of_the_sheet_and_are_skipped():
    content = sheet([GOOD, dict.fromkeys(HEADER, ""), GOOD | {"employee_number": ""}])
    parsed = parse(content.replace(b'""', b""), today=TODAY)
    assert ([*parsed.people], parsed.errors[0].row, parsed.rows) == ([2], 4, 2)


def test_surplus_cells_are_an_error():
    content = b",".join(c.encode() for c in GOOD) + b"\n" + ",".join(GOOD.values()).encode() + b",94110\n"
    assert [error.code for error in parse(content, today=TODAY).errors] == ["too_many_cells"]


def test_many_columns_or_rows_take_no_longer_than_their_bytes():
    """Each of these is a few megabytes; comparing everything with everything would take minutes."""
    wide = ",".join(["employee_number"] * 200_000).encode()
    long = ",".join(REQUIRED).encode() + b"\n" * 3_000_000
    began = time.process_time()
    for content in (wide, long):
        with pytest.raises(Unreadable):
            parse(content, today=TODAY)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("hire_date", {"hire_date": "9999-12-31"}),
        ("end_date", {"employment_status": "ended", "end_date": "9999-12-31"}),
    ],
)
def test_a_day_from_which_nothing_can_be_counted_on_is_refused(column, cells):
    assert [(error.column, error.code) for error in read(**cells).errors] == [(column, "out_of_range")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiter_line_ends_and_unicode_are_found(delimiter, end, encoding):
    lines = [delimiter.join(GOOD), delimiter.join(GOOD.values()), delimiter.join(GOOD.values())]
    parsed = parse(end.join(lines).encode(encoding), today=TODAY)
    assert [person.last_name for person in parsed.people.values()] == ["Núñez", "Núñez"]


def only_fault(content, **options):
    with pytest.raises(Unreadable) as refused:
        parse(content, today=TODAY, **options)
    [found] = refused.value.faults
    return found["row"], found["column"], found["code"]


@pytest.mark.parametrize(
    ("content", "place", "code"),
    [
        (sheet([GOOD]).replace(b",", b"^"), 1, "no_header"),
        (sheet([GOOD, GOOD]).decode().encode("cp1252"), 2, "encoding"),
        (sheet([GOOD]) + b"\0", 1, "not_text"),
        (sheet([GOOD]) + b"x" * 200_000, 3, "line_too_long"),
        (sheet([GOOD]) + b'"E2,' + b"\n" * 200_000, 3, "malformed"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8\n\x00", 1, "encoding"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 1, "old_excel"),
        (b"PK\x03\x04 and nothing more", 1, "malformed"),
        (sheet([]), 1, "empty"),
    ],
)
def test_what_is_no_table_says_where_and_what_to_do(content, place, code):
    assert only_fault(content)[::2] == (place, code)


@pytest.mark.parametrize(
    "name",
    ["SSN", "ssn", "Social Security Number", "Employee SSN", "soc-sec", "Tax ID", "TIN", "SIN", "member_ssn_last4"],
)
def test_a_column_of_social_security_numbers_is_refused_even_when_it_would_be_left_out(name):
    row = GOOD | {name: "123-45-6789"}
    assert only_fault(sheet([row], header=[*GOOD, name]), mapping={name: ""}) == (1, name, "ssn_column")


@pytest.mark.parametrize("name", ["business_unit", "since", "session", "assignment", "tint"])
def test_a_column_that_only_has_such_letters_is_none(name):
    assert only_fault(sheet([GOOD], header=[*GOOD, name])) == (1, name, "unknown_column")


def test_a_social_security_number_is_no_employee_number():
    assert [error.code for error in read(employee_number="123-45-6789").errors] == ["looks_like_ssn"]


def test_columns_are_called_as_the_employer_said():
    theirs = {"Emp. No.": "employee_number", "Geburtstag": "date_of_birth", "Cost centre": ""}
    header = ["Emp. No.", "First Name", "last-name", "Geburtstag", "ZIP", "State", "Hire Date", "Employment Status"]
    content = ",".join([*header, "Cost centre"]).encode() + b"\n" + ",".join([*GOOD.values(), "4711"]).encode()
    parsed = parse(content, today=TODAY, mapping=theirs | {"zip": "postal_code"})
    assert parsed.people[2].employee_number == "E1"
    assert only_fault(content, mapping=theirs | {"zip": ""})[1:] == ("postal_code", "missing_column")


def test_columns_twice_are_refused_under_whichever_name():
    content = sheet([GOOD], header=[*GOOD, "number"])
    assert only_fault(content, mapping={"number": "employee_number"})[1:] == ("employee_number", "duplicate_column")


def a_workbook(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_is_read_like_a_file_of_texts():
    midnight = datetime(1985, 5, 17)  # noqa: DTZ001 - as openpyxl gives a day
    days = GOOD | {"date_of_birth": midnight, "hire_date": date(2020, 3, 1), "postal_code": 94110}
    parsed = parse(a_workbook([*GOOD], [*days.values()], [], [*(GOOD | {"state": "XX"}).values()]), today=TODAY)
    assert parsed.people == read().people
    assert [(error.row, error.column, error.code) for error in parsed.errors] == [(4, "state", "unknown_state")]


def test_a_formula_in_a_workbook_is_refused_whatever_it_shows():
    parsed = parse(a_workbook([*GOOD], [*(GOOD | {"last_name": '=HYPERLINK("http://x")'}).values()]), today=TODAY)
    assert [(error.column, error.code) for error in parsed.errors] == [("last_name", "formula")]


def test_a_workbook_that_would_fill_the_memory_is_refused_before_it_is_unpacked():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sharedStrings.xml", "w") as part:
        for _ in range(210):
            part.write(bytes(1024**2))
    began = time.process_time()
    assert only_fault(out.getvalue()) == (1, "", "too_large")
    assert time.process_time() - began < 1


@given(st.binary(max_size=300), st.integers(0, 4_000))
def test_a_damaged_workbook_is_read_or_refused(noise, place):
    content = a_workbook([*GOOD], [*GOOD.values()])
    try:
        parse(content[:place] + noise + content[place + len(noise) :], today=TODAY)
    except Unreadable:
        return


def test_the_template_is_read_in_either_form():
    header, example = template()
    lines = (",".join(header) + "\n" + ",".join(example)).encode()
    assert parse(lines, today=TODAY).people == parse(workbook(template()), today=TODAY).people
    assert [person.last_name for person in parse(lines, today=TODAY).people.values()] == ["Núñez"]


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"relationship": "spouse"}, "subscriber_number", "required"),
        ({"relationship": "cousin", "subscriber_number": "E9"}, "relationship", "unknown_relationship"),
        ({"subscriber_number": "E9"}, "subscriber_number", "not_a_dependant"),
        ({"relationship": "child", "subscriber_number": "E1"}, "subscriber_number", "out_of_range"),
        ({"employment_status": "on_leave"}, "leave_starts_on", "required"),
        ({"employment_status": "deceased"}, "date_of_death", "required"),
        ({"leave_starts_on": "2026-01-01"}, "leave_starts_on", "not_on_leave"),
        ({"date_of_death": "2026-01-01"}, "date_of_death", "not_deceased"),
    ],
)
def test_cells_that_contradict_each_other_are_named(cells, column, code):
    assert [(error.column, error.code) for error in read(**cells).errors] == [(column, code)]
