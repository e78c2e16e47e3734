"""What somebody is on a day, and which cover one record has and another lacks."""

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import benefits.eligibility
from benefits.enrollment.rules import STATES, Person, Span, local_day, missing, status_on, wrong_day

PLAN = UUID(int=1)
FIRST = date(2024, 2, 1)
days = st.integers(0, 60).map(lambda number: FIRST + timedelta(days=number))


@dataclass(frozen=True)
class Dates:
    hire_date: date
    end_date: date | None = None
    leave_starts_on: date | None = None
    date_of_death: date | None = None


@pytest.mark.parametrize(
    ("dates", "on", "status"),
    [
        (Dates(date(2024, 3, 1)), date(2024, 2, 29), "pending"),
        (Dates(date(2024, 2, 29)), date(2024, 2, 29), "active"),
        (Dates(date(2020, 1, 1), leave_starts_on=date(2024, 2, 29)), date(2024, 2, 28), "active"),
        (Dates(date(2020, 1, 1), leave_starts_on=date(2024, 2, 29)), date(2024, 2, 29), "on_leave"),
        (Dates(date(2020, 1, 1), end_date=date(2024, 2, 29)), date(2024, 2, 29), "active"),
        (Dates(date(2020, 1, 1), end_date=date(2024, 2, 29)), date(2024, 3, 1), "terminated"),
        (Dates(date(2020, 1, 1), date(2024, 2, 29), None, date(2024, 2, 29)), date(2024, 2, 28), "active"),
        (Dates(date(2020, 1, 1), date(2024, 2, 29), None, date(2024, 2, 29)), date(2024, 2, 29), "deceased"),
        (Dates(date(2024, 5, 1), end_date=date(2024, 4, 1)), date(2024, 4, 2), "terminated"),
    ],
)
def test_the_status_follows_from_the_dates(dates, on, status):
    assert status_on(dates, on=on) == status


def test_a_day_is_the_members_own():
    instant = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
    assert local_day(instant, "America/Los_Angeles") == date(2026, 2, 28)
    assert local_day(instant, "Pacific/Guam") == date(2026, 3, 1)


def test_a_death_ends_employment_and_an_end_ends_a_leave():
    person = Person(
        employee_number="1",
        first_name="A",
        last_name="B",
        date_of_birth=date(1980, 2, 29),
        postal_code="10001",
        state="NY",
        language="en",
        timezone="America/New_York",
        hire_date=date(2020, 1, 1),
        leave_starts_on=date(2024, 1, 1),
        date_of_death=date(2024, 2, 29),
    )
    assert (person.end_date, person.leave_starts_on, person.is_active) == (date(2024, 2, 29), None, False)


@pytest.mark.parametrize(
    ("step", "day", "is_wrong"),
    [
        ("leave", date(2019, 12, 31), True),
        ("leave", date(2020, 1, 1), False),
        ("terminate", date(2101, 1, 1), True),
        ("reinstate", date(2024, 2, 29), True),
        ("reinstate", date(2024, 3, 1), False),
        ("rehire", date(2024, 2, 29), True),
        ("death", date(2024, 3, 3), True),
        ("death", date(2024, 3, 2), False),
        ("death", date(1979, 12, 31), True),
    ],
)
def test_days_that_cannot_be(step, day, is_wrong):
    member = Dates(date(2020, 1, 1), end_date=date(2024, 2, 29))
    said = wrong_day(step, day, member=member, born=date(1980, 1, 1), today=date(2024, 3, 2))
    assert bool(said) == is_wrong


@st.composite
def spans(draw):
    """A few periods of one record, none of which overlap; the last may be open, some never began."""
    edges = sorted(draw(st.sets(days, min_size=0, max_size=8)))
    found = []
    for first, last in zip(edges[::2], edges[1::2], strict=False):
        ends_on = first - timedelta(days=1) if draw(st.integers(0, 5)) == 0 else last
        found.append(Span(plan_id=PLAN, starts_on=first, ends_on=ends_on))
    if found and draw(st.booleans()):
        found[-1] = Span(plan_id=PLAN, starts_on=found[-1].starts_on, ends_on=None)
    return found


def covered(periods):
    window = [FIRST + timedelta(days=number) for number in range(-2, 80)]
    return {
        day
        for day in window
        if any(one.starts_on <= day and (one.ends_on is None or day <= one.ends_on) for one in periods)
    }


@given(spans(), spans())
def test_what_is_missing_is_exactly_what_the_other_lacks_and_overlaps_nothing(mine, theirs):
    found = missing(mine, among=theirs)
    assert covered(found) == covered(mine) - covered(theirs)
    assert not any(one.is_empty for one in found)
    assert sum(len(covered([one])) for one in found) == len(covered(found))


def test_the_states_are_those_of_the_files():
    path = Path(benefits.eligibility.__file__).parent / "data" / "states.csv"
    with path.open() as file:
        assert {row[0] for row in csv.reader(file) if row} == STATES
