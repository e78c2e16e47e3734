"""What became of the roster, month by month, by what HR itself reported."""

from datetime import date

import pytest

from tests.factories.benefits import apply_people, make_employer, make_hr, make_person, make_plan, signed_in

URL = "/api/v1/reports/movements/"


@pytest.fixture
def hr(db, now):
    employer, other = make_employer(), make_employer()
    for each in (employer, other):
        make_plan(each.pk, starts_on=date(2025, 1, 1))
    apply_people(other.pk, make_person("E1"))
    apply_people(employer.pk, make_person("E1"), make_person("E2"), make_person("E3", hire_date=date(2026, 2, 10)))
    apply_people(
        employer.pk, make_person("E1", end_date=date(2026, 1, 31)), make_person("E2", end_date=date(2026, 2, 5))
    )
    apply_people(employer.pk, make_person("E1"))
    return signed_in(make_hr(employer.pk))


def test_who_joined_came_back_and_left_is_counted_in_its_month(hr):
    answer = hr.get(f"{URL}?since=2025-01&until=2026-02").json()
    moved = {one.pop("month"): one for one in answer["months"]}
    assert len(moved) == 14
    assert moved["2025-01"] == {"joined": 2, "reinstated": 0, "left": 0}
    assert moved["2026-02"] == {"joined": 1, "reinstated": 0, "left": 1}


def test_the_last_twelve_months_and_this_one_are_told_where_nothing_is_asked(hr):
    months = [one["month"] for one in hr.get(URL).json()["months"]]
    assert (months[0], months[-1], len(months)) == ("2025-03", "2026-03", 13)


@pytest.mark.parametrize(
    "query",
    [
        "since=2026-13",
        "since=may",
        "since=2026-03&until=2026-02",
        "since=2000-01",
        "until=0001-01",
        "until=9999-12",
        "to=x",
    ],
)
def test_a_period_that_cannot_be_told_is_refused(hr, query):
    assert hr.get(f"{URL}?{query}").status_code == 422
