"""Declarations, and who may read them."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection

from billing.sliding_scale.models import IncomeDeclaration
from billing.sliding_scale.queries import current_declaration, discount_of
from billing.sliding_scale.rules import NO_DISCOUNT
from billing.sliding_scale.services import confirm_evidence, declare
from tests.factories.billing import member_actor, signed_in
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.errors import Invalid
from workers.kernel.ids import new_id

OPERATOR = Actor(role=Role.OPERATOR)
MONTH = timedelta(days=30)


@pytest.fixture
def member(db):
    return member_actor()


def _declare(member: Actor, now, income: int = 4_000_000, size: int = 4, region: str = "contiguous"):
    assert member.member
    with acting_as(member):
        return declare(member_id=member.member, annual_income_cents=income, household_size=size, region=region, now=now)


def _percent(member: Actor, now) -> int:
    assert member.member
    with acting_as(member):
        return discount_of(current_declaration(member.member, now=now), on=now.date()).percent


def test_the_newest_declaration_counts(member, now):
    _declare(member, now, income=4_000_000)
    _declare(member, now + timedelta(hours=1), income=6_000_000)
    assert _percent(member, now + timedelta(hours=2)) == 50


def test_without_a_declaration_there_is_no_discount(member, now):
    with acting_as(member):
        assert current_declaration(member.member, now=now) is None
    assert discount_of(None, on=now.date()) == NO_DISCOUNT


def test_a_word_alone_counts_for_thirty_days(member, now):
    _declare(member, now)
    assert _percent(member, now + MONTH - timedelta(seconds=1)) == 80
    assert _percent(member, now + MONTH) == 0


def test_a_documented_income_counts_on(member, now):
    declaration = _declare(member, now)
    with acting_as(OPERATOR):
        for _ in range(2):
            confirm_evidence(declaration_id=declaration.pk, evidence="w2")
    assert _percent(member, now + 2 * MONTH) == 80


def test_unknown_evidence_is_refused(member, now):
    declaration = _declare(member, now)
    with pytest.raises(Invalid, match="pay_stub"), acting_as(OPERATOR):
        confirm_evidence(declaration_id=declaration.pk, evidence="hearsay")


@pytest.mark.parametrize(
    ("income", "size", "region"),
    [
        (-1, 1, "contiguous"),
        (10**13, 1, "contiguous"),
        (0, 0, "contiguous"),
        (0, 51, "alaska"),
        (0, 1, "guam"),
    ],
)
def test_impossible_declarations_are_refused(member, now, income, size, region):
    with pytest.raises(Invalid):
        _declare(member, now, income, size, region)


def test_income_is_stored_encrypted(member, now):
    declaration = _declare(member, now, income=4_123_457)
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute("SELECT details FROM billing_incomedeclaration WHERE id = %s", [declaration.pk])
        stored = bytes(cursor.fetchone()[0])
        assert b"4123457" not in stored
        assert IncomeDeclaration.objects.get().details["annual_income_cents"] == 4_123_457


@pytest.mark.parametrize("role", [Role.HR, Role.CLINIC, Role.AUTH])
def test_no_employer_and_no_clinic_reads_declarations(member, now, role):
    _declare(member, now)
    other = Actor(role=role, employer=member.employer, clinic=new_id())
    with pytest.raises(DatabaseError, match="permission denied"), acting_as(other):
        IncomeDeclaration.objects.exists()


def test_members_read_only_their_own_and_change_none(member, now):
    _declare(member, now)
    with acting_as(member_actor()):
        assert not IncomeDeclaration.objects.exists()
    with pytest.raises(DatabaseError, match="permission denied"), acting_as(member):
        IncomeDeclaration.objects.update(band="to_100")


def test_a_member_declares_over_http(db, now):
    browser = signed_in("employee")
    body = {"annual_income_cents": 4_000_000, "household_size": 4, "region": "contiguous"}
    answer = browser.post("/api/v1/income-declarations/", body, content_type="application/json")
    assert answer.status_code == 201
    assert answer.json()["band"] == "to_125"
    assert answer.json()["evidence_due_at"] == "2026-04-01T15:00:00Z"
    assert "annual_income_cents" not in answer.json()


@pytest.mark.parametrize(
    "wrong", [{"household_size": 0}, {"annual_income_cents": -5}, {"annual_income_cents": 1.5}, {"assets": 1}]
)
def test_a_wrong_declaration_is_a_422_that_names_the_field(db, now, wrong):
    body = {"annual_income_cents": 4_000_000, "household_size": 4, "region": "contiguous"} | wrong
    answer = signed_in("employee").post("/api/v1/income-declarations/", body, content_type="application/json")
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == set(wrong)


@pytest.mark.parametrize("role", ["hr_admin", "clinic_staff", "operator"])
def test_only_members_declare(db, now, role):
    answer = signed_in(role).post("/api/v1/income-declarations/", {}, content_type="application/json")
    assert answer.status_code == 403


def test_finance_confirms_evidence_over_http(member, now):
    declaration = _declare(member, now)
    url = f"/api/v1/income-declarations/{declaration.pk}/evidence/"
    finance = signed_in("operator", permissions=["finance"])
    answer = finance.post(url, {"evidence": "pay_stub"}, content_type="application/json")
    assert (answer.status_code, answer.json()["status"]) == (200, "documented")
    unknown = f"/api/v1/income-declarations/{new_id()}/evidence/"
    assert finance.post(unknown, {"evidence": "w2"}, content_type="application/json").status_code == 404
