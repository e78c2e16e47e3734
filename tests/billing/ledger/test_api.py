"""The trial balance over HTTP."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from billing.ledger.rules import Account, credit, debit
from billing.ledger.services import post
from tests.factories.billing import signed_in
from workers.kernel.actor import WORKER, acting_as

AT = datetime(2026, 3, 2, tzinfo=UTC)
URL = "/api/v1/ledger/trial-balance/"


def test_finance_sees_every_account_in_balance(db, now):
    with acting_as(WORKER):
        legs = [debit(Account.BANK, 700), credit(Account.STRIPE_BALANCE, 700)]
        post(business_key="payout:1", kind="payout", legs=legs, at=AT)
    answer = signed_in("operator", permissions=["finance"]).get(URL)
    assert answer.status_code == 200
    body = answer.json()
    assert body["debit_cents"] == body["credit_cents"] == 700
    assert len(body["accounts"]) == len(Account)
    assert {
        "account": "bank",
        "type": "asset",
        "debit_cents": 700,
        "credit_cents": 0,
        "balance_cents": 700,
    } in body["accounts"]


@pytest.mark.parametrize("role", ["hr_admin", "employee", "clinic_staff", "operator"])
def test_nobody_else_sees_it(db, now, role):
    answer = signed_in(role, permissions=["care"] if role == "operator" else []).get(URL)
    assert answer.status_code == 403
    assert answer.json()["code"] == "permission_denied"


def test_a_stranger_is_asked_to_sign_in(db, now):
    assert Client().get(URL).status_code == 401
