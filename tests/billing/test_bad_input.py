"""The bad input that issue 7 names, each at the doors where it comes in: refused with the field or the reason.

Elsewhere: bands with gaps and overlaps (sliding_scale/test_rules.py, test_programmes.py), a webhook for another account
(stripe/test_webhooks.py), money in another currency (stripe/test_notices.py), more than what is left of a charge
(stripe/test_cases_23_to_26.py).
"""

from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from billing.ledger.models import Journal, Posting
from billing.ledger.rules import Account, credit, debit
from billing.ledger.services import post
from billing.payment_plans.models import PlanChange
from tests.billing.stripe.world import OPERATOR
from tests.factories import benefits
from tests.factories.payments import agree, browser_of, card_of, paying_member
from workers.kernel import bells, clock
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.kernel.ids import new_id

ID = "01890000-0000-7000-8000-000000000000"
BAND = {"code": "low", "above_percent": 0, "up_to_percent": 100, "discount_percent": 50}
INCOME = {"annual_income_cents": 4_000_000, "household_size": 4, "region": "contiguous"}
# (who, method, address, a body that would do, the amount in it)
AMOUNTS = [
    ("finance", "post", "operator/refunds/", {"charge_id": ID, "reason": "goodwill"}, "amount_cents"),
    (
        "finance",
        "post",
        "operator/subsidy-funds/",
        {"programme": "standard", "starts_on": "2026-04-01"},
        "budget_cents",
    ),
    ("finance", "patch", f"operator/subsidy-funds/{ID}/", {}, "budget_cents"),
    ("finance", "post", f"employers/{ID}/account/", {"billing_email": "a@x.example"}, "fee_cents"),
    (
        "finance",
        "post",
        f"employers/{ID}/account/",
        {"billing_email": "a@x.example", "fee_cents": 500},
        "low_water_cents",
    ),
    ("finance", "post", f"employers/{ID}/fees/", {"month": "2026-05"}, "fee_cents"),
    ("finance", "post", f"employers/{ID}/deposits/", {"reference": "r"}, "cents"),
    ("finance", "post", f"operator/invoices/{ID}/payments/", {"reference": "r"}, "cents"),
    ("finance", "post", f"operator/invoices/{ID}/credit-notes/", {"reason": "duplicate"}, "cents"),
    (
        "finance",
        "post",
        f"operator/income-appeals/{ID}/decide/",
        {"grant": True, "reason": "r", "household_size": 2},
        "annual_income_cents",
    ),
    (
        "employee",
        "post",
        "income-declarations/",
        {"household_size": 4, "region": "contiguous"},
        "annual_income_cents",
    ),
]
HUGE, FRACTION = 10**18, 0.5


@pytest.fixture
def member(db: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Actor:
    """Somebody who pays."""
    monkeypatch.setattr(bells, "_strike", None)
    return paying_member()


@pytest.fixture
def browsers(member: Actor) -> dict[str, Client]:
    """An operator's who holds `finance`, and the member's."""
    finance = benefits.signed_in(benefits.make_user("operator", permissions=["finance"]))
    return {"finance": finance, "employee": browser_of(member)}


def send(browser: Client, method: str, path: str, body: Any) -> Any:
    return getattr(browser, method)(f"/api/v1/{path}", body, content_type="application/json")


@pytest.mark.parametrize("amount", [-1, HUGE, 10**40, FRACTION, "1.005", "12,50", "$5", "NaN", "1e9", True, [5]])
@pytest.mark.parametrize(("who", "method", "path", "body", "field"), AMOUNTS)
def test_an_amount_is_whole_cents_within_reason(
    browsers: dict[str, Client], who: str, method: str, path: str, body: dict[str, Any], field: str, amount: Any
) -> None:
    answer = send(browsers[who], method, path, {**body, field: amount})
    assert answer.status_code == 422, answer.content
    assert field in str(answer.json()["errors"])


@pytest.mark.parametrize(("who", "method", "path", "body", "field"), AMOUNTS)
def test_nobody_chooses_a_currency(
    browsers: dict[str, Client], who: str, method: str, path: str, body: dict[str, Any], field: str
) -> None:
    answer = send(browsers[who], method, path, {**body, field: 100, "currency": "eur"})
    assert (answer.status_code, "currency" in str(answer.json()["errors"])) == (422, True)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"household_size": 0}, "household_size"),
        ({"household_size": -3}, "household_size"),
        ({"household_size": 10**6}, "household_size"),
        ({"annual_income_cents": None}, "annual_income_cents"),
        ({"annual_income_cents": ""}, "annual_income_cents"),
        ({"region": "mars"}, "region"),
    ],
)
def test_an_impossible_household_is_refused(browsers: dict[str, Client], wrong: dict[str, Any], field: str) -> None:
    answer = send(browsers["employee"], "post", "income-declarations/", {**INCOME, **wrong})
    assert (answer.status_code, field in str(answer.json()["errors"])) == (422, True)


def test_no_income_at_all_is_an_income(browsers: dict[str, Client]) -> None:
    answer = send(browsers["employee"], "post", "income-declarations/", {**INCOME, "annual_income_cents": 0})
    assert answer.status_code == 201, answer.content


@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "move", "due_on": "2026-03-01"},
        {"kind": "move", "due_on": "1026-03-01"},
        {"kind": "pause", "until": "2026-03-01"},
        {"kind": "pause", "until": "2026-03-02"},
    ],
)
def test_a_plan_has_no_dates_in_the_past(
    browsers: dict[str, Client], member: Actor, now: datetime, wish: dict[str, Any]
) -> None:
    card_of(member, now)
    plan = agree(member, cents=9_000, count=2, now=now)
    with acting_as(WORKER):
        second = plan.instalments.get(number=2)
    named = {"instalment_id": str(second.pk)} if wish["kind"] == "move" else {}
    answer = send(browsers["employee"], "post", f"payment-plans/{plan.pk}/changes/", {**wish, **named})
    assert (answer.status_code, answer.json()["code"]) == (422, "change_refused")
    assert "from 2026-03-03" in answer.json()["detail"]
    with acting_as(WORKER):
        assert not PlanChange.objects.exists()


@pytest.mark.parametrize("actor", [OPERATOR, WORKER])
@pytest.mark.parametrize("change", ["journal", "posting", "delete", "truncate"])
def test_a_posted_journal_is_edited_by_nobody_and_the_refusal_says_why(db: None, actor: Actor, change: str) -> None:
    with acting_as(WORKER):
        legs = [debit(Account.BANK, 500), credit(Account.SUSPENSE, 500)]
        journal = post(business_key="k", kind="test", legs=legs, at=clock.now())
    acts: dict[str, Any] = {
        "journal": lambda: Journal.objects.filter(pk=journal.pk).update(kind="other"),
        "posting": lambda: Posting.objects.filter(journal=journal).update(amount_cents=1),
        "delete": lambda: Journal.objects.filter(pk=journal.pk).delete(),
        "truncate": lambda: Posting.objects.raw("TRUNCATE billing_posting")[0],
    }
    with pytest.raises(DatabaseError), acting_as(actor), transaction.atomic():
        acts[change]()
    with acting_as(WORKER):
        assert [leg.amount_cents for leg in Posting.objects.order_by("amount_cents")] == [-500, 500]


@pytest.mark.parametrize("method", ["patch", "put", "delete"])
def test_an_operator_who_edits_a_posted_journal_is_told_what_to_do(
    browsers: dict[str, Client], now: datetime, method: str
) -> None:
    with acting_as(WORKER):
        legs = [debit(Account.BANK, 500), credit(Account.SUSPENSE, 500)]
        journal = post(business_key=str(new_id()), kind="test", legs=legs, at=now)
    answer = send(browsers["finance"], method, f"ledger/journals/{journal.pk}/", {"kind": "other"})
    assert (answer.status_code, answer.json()["code"]) == (409, "journal_posted")
    assert "reverse it" in answer.json()["detail"]
