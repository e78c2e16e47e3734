"""Fault cases 32 to 37 of docs/design/billing.md, as far as they are about payments: amounts at the edge, privacy, what
Stripe will invent. 30, 31, 33, 34 and 35 (employers' invoices, transfers, payouts) are tested where those are made.
"""

import json
from typing import Any

import pytest
import stripe
from django.conf import settings

from billing.payment_plans.rules import CannotSplit, Interval, OutcomeKind, amounts
from billing.payment_plans.services import plans
from billing.stripe.client import API_VERSION
from billing.stripe.rules import outcome_of
from tests.billing.stripe.world import World, post
from tests.factories.payments import accepted_quote
from workers.kernel import clock
from workers.kernel.actor import acting_as
from workers.receipts.models import Receipt

HEALTH_WORDS = (
    "ketamine",
    "therap",
    "clinic",
    "health",
    "dosing",
    "session_id",
    "course",
    "depress",
    "anxiety",
    "example.org",
    "home.example",
)


@pytest.fixture
def card(world: World) -> World:
    """A member with a good card."""
    world.store_card()
    return world


@pytest.mark.parametrize(
    ("total", "count", "words"),
    [
        (1, 3, r"\$0\.01 is less than the smallest charge"),
        (0, 1, "nothing to pay"),  # the employer pays all of it
        (49, 1, "smallest charge"),
        (149, 3, "1 to 2 instalments"),
    ],
)
def test_case_32_amounts_that_cannot_be_charged_are_refused_in_a_sentence(total: int, count: int, words: str) -> None:
    with pytest.raises(CannotSplit, match=words):
        amounts(total, count)


def test_case_32_one_cent_over_three_instalments(card: World) -> None:
    card.agree(10_001, 3)
    card.run_for(days=21)
    card.assert_charged(3_334, 3_334, 3_333)


def test_case_32_a_quote_that_the_employer_pays_whole_needs_no_plan(card: World) -> None:
    quote = accepted_quote(card.member, 0, clock.now())
    with acting_as(card.member), pytest.raises(plans.InstalmentsImpossible, match="nothing to pay"):
        plans.create(quote_id=quote.pk, count=1, interval=Interval.WEEKLY, now=clock.now())


def test_case_36_no_health_word_in_any_byte_sent_to_stripe(world: World) -> None:
    world.store_card()
    world.agree(9_000)
    world.run()
    world.refund(1_000)
    world.run_for(days=1)
    log = world.bench.read("log")
    ours = [line for line in log if line["path"] != "/v1/webhook_endpoints"]
    assert {line["path"].split("/")[2] for line in ours} >= {"customers", "setup_intents", "payment_intents", "refunds"}
    told = [line["params"] for line in ours if line["method"] == "POST" and line["params"]]
    metadata = [params["metadata"] for params in told if "metadata" in params]
    assert {frozenset(carried) for carried in metadata} == {frozenset({"env", "obj", "obj_uuid", "gen", "schema"})}
    text = json.dumps(ours).lower()
    assert [word for word in HEALTH_WORDS if word in text] == []
    user = world.member
    assert not [each for each in (user.employer, user.user) if str(each) in text]


def signed(body: dict[str, Any]) -> tuple[bytes, str]:
    """An event as Stripe would sign it now."""
    text = json.dumps(body)
    secret, at = settings.STRIPE_WEBHOOK_SECRETS[0], int(clock.now().timestamp())
    return text.encode(), stripe.WebhookSignature.generate_signature_header(text, secret, at)


def event(**change: Any) -> dict[str, Any]:
    """An event of a kind that we know."""
    subject = {"id": "pi_unknown", "object": "payment_intent"}
    known = {"id": "evt_1", "object": "event", "api_version": API_VERSION, "created": 1, "livemode": False}
    return {**known, "type": "payment_intent.succeeded", "data": {"object": subject}, **change}


@pytest.mark.parametrize(
    "change",
    [
        {"type": "moon.landed", "data": {"object": {"id": "moon_1", "object": "moon"}}},
        {"type": "payment_intent.levitated"},
        {"type": "charge.updated", "data": {"object": {"id": "ch_1", "object": "charge", "payment_intent": None}}},
    ],
)
def test_case_37_an_unknown_event_type_is_stored_and_left(world: World, change: dict[str, Any]) -> None:
    assert post(*signed(event(**change))) == 200
    world.work()
    assert world.open_jobs() == 0
    assert world.read(Receipt.objects.filter(message_id="evt_1").exists)


def test_case_37_a_newer_version_is_refused_with_the_reason(world: World) -> None:
    before = world.read(Receipt.objects.count)
    assert post(*signed(event(api_version="2031-01-01.fern"))) == 400
    assert world.read(Receipt.objects.count) == before


@pytest.mark.parametrize("status", ["requires_capture", "levitating"])
def test_case_37_an_unknown_state_says_nothing(status: str) -> None:
    assert outcome_of({"status": status, "latest_charge": None}).kind == OutcomeKind.UNTOUCHED
