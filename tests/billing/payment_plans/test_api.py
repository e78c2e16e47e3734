"""Plans, instalments and payment methods over HTTP."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from billing.payment_plans.models import Instalment, PaymentMethodSetup, PaymentPlan
from billing.payment_plans.rules import MANDATE_VERSION
from billing.quotes.models import QuoteStatus
from tests.factories import benefits
from tests.factories.payments import accepted_quote, agree, browser_of, card_of, paying_member
from workers.kernel import bells
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.kernel.ids import new_id

PLANS, SETUPS = "/api/v1/payment-plans/", "/api/v1/payment-methods/setups/"


@pytest.fixture
def member(db: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Actor:
    """Somebody who has something to pay."""
    monkeypatch.setattr(bells, "_strike", None)
    return paying_member()


def order(client: Client, path: str, **body: Any) -> Any:
    return client.post(path, body, content_type="application/json")


def test_a_plan_waits_for_a_payment_method_and_lists_its_instalments(member: Actor, now: datetime) -> None:
    quote = accepted_quote(member, 10_001, now)
    browser = browser_of(member)
    answer = order(browser, PLANS, quote_id=str(quote.pk), instalments=3, interval="monthly")
    assert answer.status_code == 201, answer.content
    plan = answer.json()
    assert (plan["status"], plan["total_cents"], plan["currency"]) == ("awaiting_method", 10_001, "usd")
    shown = [(i["number"], i["amount_cents"], i["due_at"], i["status"]) for i in plan["instalments"]]
    assert shown == [
        (1, 3_334, "2026-03-02T15:00:00Z", "scheduled"),
        (2, 3_334, "2026-04-02T13:00:00Z", "scheduled"),  # nine in the morning in New York
        (3, 3_333, "2026-05-02T13:00:00Z", "scheduled"),
    ]
    assert browser.get(f"{PLANS}{plan['id']}/").json() == plan
    assert browser.get(PLANS).json()["results"] == [plan]


def test_a_plan_is_active_at_once_where_a_method_is_stored(member: Actor, now: datetime) -> None:
    card_of(member, now)
    quote = accepted_quote(member, 10_000, now)
    answer = order(browser_of(member), PLANS, quote_id=str(quote.pk), instalments=1, interval="weekly")
    assert answer.json()["status"] == "active"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"instalments": 5}, 422, "invalid"),
        ({"instalments": 0}, 422, "invalid"),
        ({"interval": "daily"}, 422, "invalid"),
        ({"quote_id": "x"}, 422, "invalid"),
        ({"amount_cents": 1}, 422, "invalid"),
        ({"quote_id": str(new_id())}, 404, "not_found"),
    ],
)
def test_a_wrong_wish_is_refused(member: Actor, now: datetime, change: dict[str, Any], status: int, code: str) -> None:
    quote = accepted_quote(member, 10_000, now)
    wish = {"quote_id": str(quote.pk), "instalments": 2, "interval": "weekly", **change}
    answer = order(browser_of(member), PLANS, **wish)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    with acting_as(WORKER):
        assert not PaymentPlan.objects.exists()


@pytest.mark.parametrize(
    ("cents", "count", "words"),
    [(0, 1, "no payment plan is needed"), (49, 1, "smallest charge"), (120, 4, "1 to 2 instalments")],
)
def test_an_amount_that_cannot_be_split_is_refused_in_a_sentence(
    member: Actor, now: datetime, cents: int, count: int, words: str
) -> None:
    quote = accepted_quote(member, cents, now)
    answer = order(browser_of(member), PLANS, quote_id=str(quote.pk), instalments=count)
    assert (answer.status_code, answer.json()["code"]) == (422, "instalments_impossible")
    assert words in answer.json()["detail"]


def test_a_quote_is_accepted_first_and_paid_by_one_plan(member: Actor, now: datetime) -> None:
    offered = accepted_quote(member, 10_000, now, QuoteStatus.OFFERED)
    browser = browser_of(member)
    refused = order(browser, PLANS, quote_id=str(offered.pk), instalments=1)
    assert (refused.status_code, refused.json()["code"]) == (409, "quote_not_accepted")
    plan = agree(member, cents=10_000, now=now)
    again = order(browser, PLANS, quote_id=str(plan.quote_id), instalments=1)
    assert (again.status_code, again.json()["code"]) == (409, "payment_plan_exists")


def test_another_members_things_answer_like_unknown_ones(member: Actor, now: datetime) -> None:
    plan = agree(member, cents=10_000, now=now)
    with acting_as(WORKER):
        instalment = Instalment.objects.get()
    card_of(member, now)
    with acting_as(WORKER):
        setup = PaymentMethodSetup.objects.get()
    stranger = browser_of(paying_member())
    for path in (f"{PLANS}{{}}/", "/api/v1/instalments/{}/", f"{SETUPS}{{}}/"):
        unknown = stranger.get(path.format(new_id()))
        for theirs in (plan.pk, instalment.pk, setup.pk):
            answer = stranger.get(path.format(theirs))
            assert (answer.status_code, answer.content) == (404, unknown.content)
    assert stranger.get(PLANS).json()["results"] == []
    quoted = order(stranger, PLANS, quote_id=str(plan.quote_id), instalments=1)
    assert quoted.status_code == 404


@pytest.mark.parametrize("role", ["hr_admin", "clinic_staff", "operator", ""])
def test_nobody_but_employees_is_answered(member: Actor, now: datetime, role: str) -> None:
    tenant: dict[str, dict[str, Any]] = {
        "hr_admin": {"employer_id": member.employer},
        "clinic_staff": {"clinic_id": new_id()},
    }
    browser = benefits.signed_in(benefits.make_user(role, **tenant.get(role, {}))) if role else Client()
    plan = agree(member, cents=10_000, now=now)
    expected = 403 if role else 401
    for path in (PLANS, f"{PLANS}{plan.pk}/", f"/api/v1/instalments/{plan.pk}/", f"{SETUPS}{plan.pk}/"):
        assert browser.get(path).status_code == expected
    assert order(browser, SETUPS, mandate_accepted=True).status_code == expected


def test_storing_a_method_records_the_mandate_and_shows_its_secret_only_while_it_is_needed(
    member: Actor, now: datetime
) -> None:
    browser = browser_of(member)
    answer = order(browser, SETUPS, mandate_accepted=True)
    assert answer.status_code == 202
    assert (answer.json()["status"], answer.json()["client_secret"]) == ("creating", None)
    with acting_as(WORKER):
        setup = PaymentMethodSetup.objects.get()
    assert (setup.mandate_accepted_at, setup.mandate_version) == (now, MANDATE_VERSION)
    assert answer.json()["mandate_text"] == setup.mandate_text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("body", "code"), [({"mandate_accepted": False}, "mandate_not_accepted"), ({}, "invalid")])
def test_no_method_is_stored_without_permission(member: Actor, body: dict[str, Any], code: str) -> None:
    answer = order(browser_of(member), SETUPS, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    with acting_as(WORKER):
        assert not PaymentMethodSetup.objects.exists()
