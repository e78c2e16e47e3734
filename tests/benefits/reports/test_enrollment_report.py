"""Headcounts, without small ones."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from benefits.reports.rules import publishable
from tests.factories.benefits import apply_people, make_employer, make_hr, make_person, make_plan, signed_in

URL = "/api/v1/reports/enrollment/"


@given(st.integers(0, 1000))
def test_no_count_from_one_to_ten_is_published(count):
    assert publishable(count) == (count if count > 10 else None)


def test_hr_reads_how_many_each_plan_covers(db, now):
    employer, other = make_employer(), make_employer()
    for each in (employer, other):
        make_plan(each.pk)
    hr = signed_in(make_hr(employer.pk))
    apply_people(other.pk, *(make_person() for _ in range(20)))
    apply_people(employer.pk, *(make_person(f"E{number}") for number in range(11)))
    report = hr.get(URL).json()
    assert (report["on"], report["smallest_cell"]) == ("2026-03-02", 11)
    assert [plan["enrolled"] for plan in report["plans"]] == [11]

    apply_people(employer.pk, make_person("E1", end_date=date(2026, 3, 1)))
    assert [plan["enrolled"] for plan in hr.get(URL).json()["plans"]] == [None]
