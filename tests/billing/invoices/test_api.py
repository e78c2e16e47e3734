"""Finance's work with employers' accounts and invoices over HTTP."""

import json
from typing import Any

import pytest
from django.test import Client

from tests.factories.billing import signed_in
from tests.factories.books import account_of, drafted, employer_with, issued
from workers.kernel.ids import new_id

pytestmark = pytest.mark.usefixtures("now")
TERMS = {"billing_email": "bills@employer.example", "fee_cents": 800}


@pytest.fixture
def finance(db) -> Client:
    return signed_in("operator", permissions=["finance"])


@pytest.fixture
def employer(db):
    """Thirty covered members."""
    return employer_with(30)


def _send(client: Client, path: str, **body: Any) -> Any:
    return client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")


def test_an_account_is_opened_once(finance, employer):
    url = f"employers/{employer}/account/"
    opened = _send(finance, url, **TERMS)
    assert opened.status_code == 201
    assert opened.json()["method"] == "invoice"
    assert _send(finance, url, **TERMS).json()["code"] == "employer_account_exists"
    assert finance.get(f"/api/v1/{url}").json()["prefunded_cents"] == 0
    assert _send(finance, f"employers/{new_id()}/account/", **TERMS).status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fee_cents", -1),
        ("fee_cents", 10**18),
        ("fee_cents", 1.5),
        ("billing_email", "nobody"),
        ("net_days", 1000),
        ("method", "barter"),
        ("colour", "red"),
    ],
)
def test_terms_that_cannot_hold_are_named(finance, employer, field, value):
    answer = _send(finance, f"employers/{employer}/account/", **(TERMS | {field: value}))
    assert answer.status_code in (400, 422)
    assert field in answer.content.decode()


def test_an_invoice_is_issued_paid_credited_and_seen_by_hr(finance, employer):
    account_of(employer)
    draft = drafted(employer)
    url = f"operator/invoices/{draft.pk}/"
    assert _send(finance, f"{url}issue/").json()["status"] == "issued"
    assert _send(finance, f"{url}payments/", cents=20_000, reference="w1").json()["due_cents"] == 4_000
    assert _send(finance, f"{url}credit-notes/", cents=4_000, reason="order_change").status_code == 201
    assert _send(finance, f"{url}void/", reason="x").json()["code"] == "invoice_settled"
    detail = signed_in("hr_admin", employer_id=employer).get(f"/api/v1/invoices/{draft.pk}/").json()
    assert (detail["status"], detail["month"], detail["total_cents"]) == ("paid", "2026-03", 24_000)
    assert [(one["paid_by"], one["cents"]) for one in detail["settlements"]] == [("bank", 20_000)]
    assert [one["cents"] for one in detail["credit_notes"]] == [4_000]
    assert [line["quantity"] for line in detail["lines"]] == [30]


def test_a_voided_invoice_is_replaced_under_the_next_number(finance, employer):
    account_of(employer)
    first = issued(employer)
    assert _send(finance, f"operator/invoices/{first.pk}/void/", reason="wrong address").json()["status"] == "void"
    early = _send(finance, f"employers/{employer}/invoices/", month="2026-03", reason="again")
    assert early.json()["code"] == "month_not_over"


def test_hr_sees_no_draft(finance, employer):
    account_of(employer)
    draft = drafted(employer)
    hr = signed_in("hr_admin", employer_id=employer)
    assert hr.get("/api/v1/invoices/").json()["results"] == []
    assert hr.get(f"/api/v1/invoices/{draft.pk}/").status_code == 404
    listed = finance.get("/api/v1/operator/invoices/").json()["results"]
    assert [one["status"] for one in listed] == ["draft"]


def test_deposits_and_debts_are_shown(finance, employer):
    account_of(employer)
    assert _send(finance, f"employers/{employer}/deposits/", cents=500, reference="w").json()["prefunded_cents"] == 500
    issued(employer)
    [debt] = finance.get("/api/v1/operator/receivables/").json()
    assert debt["total_cents"] == debt["cents"]["not_due"] == 23_500
    assert signed_in("hr_admin", employer_id=employer).get("/api/v1/employer-account/").json()["prefunded_cents"] == 0


def test_hr_without_an_account_is_told_so(employer):
    answer = signed_in("hr_admin", employer_id=employer).get("/api/v1/employer-account/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("role", ["hr_admin", "employee", "clinic_staff", "operator"])
def test_nobody_else_does_finances_work(db, role):
    client = signed_in(role, permissions=["care"] if role == "operator" else [])
    for path in ("operator/invoices/", "operator/receivables/", "operator/transfers/", "operator/differences/"):
        assert client.get(f"/api/v1/{path}").status_code == 403
    assert _send(client, f"operator/invoices/{new_id()}/issue/").status_code == 403
