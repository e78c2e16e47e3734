"""Operators sign employers and agree on plans."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from benefits.plans.models import Plan, PlanContribution
from benefits.plans.rules import Reset, renewed_until, year_of
from tests.factories.benefits import OPERATOR, make_draft, make_employer, make_plan, make_user, signed_in
from workers.emails.models import Email
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

TERMS = {
    "name": "Standard",
    "starts_on": "2026-01-01",
    "employer_share_percent": 50,
    "annual_cap_cents": 500_000,
    "deductible_cents": 25_000,
    "covered_routes": ["im", "iv"],
    "waiting_days": 30,
}
UNSAID: dict[str, object] = {
    "status": "agreed",
    "ends_on": None,
    "run_out_days": 0,
    "lifetime_cap_cents": None,
    "sessions_per_year": None,
    "contributions": [],
    "proposed_at": None,
    "declined_because": "",
    "covered_formats": ["individual", "group"],
    "covers_dependants": False,
    "employee_classes": [],
    "work_locations": [],
    "hired_from": None,
    "hired_until": None,
    "priority": 100,
    "reset": "anniversary",
    "years_from": "2026-01-01",
}
DOSING = {"session_kind": "dosing", "percent": 80, "annual_cap_cents": 200_000, "sessions_per_year": 6}
INTEGRATION = {"session_kind": "integration", "fixed_cents": 10_000}


@pytest.fixture
def operator(db, now):
    return signed_in(make_user())


def post(client, path, **body):
    return client.post(f"/api/v1/employers/{path}", body, content_type="application/json")


def test_an_operator_signs_an_employer_with_a_plan_and_an_admin(operator):
    employer = post(operator, "", name="Acme").json()
    plan = post(operator, f"{employer['id']}/plans/", **TERMS)
    assert plan.status_code == 201, plan.content
    made = {"agreed_at": "2026-03-02T15:00:00Z", "employer_id": employer["id"]}
    ids = {"id": plan.json()["id"], "lineage_id": plan.json()["id"]}
    assert plan.json() == UNSAID | made | ids | TERMS
    invitation = post(operator, f"{employer['id']}/admins/", email="hr@acme.example")
    assert (invitation.status_code, invitation.json()["role"]) == (201, "hr_admin")
    with acting_as(WORKER):
        assert Email.objects.get().message["to"] == "hr@acme.example"


def test_a_name_is_signed_once(operator):
    post(operator, "", name="Acme")
    again = post(operator, "", name="Acme")
    assert (again.status_code, again.json()["code"]) == (409, "employer_exists")


@pytest.mark.parametrize("path", ["plans/", "admins/"])
def test_an_unknown_employer_is_not_found(operator, path):
    body = TERMS if path == "plans/" else {"email": "hr@acme.example"}
    assert post(operator, f"{new_id()}/{path}", **body).status_code == 404


def test_an_address_that_signs_in_already_is_not_invited(operator):
    make_user(email="hr@acme.example")
    answer = post(operator, f"{make_employer().pk}/admins/", email="HR@acme.example")
    assert (answer.status_code, answer.json()["code"]) == (409, "email_not_usable")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("employer_share_percent", 101),
        ("employer_share_percent", -1),
        ("covered_routes", []),
        ("covered_routes", ["im", "im"]),
        ("covered_routes", ["oral"]),
        ("ends_on", "2025-12-31"),
        ("annual_cap_cents", -1),
        ("starts_on", "0001-01-01"),
        ("ends_on", "9999-12-31"),
        ("waiting_days", 366),
        ("price", 1),
        ("annual_cap_cents", 10**12),
        ("annual_cap_cents", 100.5),
        ("lifetime_cap_cents", 499_999),
        ("sessions_per_year", -1),
        ("sessions_per_year", 1_001),
        ("contributions", [DOSING, DOSING]),
        ("contributions", [{"session_kind": "dosing"}]),
        ("contributions", [DOSING | {"fixed_cents": 1}]),
        ("contributions", [DOSING | {"percent": 101}]),
        ("contributions", [DOSING | {"sessions_per_year": -1}]),
        ("contributions", [DOSING | {"session_kind": "massage"}]),
        ("covered_formats", []),
        ("covered_formats", ["group", "group"]),
        ("covered_formats", ["couple"]),
        ("reset", "monthly"),
        ("priority", 0),
        ("employee_classes", ["a", "a"]),
        ("employee_classes", [""]),
        ("work_locations", ["x" * 61]),
    ],
)
def test_terms_that_cannot_hold_are_refused_by_name(operator, field, value):
    answer = post(operator, f"{make_employer().pk}/plans/", **(TERMS | {field: value}))
    assert answer.status_code == 422
    assert field in answer.json()["errors"]


def test_plans_of_one_priority_follow_each_other_and_do_not_overlap(operator):
    employer = make_employer()
    make_plan(employer.pk, ends_on=date(2026, 6, 30))
    overlapping = post(operator, f"{employer.pk}/plans/", **(TERMS | {"starts_on": "2026-06-30"}))
    assert (overlapping.status_code, overlapping.json()["code"]) == (409, "plans_overlap")
    assert post(operator, f"{employer.pk}/plans/", **(TERMS | {"starts_on": "2026-07-01"})).status_code == 201


def test_the_database_refuses_a_share_above_all(db, now):
    plan = make_draft(make_employer().pk)
    plan.pk, plan.employer_share_percent = new_id(), 101
    with acting_as(OPERATOR), pytest.raises(IntegrityError, match="plan_share_is_percent"), transaction.atomic():
        Plan.objects.bulk_create([plan])


@pytest.mark.parametrize("path", ["", "plans/", "admins/"])
def test_hr_may_not_do_it(db, now, path):
    employer = make_employer()
    hr = signed_in(make_user("hr_admin", employer_id=employer.pk))
    url = f"{employer.pk}/{path}" if path else ""
    assert post(hr, url, name="x").status_code == 403


def test_a_plan_may_pay_otherwise_for_single_kinds_of_session(operator):
    employer = make_employer()
    terms = TERMS | {"lifetime_cap_cents": 1_000_000, "contributions": [DOSING, INTEGRATION]}
    plan = post(operator, f"{employer.pk}/plans/", **terms)
    assert plan.status_code == 201, plan.content
    nothing = {"percent": None, "fixed_cents": None, "annual_cap_cents": None, "sessions_per_year": None}
    assert plan.json()["contributions"] == [nothing | DOSING, nothing | INTEGRATION]
    assert plan.json()["lifetime_cap_cents"] == 1_000_000


def test_a_plan_that_is_over_is_refused_with_a_remedy(operator):
    over = TERMS | {"starts_on": "2025-01-01", "ends_on": "2026-03-01"}
    answer = post(operator, f"{make_employer().pk}/plans/", **over)
    assert answer.status_code == 422
    assert answer.json()["errors"]["ends_on"] == [
        "This plan is over already: it would cover nobody. Give a day from today on, or none."
    ]


@pytest.mark.parametrize(
    "terms", [{"percent": 50, "fixed_cents": 1}, {}, {"percent": 101}, {"session_kind": "massage", "percent": 1}]
)
def test_the_database_refuses_a_contribution_that_is_none(db, now, terms):
    plan = make_draft(make_employer().pk)
    row = PlanContribution(plan=plan, employer_id=plan.employer_id, **({"session_kind": "dosing"} | terms))
    broken = "contribution_kind_known|contribution_percent_or_fixed"
    with acting_as(OPERATOR), pytest.raises(IntegrityError, match=broken), transaction.atomic():
        row.save(force_insert=True)


def test_a_contribution_belongs_to_its_employers_plan(committed_db, now):
    plan = make_draft(make_employer().pk)
    row = PlanContribution(plan=plan, employer_id=make_employer().pk, session_kind="dosing", percent=1)
    with pytest.raises(IntegrityError, match="contribution_of_plan"), acting_as(OPERATOR):
        row.save(force_insert=True)


@pytest.mark.parametrize(
    ("starts_on", "on", "year"),
    [
        (date(2026, 3, 15), date(2026, 3, 15), date(2026, 3, 15)),
        (date(2026, 3, 15), date(2027, 3, 14), date(2026, 3, 15)),
        (date(2026, 3, 15), date(2027, 3, 15), date(2027, 3, 15)),
        (date(2026, 3, 15), date(2029, 1, 1), date(2028, 3, 15)),
        (date(2024, 2, 29), date(2025, 2, 27), date(2024, 2, 29)),
        (date(2024, 2, 29), date(2025, 2, 28), date(2025, 2, 28)),
        (date(2024, 2, 29), date(2028, 2, 28), date(2028, 2, 28)),
        (date(2026, 3, 15), date(2026, 1, 1), date(2026, 3, 15)),
    ],
)
def test_a_plans_year_begins_on_its_own_day(starts_on, on, year):
    assert year_of(starts_on, on) == year


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2050, 1, 1)), st.integers(min_value=0, max_value=20_000))
def test_every_day_of_a_plan_lies_in_one_year_of_it(starts_on, days):
    on = starts_on + timedelta(days=days)
    year = year_of(starts_on, on)
    assert year <= on < year + timedelta(days=366)
    assert year_of(starts_on, year) == year


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2050, 1, 1)), st.integers(min_value=0, max_value=20_000))
def test_limits_begin_anew_on_new_years_day_or_never_where_the_plan_says_so(starts_on, days):
    on = starts_on + timedelta(days=days)
    assert year_of(starts_on, on, Reset.CALENDAR_YEAR) == date(on.year, 1, 1)
    assert year_of(starts_on, on, Reset.LIFETIME) == starts_on


@pytest.mark.parametrize(
    ("years_from", "starts_on", "ends_on", "until"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), date(2026, 12, 31), date(2027, 12, 31)),
        (date(2026, 1, 1), date(2026, 7, 1), date(2026, 12, 31), date(2027, 12, 31)),  # the second half of a year
        (date(2027, 3, 15), date(2027, 3, 15), date(2028, 3, 14), date(2029, 3, 14)),
        (date(2026, 1, 1), date(2026, 1, 1), date(2026, 3, 31), date(2026, 6, 29)),
        (date(2024, 2, 29), date(2024, 2, 29), date(2025, 2, 27), date(2026, 2, 27)),
    ],
)
def test_a_renewal_lasts_as_long_again(years_from, starts_on, ends_on, until):
    assert renewed_until(years_from, starts_on, ends_on) == until
