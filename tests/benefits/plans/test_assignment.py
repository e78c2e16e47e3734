"""Whom a plan takes, and from which day it covers them: the same in Python, in SQL, and told day by day."""

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefits.plans.rules import (
    Employed,
    belongs_to,
    first_cover,
    first_cover_sql,
    hired_alike,
    hired_alike_sql,
    takes,
)
from tests.factories.benefits import make_employer, make_plan
from workers.kernel.actor import WORKER, acting_as

TODAY = date(2026, 3, 2)
CLASSES, PLACES = ("salaried", "hourly", ""), ("NYC", "SFO", "")
days = st.integers(-40, 80).map(lambda days: TODAY + timedelta(days=days))
some: dict[str, Any] = {"min_size": 0, "max_size": 2, "unique": True}


@st.composite
def terms(draw: Any, priority: int) -> dict[str, Any]:
    starts_on = draw(days)
    lasts = draw(st.none() | st.integers(0, 60))
    ends_on = None if lasts is None else max(starts_on + timedelta(days=lasts), TODAY)
    hired = sorted(draw(st.lists(days, min_size=2, max_size=2)))
    return {
        "priority": priority,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "waiting_days": draw(st.sampled_from((0, 1, 30))),
        "covers_dependants": draw(st.booleans()),
        "employee_classes": draw(st.lists(st.sampled_from(("salaried", "hourly")), **some)),
        "work_locations": draw(st.lists(st.sampled_from(("NYC", "SFO")), **some)),
        "hired_from": draw(st.none() | st.just(hired[0])),
        "hired_until": draw(st.none() | st.just(hired[1])),
    }


plans_of_one = st.integers(1, 4).flatmap(lambda count: st.tuples(*(terms(number) for number in range(1, count + 1))))
people = st.builds(
    Employed,
    hire_date=days,
    employee_class=st.sampled_from(CLASSES),
    work_location=st.sampled_from(PLACES),
    is_dependant=st.booleans(),
)


def day_by_day(plans, person, not_before):
    """The rule as it is told: look at one day after the other."""
    for count in range(400):
        day = not_before + timedelta(days=count)
        in_force = [p for p in plans if p.starts_on <= day and (p.ends_on is None or day <= p.ends_on)]
        theirs = sorted((p for p in in_force if takes(p, person)), key=lambda p: p.priority)[:1]
        for plan in theirs:
            waited = (day - person.hire_date).days >= plan.waiting_days
            if waited and (plan.covers_dependants or not person.is_dependant):
                return plan, day
    return None


@given(plans_of_one, people, days)
@settings(max_examples=400)
def test_cover_begins_on_the_first_day_on_which_it_is_there(told, person, not_before):
    plans = [SimpleNamespace(**one) for one in told]
    assert first_cover(plans, person, not_before=not_before) == day_by_day(plans, person, not_before)


@given(plans_of_one, people, days)
def test_it_does_not_matter_how_long_ago_somebody_was_hired(told, person, not_before):
    plans = [SimpleNamespace(**one) for one in told]
    day = hired_alike(plans)
    lately = replace(person, hire_date=max(person.hire_date, day))
    assert first_cover(plans, person, not_before=not_before) == first_cover(
        plans, lately, not_before=max(not_before, day)
    )


@given(plans_of_one, people, days, st.randoms())
def test_the_order_of_plans_does_not_matter(told, person, not_before, chance):
    plans = [SimpleNamespace(**one) for one in told]
    mixed = plans.copy()
    chance.shuffle(mixed)
    assert first_cover(plans, person, not_before=not_before) == first_cover(mixed, person, not_before=not_before)


PEOPLE_SQL = """
SELECT who.number, cover.plan_id, cover.starts_on
FROM unnest(%s::int[], %s::text[], %s::text[], %s::date[], %s::boolean[], %s::date[])
    AS given (number, employee_class, work_location, hire_date, is_dependant, not_before)
CROSS JOIN LATERAL (SELECT given.*, %s::uuid AS employer_id, %s::date AS today) AS who
CROSS JOIN LATERAL {cover} AS cover
"""


@given(plans_of_one, st.lists(st.tuples(people, days), min_size=1, max_size=20))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sql_says_the_same_for_a_whole_roster(db, now, told, everybody):
    employer = make_employer()
    plans = [make_plan(employer.pk, name=f"P{one['priority']}", **one) for one in told]
    asked = [
        [person.employee_class for person, _ in everybody],
        [person.work_location for person, _ in everybody],
        [person.hire_date for person, _ in everybody],
        [person.is_dependant for person, _ in everybody],
        [not_before for _, not_before in everybody],
    ]
    with acting_as(WORKER), connection.cursor() as cursor:
        sql = PEOPLE_SQL.format(cover=first_cover_sql("who"))
        cursor.execute(sql, [list(range(len(everybody))), *asked, employer.pk, TODAY])
        found = {number: (plan_id, day) for number, plan_id, day in cursor.fetchall()}
        cursor.execute(f"SELECT {hired_alike_sql(employer='%s', today='%s')}", [employer.pk, TODAY])
        assert cursor.fetchone() == (hired_alike(plans),)
    expected = {}
    for number, (person, not_before) in enumerate(everybody):
        if cover := first_cover(plans, person, not_before=not_before):
            expected[number] = (cover[0].pk, cover[1])
    assert found == expected


def plan(**more):
    told = {
        "priority": 100,
        "starts_on": date(2026, 1, 1),
        "ends_on": None,
        "waiting_days": 0,
        "covers_dependants": False,
        "employee_classes": [],
        "work_locations": [],
        "hired_from": None,
        "hired_until": None,
    }
    return SimpleNamespace(**(told | more))


EVERYBODY = plan()
EXECUTIVES = plan(priority=1, employee_classes=["executive"], waiting_days=90)
COAST = plan(priority=2, work_locations=["SFO"], hired_from=date(2026, 1, 1))


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (Employed(hire_date=date(2020, 1, 1)), EVERYBODY),
        (Employed(hire_date=date(2020, 1, 1), employee_class="executive", work_location="SFO"), EXECUTIVES),
        (Employed(hire_date=date(2026, 2, 1), work_location="SFO"), COAST),
        (Employed(hire_date=date(2025, 12, 31), work_location="SFO"), EVERYBODY),
    ],
)
def test_a_person_belongs_to_the_first_plan_that_takes_them(person, expected):
    assert belongs_to([EVERYBODY, COAST, EXECUTIVES], person, on=TODAY) is expected


def test_who_waits_in_their_own_plan_does_not_slip_into_another():
    person = Employed(hire_date=date(2026, 3, 1), employee_class="executive")
    assert first_cover([EVERYBODY, EXECUTIVES], person, not_before=person.hire_date) == (EXECUTIVES, date(2026, 5, 30))


def test_a_dependant_is_not_covered_by_another_plan_than_the_employees():
    dependant = Employed(hire_date=date(2020, 1, 1), employee_class="executive", is_dependant=True)
    family = plan(covers_dependants=True)
    assert first_cover([EXECUTIVES, family], dependant, not_before=TODAY) is None
