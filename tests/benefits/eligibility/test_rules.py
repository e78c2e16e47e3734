"""Laws of reading and comparing eligibility files."""

import csv
import io
import time
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benefits.eligibility.rules.cells import CHECKS, FORMULA, TIMEZONES, BadCell, safe
from benefits.eligibility.rules.comparing import absent, changes_of, compare
from benefits.eligibility.rules.reading import OPTIONAL, REQUIRED, Parsed, Unreadable, parse
from benefits.enrollment.rules import Known, Person
from tests.factories.benefits import make_person
from workers.kernel.ids import new_id

TODAY = date(2026, 3, 2)
HEADER = (*REQUIRED, *OPTIONAL)
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


def hash_of(person):
    return f"{person.personal_email}|{person.work_email}"


def known(person):
    bare = replace(person, personal_email="", work_email="")
    return Known(member_id=new_id(), person=bare, contact_hash=hash_of(person))


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content):
    try:
        parsed = parse(content, today=TODAY)
    except Unreadable:
        return
    assert isinstance(parsed, Parsed)


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(HEADER, cells)), min_size=1, max_size=6))
def test_every_row_is_a_person_or_has_an_error(rows):
    try:
        parsed = parse(sheet(rows), today=TODAY)
    except Unreadable:
        return
    wrong = {error.row for error in parsed.errors}
    assert wrong.isdisjoint(parsed.people)
    assert len(wrong) + len(parsed.people) == parsed.rows
    numbers = [person.employee_number for person in parsed.people.values()]
    assert len(set(numbers)) == len(numbers)


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


@given(st.permutations([GOOD | {"employee_number": f"E{i % 4}"} for i in range(6)]))
def test_the_order_of_rows_does_not_matter(rows):
    parsed = read(*rows)
    assert {person.employee_number for person in parsed.people.values()} == {"E2", "E3"}
    assert len(parsed.errors) == 4


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


ENDED = make_person("E1", end_date=date(2026, 2, 28))


@pytest.mark.parametrize(
    ("before", "row", "effect"),
    [
        (None, make_person("E1"), "added"),
        (None, ENDED, "ignored"),
        (make_person("E1"), make_person("E1"), "unchanged"),
        (make_person("E1"), make_person("E1", last_name="Soto"), "changed"),
        (make_person("E1"), make_person("E1", personal_email="new@home.example"), "changed"),
        (make_person("E1"), ENDED, "ended"),
        (ENDED, replace(ENDED, end_date=date(2026, 1, 31)), "ended"),
        (ENDED, ENDED, "unchanged"),
        (ENDED, make_person("E1"), "reinstated"),
    ],
)
def test_each_row_has_one_effect(before, row, effect):
    roster = {"E1": known(before)} if before else {}
    diff = compare({2: row}, roster, hash_of=hash_of)
    assert getattr(diff, effect) == [2]


people = st.builds(
    make_person,
    st.sampled_from(["E1", "E2", "E3", "E4"]),
    last_name=st.sampled_from(["Soto", "Lee"]),
    end_date=st.sampled_from([None, None, date(2026, 1, 31), date(2026, 2, 28)]),
    personal_email=st.sampled_from(["", "a@home.example"]),
)
rosters = st.lists(people, unique_by=lambda person: person.employee_number)


@given(rosters, rosters)
def test_what_was_applied_changes_nothing_when_it_comes_again(before, rows):
    roster: dict[str, Known] = {person.employee_number: known(person) for person in before}
    file: dict[int, Person] = dict(enumerate(rows, start=2))
    changes = changes_of(file, compare(file, roster, hash_of=hash_of))
    after = roster | {person.employee_number: known(person) for person in changes.people()}
    again = changes_of(file, compare(file, after, hash_of=hash_of))
    assert again.people() == []


@given(rosters, rosters)
def test_absent_are_the_active_ones_that_a_file_does_not_name(before, rows):
    roster = {person.employee_number: known(person) for person in before}
    named = {person.employee_number for person in rows}
    missing = absent(roster, named=named)
    assert set(missing) == {p.employee_number for p in before if p.is_active} - named


def test_many_columns_rows_or_repeats_take_no_longer_than_their_bytes():
    """Each of these is a few megabytes; comparing everything with everything would take minutes."""
    wide = ",".join(["employee_number"] * 200_000).encode()
    long = ",".join(REQUIRED).encode() + b"\n" * 3_000_000
    same = ",".join(REQUIRED).encode() + b"\n1,,,,,,," * 40_000
    began = time.process_time()
    for content in (wide, long):
        with pytest.raises(Unreadable):
            parse(content, today=TODAY)
    parsed = parse(same, today=TODAY)
    assert time.process_time() - began < 10
    assert sum(error.code == "duplicate" for error in parsed.errors) == 40_000


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("hire_date", {"hire_date": "9999-12-31"}),
        ("end_date", {"employment_status": "ended", "end_date": "9999-12-31"}),
    ],
)
def test_a_day_from_which_nothing_can_be_counted_on_is_refused(column, cells):
    assert [(error.column, error.code) for error in read(**cells).errors] == [(column, "out_of_range")]
