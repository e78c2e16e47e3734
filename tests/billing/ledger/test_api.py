"""The ledger over HTTP, for finance only."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from billing.ledger.models import Journal
from billing.ledger.rules import Account, credit, debit
from billing.ledger.services import post
from tests.factories.billing import signed_in
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

AT = datetime(2026, 2, 2, tzinfo=UTC)
BASE = "/api/v1/ledger/"
URL = f"{BASE}trial-balance/"


@pytest.fixture
def finance(db, now) -> Client:
    return signed_in("operator", permissions=["finance"])


@pytest.fixture
def payout(db) -> Journal:
    with acting_as(WORKER):
        legs = [debit(Account.BANK, 700), credit(Account.STRIPE_BALANCE, 700)]
        return post(business_key="payout:1", kind="payout", legs=legs, at=AT)


def _send(client: Client, path: str, **body: Any) -> Any:
    return client.post(f"{BASE}{path}", json.dumps(body), content_type="application/json")


def test_finance_sees_every_account_in_balance(finance, payout):
    answer = finance.get(URL)
    assert answer.status_code == 200
    body = answer.json()
    assert body["debit_cents"] == body["credit_cents"] == 700
    assert len(body["accounts"]) == len(Account)
    assert {
        "account": "bank",
        "number": 1000,
        "type": "asset",
        "meaning": "Our account at the bank",
        "debit_cents": 700,
        "credit_cents": 0,
        "balance_cents": 700,
    } in body["accounts"]


def test_a_trial_balance_can_end_with_a_month(finance, payout):
    assert finance.get(f"{URL}?through=2026-01").json()["debit_cents"] == 0
    assert finance.get(f"{URL}?through=2026-02").json()["debit_cents"] == 700


def test_a_statement_shows_lines_and_what_was_held(finance, payout):
    body = finance.get(f"{BASE}statement/?account=bank&month=2026-02").json()
    [line] = body["lines"]
    assert (body["opening_cents"], body["closing_cents"], body["next"]) == (0, 700, None)
    assert (line["business_key"], line["amount_cents"], line["balance_cents"]) == ("payout:1", 700, 700)
    assert "member_id" not in line


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("trial-balance/?through=2026-13", "through"),
        ("trial-balance/?through=x", "through"),
        ("statement/?account=cash&month=2026-02", "account"),
        ("statement/?account=bank", "month"),
        ("statement/?account=bank&month=2026-02&limit=9999", "limit"),
        ("statement/?account=bank&month=2026-02&colour=red", "colour"),
        ("export/csv/", "month"),
        ("export/beancount/?month=0000-00", "month"),
    ],
)
def test_what_cannot_be_read_is_named(finance, path, field):
    answer = finance.get(f"{BASE}{path}")
    assert answer.status_code in (400, 422)
    assert field in answer.content.decode()


def test_a_line_of_another_month_is_no_place_to_go_on_from(finance, payout):
    answer = finance.get(f"{BASE}statement/?account=bank&month=2026-02&after={new_id()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(("form", "begins"), [("csv", b"journal,booked_at"), ("beancount", b'option "title"')])
def test_exports_are_files(finance, payout, form, begins):
    answer = finance.get(f"{BASE}export/{form}/?month=2026-02")
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    assert answer["Content-Disposition"] == f'attachment; filename="books-2026-02.{form}"'
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_an_edit_is_refused_with_what_to_do_instead(finance, payout, method):
    answer = getattr(finance, method)(f"{BASE}journals/{payout.pk}/", "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "journal_posted")
    assert "reverse it" in answer.json()["detail"]


def test_a_journal_is_taken_back_with_name_and_reason(finance, payout):
    answer = _send(finance, f"journals/{payout.pk}/reverse/", reason="paid out twice")
    assert answer.status_code == 201
    body = answer.json()
    assert body["reverses_id"] == str(payout.pk)
    assert body["reason"] == "paid out twice"
    assert body["by_user_id"]
    assert sorted((leg["account"], leg["amount_cents"]) for leg in body["legs"]) == [
        ("bank", -700),
        ("stripe_balance", 700),
    ]
    assert _send(finance, f"journals/{payout.pk}/reverse/", reason="again").status_code == 201
    assert {account["balance_cents"] for account in finance.get(URL).json()["accounts"]} == {0}


def test_a_reversal_says_why(finance, payout):
    assert _send(finance, f"journals/{payout.pk}/reverse/", reason=" ").status_code in (400, 422)


def test_months_are_closed_and_opened_under_ones_name(finance, payout):
    closed = _send(finance, "periods/close/", month="2026-02", reason="checked")
    assert closed.status_code == 201
    assert closed.json()["balances"] == {"bank": 700, "stripe_balance": -700}
    assert _send(finance, "periods/close/", month="2026-02", reason="checked").status_code == 409
    assert _send(finance, "periods/close/", month="2026-03", reason="early").json()["code"] == "month_not_over"
    assert finance.get(f"{BASE}periods/").json()["closed_through"] == "2026-02-28"
    assert _send(finance, "periods/reopen/", month="2026-02", reason="a late bill").status_code == 201
    told = finance.get(f"{BASE}periods/").json()
    assert told["closed_through"] == "2026-01-31"
    assert [row["reason"] for row in told["history"]] == ["a late bill", "checked"]
    assert all(row["by_user_id"] for row in told["history"])


@pytest.mark.parametrize("role", ["hr_admin", "employee", "clinic_staff", "operator"])
@pytest.mark.parametrize("path", ["trial-balance/", "periods/", "statement/", "export/csv/"])
def test_nobody_else_sees_it(db, now, role, path):
    answer = signed_in(role, permissions=["care"] if role == "operator" else []).get(f"{BASE}{path}")
    assert answer.status_code == 403
    assert answer.json()["code"] == "permission_denied"


def test_a_stranger_is_asked_to_sign_in(db, now):
    assert Client().get(URL).status_code == 401
