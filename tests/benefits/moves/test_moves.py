"""Members move to the plan that they belong to, and nobody loses a day of cover by it."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefits import facade
from benefits.enrollment.models import Enrollment, Member, MemberChange
from benefits.plans.models import Plan
from benefits.plans.rules import Employed, belongs_to
from tests.factories.benefits import (
    OPERATOR,
    apply_people,
    make_employer,
    make_hr,
    make_member,
    make_person,
    make_plan,
    make_user,
    signed_in,
)
from workers.kernel.actor import WORKER, acting_as

TODAY = date(2026, 3, 2)


@pytest.fixture
def employer(db, now):
    return make_employer()


@pytest.fixture
def operator(db, now):
    return signed_in(make_user())


def move(client, employer, from_day="2026-04-01", **more):
    path = f"/api/v1/employers/{employer.pk}/moves/"
    return client.post(path, {"from_day": from_day, **more}, content_type="application/json")


def plan_on(member, day):
    with acting_as(WORKER):
        coverage = facade.coverage_of(member.pk, on=day)
    return coverage and coverage.plan_id


def test_who_belongs_to_a_new_plan_moves_there(employer, operator):
    everybody = make_plan(employer.pk)
    executive = make_member(employer.pk, "E1", employee_class="executive")
    other = make_member(employer.pk, "E2")
    executives = make_plan(employer.pk, priority=1, employee_classes=["executive"])
    assert plan_on(executive, date(2026, 4, 1)) == everybody.pk
    expected = [{"from_plan_id": str(everybody.pk), "to_plan_id": str(executives.pk), "members": 1}]
    assert move(operator, employer, dry_run=True).json() == {"dry_run": True, "moves": expected}
    assert plan_on(executive, date(2026, 4, 1)) == everybody.pk
    assert move(operator, employer).json() == {"dry_run": False, "moves": expected}
    assert plan_on(executive, date(2026, 3, 31)) == everybody.pk
    assert plan_on(executive, date(2026, 4, 1)) == executives.pk
    assert plan_on(other, date(2026, 4, 1)) == everybody.pk
    assert move(operator, employer).json()["moves"] == []


def test_who_waits_in_the_new_plan_stays_in_the_former_until_then(employer, operator):
    everybody = make_plan(employer.pk)
    member = make_member(employer.pk, employee_class="executive", hire_date=date(2026, 2, 1))
    executives = make_plan(employer.pk, priority=1, employee_classes=["executive"], waiting_days=90)
    move(operator, employer)
    assert plan_on(member, date(2026, 5, 1)) == everybody.pk
    assert plan_on(member, date(2026, 5, 2)) == executives.pk


def test_a_renewal_moves_nobody(employer, operator):
    plan = make_plan(employer.pk)
    member = make_member(employer.pk)
    tag = operator.get(f"/api/v1/plans/{plan.pk}/").headers["ETag"]
    body = {"from_day": "2026-07-01", "waiting_days": 5}
    answer = operator.post(
        f"/api/v1/plans/{plan.pk}/supersede/", body, content_type="application/json", headers={"If-Match": tag}
    )
    assert answer.status_code == 201
    assert move(operator, employer, "2026-07-01").json()["moves"] == []
    assert plan_on(member, date(2026, 7, 1)) == plan.pk


def test_a_move_is_in_the_history_and_tells_nobody_anew(employer, operator):
    make_plan(employer.pk)
    member = make_member(employer.pk, employee_class="executive")
    make_plan(employer.pk, priority=1, employee_classes=["executive"])
    move(operator, employer)
    with acting_as(WORKER):
        changes = MemberChange.objects.filter(member_id=member.pk, subject="cover", door="operator")
        ended, begun = changes.order_by("number")
        assert (list(ended.after or {}), begun.before, begun.after) == (["ends_on"], None, None)


def test_hr_moves_its_own_after_a_change_of_class(employer):
    make_plan(employer.pk)
    apply_people(employer.pk, make_person("E1"))
    executives = make_plan(employer.pk, priority=1, employee_classes=["executive"])
    apply_people(employer.pk, make_person("E1", employee_class="executive"))
    stranger = make_employer()
    make_plan(stranger.pk)
    make_member(stranger.pk, employee_class="executive")
    hr = signed_in(make_hr(employer.pk, "people"))
    answer = hr.post("/api/v1/moves/", {"from_day": "2026-03-02"}, content_type="application/json")
    assert [one["members"] for one in answer.json()["moves"]] == [1]
    with acting_as(WORKER):
        member = Member.objects.get(employer_id=employer.pk)
    assert plan_on(member, TODAY) == executives.pk
    reader = signed_in(make_hr(employer.pk, "billing"))
    assert reader.post("/api/v1/moves/", {"from_day": "2026-03-02"}, content_type="application/json").status_code == 403


def test_nobody_moves_in_the_past(employer, operator):
    assert list(move(operator, employer, "2026-03-01").json()["errors"]) == ["from_day"]


classes = st.sampled_from(("executive", "hourly", ""))
plans_to_come = st.lists(
    st.fixed_dictionaries(
        {
            "employee_classes": st.lists(classes.filter(bool), max_size=2, unique=True),
            "starts_on": st.integers(0, 60).map(lambda days: TODAY + timedelta(days=days)),
            "waiting_days": st.sampled_from((0, 30)),
        }
    ),
    max_size=3,
)


@given(plans_to_come, st.lists(classes, min_size=1, max_size=5), st.integers(0, 40))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_a_move_everybody_is_where_they_belong_and_was_covered_without_a_gap(db, now, told, staff, later):
    employer, from_day = make_employer(), TODAY + timedelta(days=later)
    make_plan(employer.pk, priority=900)
    members = [
        make_member(employer.pk, employee_class=one, hire_date=TODAY - timedelta(days=20 * number))
        for number, one in enumerate(staff)
    ]
    for number, terms in enumerate(told):
        make_plan(employer.pk, priority=number + 1, **terms)
    operator = signed_in(make_user())
    assert move(operator, employer, from_day.isoformat()).status_code == 200
    with acting_as(OPERATOR):
        plans = list(Plan.objects.filter(employer_id=employer.pk))
    for member in members:
        person = Employed(hire_date=member.hire_date, employee_class=member.employee_class)
        wanted = belongs_to(plans, person, on=from_day)
        has_waited = wanted and from_day >= member.hire_date + timedelta(days=wanted.waiting_days)
        if wanted and has_waited:
            assert plan_on(member, from_day) == wanted.pk
        with acting_as(WORKER):
            periods = Enrollment.objects.filter(member=member).order_by("starts_on")
            covered: list[Any] = [
                (one.starts_on, one.ends_on) for one in periods if not one.ends_on or one.ends_on >= one.starts_on
            ]
        assert all(b[0] == a[1] + timedelta(days=1) for a, b in pairwise(covered))
        assert covered[-1][1] is None
