"""Fault cases 27 to 38 of docs/design/billing.md, as far as they are about payments: plans changed midway, amounts at
the edge, privacy, what Stripe will invent, a restored backup.

30, 31, 33, 34 and 35 (employers' invoices, transfers, payouts) are tested where those are made.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import stripe
from django.conf import settings
from django.db import connections
from psycopg import sql

from benefits.enrollment.models import Enrollment
from billing.ledger.queries import balance
from billing.ledger.rules import Account
from billing.payment_plans.models import Instalment, PaymentPlan
from billing.payment_plans.rules import CannotSplit, ChangeKind, Interval, OutcomeKind, amounts
from billing.payment_plans.services import plans, replanning
from billing.stripe.client import API_VERSION
from billing.stripe.rules import outcome_of
from billing.stripe.services import charges
from tests.billing.stripe.dying import kill_at
from tests.billing.stripe.world import World, post
from tests.conftest import _drop, _point_at, _server
from tests.factories.payments import accepted_quote
from workers.kernel import clock
from workers.kernel.actor import Actor, Role, acting_as
from workers.receipts.models import Receipt
from workers.timers.models import Timer

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


def owed(world: World) -> list[tuple[int, int, str]]:
    """The (number, cents, state) of what is not cancelled."""
    rows = Instalment.objects.exclude(status="cancelled").order_by("number")
    return world.read(lambda: list(rows.values_list("number", "amount_cents", "status")))


def test_case_27_a_plan_is_changed_while_a_confirm_is_in_flight(card: World) -> None:
    card.deafen()
    card.agree(9_000, 3)
    kill_at(card.work, charges, "reduce_payment_intent", after=False)  # Stripe took it, and nobody knows
    card.ask_change(ChangeKind.SPREAD, instalments=1, interval="weekly")
    card.advance(minutes=2)
    card.recover()
    assert owed(card) == [(1, 3_000, "paid"), (4, 6_000, "scheduled")]
    card.run_for(days=8)
    card.assert_charged(3_000, 6_000)


def test_case_27_what_is_paid_on_a_cancelled_instalment_goes_back(world: World) -> None:
    world.store_card()
    world.turn_bad("pm_card_chargeCustomerFail")
    world.agree(9_000)
    world.run()
    assert world.instalments() == ["retry_wait"]
    [intent] = world.bench.stripe.v1.payment_intents.list().data
    world.ask_change(ChangeKind.SPREAD, instalments=2, interval="weekly")
    world.bench.order("behaviours", payment_method=world.active_card(), like="pm_card_visa")
    paying: Any = {"payment_method": world.active_card(), "off_session": True}
    world.bench.stripe.v1.payment_intents.confirm(intent.id, paying)  # a moment before we cancel it
    world.run_for(days=20)
    assert sorted(world.charged()) == [4_500, 4_500, 9_000]
    assert world.refunds() == ["succeeded"]
    assert world.items() == ["second_charge"]
    world.assert_books(9_000)


def test_case_27_the_payment_intent_of_a_cancelled_instalment_is_canceled(world: World) -> None:
    world.store_card("pm_card_chargeCustomerFail")
    world.agree(9_000)
    world.run()
    [intent] = world.bench.stripe.v1.payment_intents.list().data
    world.ask_change(ChangeKind.SPREAD, instalments=2, interval="weekly")
    world.run()
    assert world.bench.stripe.v1.payment_intents.retrieve(intent.id).status == "canceled"


@pytest.mark.parametrize(
    ("total", "later", "kept"),
    [
        (12_000, [4_500, 4_500], 12_000),  # up
        (6_000, [1_500, 1_500], 6_000),  # down
        (3_001, [], 3_000),  # less than a charge may be: waived
        (3_000, [], 3_000),
        (1_000, [], 1_000),  # below what is paid
        (0, [], 0),
    ],
)
def test_case_28_the_income_is_corrected_midway(card: World, total: int, later: list[int], kept: int) -> None:
    plan = card.agree(9_000, 3)
    card.run()
    for _ in range(2):  # told twice, done once
        card.read(lambda: replanning.adjust(plan_id=plan.pk, total_cents=total, now=clock.now()))
    card.run()
    card.run_for(days=21)
    assert card.charged() == [3_000, *later]
    assert card.read(PaymentPlan.objects.get).status == "completed"
    assert card.read(lambda: balance(Account.CHARITY_CARE)) == (1 if total == 3_001 else 0)
    card.assert_books(kept)


def test_case_28_a_correction_while_a_debit_is_processed_counts_it(world: World) -> None:
    world.store_card("pm_usBankAccount_success")
    plan = world.agree(9_000, 2)
    world.run()
    assert world.instalments() == ["processing", "scheduled"]
    world.read(lambda: replanning.adjust(plan_id=plan.pk, total_cents=6_000, now=clock.now()))
    world.run_for(days=20)
    world.assert_charged(4_500, 1_500)


def test_case_28_what_a_debit_in_flight_brings_too_much_goes_back_when_it_is_paid(world: World) -> None:
    world.store_card("pm_usBankAccount_success")
    plan = world.agree(9_000, 2)
    world.run()
    world.read(lambda: replanning.adjust(plan_id=plan.pk, total_cents=1_000, now=clock.now()))
    world.run()
    assert world.refunds() == []
    world.run_for(days=20)
    assert (world.charged(), world.refunds()) == ([4_500], ["succeeded"])
    world.assert_books(1_000)


def test_case_28_what_a_debit_in_flight_asks_too_much_is_not_asked_again_when_it_fails(world: World) -> None:
    world.store_card("pm_usBankAccount_insufficientFunds")
    plan = world.agree(9_000, 2)
    world.run()
    world.read(lambda: replanning.adjust(plan_id=plan.pk, total_cents=1_000, now=clock.now()))
    world.run_for(days=8)
    owed = world.read(lambda: list(plan.instalments.exclude(status="cancelled").values_list("amount_cents", flat=True)))
    assert (owed, world.charged()) == ([1_000], [])


def test_case_28_what_a_bank_held_while_the_price_was_lowered_goes_back_once_the_dispute_is_won(card: World) -> None:
    plan = card.agree(9_000, 1)
    card.run()
    [charge] = card.bench.read("charges")
    dispute = card.bench.order("disputes", charge=charge["id"])
    card.run()
    card.read(lambda: replanning.adjust(plan_id=plan.pk, total_cents=6_000, now=clock.now()))
    card.run()
    assert card.refunds() == ["refused"]
    card.bench.order("disputes/end", dispute=dispute["id"], outcome="won")
    card.run()
    assert card.refunds() == ["refused", "succeeded"]
    card.assert_books(6_000)


def test_case_29_employment_ends_midway_and_nothing_shifts_to_the_employee(card: World) -> None:
    card.agree(9_000, 3)
    card.run()
    before = owed(card)
    ends = clock.now().date() + timedelta(days=1)
    with acting_as(Actor(role=Role.HR, employer=card.member.employer)):
        assert Enrollment.objects.filter(member_id=card.member_id).update(ends_on=ends)
    card.run_for(days=21)
    assert [(number, cents) for number, cents, _ in owed(card)] == [(number, cents) for number, cents, _ in before]
    card.assert_charged(3_000, 3_000, 3_000)


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


def test_case_37_a_newer_version_is_refused_with_the_reason(world: World) -> None:
    before = world.read(Receipt.objects.count)
    assert post(*signed(event(api_version="2031-01-01.fern"))) == 400
    assert world.read(Receipt.objects.count) == before


@pytest.mark.parametrize("status", ["requires_capture", "levitating"])
def test_case_37_an_unknown_state_says_nothing(status: str) -> None:
    assert outcome_of({"status": status, "latest_charge": None}).kind == OutcomeKind.UNTOUCHED


@contextmanager
def backup(world: World, name: str) -> Iterator[str]:
    """A copy of the database as it is now, under another name."""
    copy = f"{name}_backup"
    connections.close_all()
    with _server() as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(copy), sql.Identifier(name)))
        try:
            yield copy
        finally:
            _point_at(name)
            _drop(server, copy)


def restore(copy: str) -> None:
    """Go on with the copy."""
    connections.close_all()
    _point_at(copy)


@pytest.mark.parametrize("has_rounds", [True, False])
@pytest.mark.parametrize("days", [0, 9])
def test_case_38_a_backup_older_than_stripe_is_restored_and_nobody_is_charged_again(
    card: World, committed_db: str, days: int, has_rounds: bool
) -> None:
    card.agree(9_000, 2)
    with backup(card, committed_db) as copy:
        card.run()
        card.run_for(days=days)
        paid = card.charged()
        restore(copy)
        card.deafen()  # Stripe has told everything already
        if not has_rounds:  # an attempt that is late looks for itself
            card.read(Timer.objects.filter(kind="billing.stripe-round.due.v1").delete)
        card.recover()
        assert card.charged() == paid
        assert card.instalments() == ["paid", "paid" if days else "scheduled"]
        card.assert_books(sum(paid))


def test_case_38_money_of_a_plan_that_the_backup_never_had_is_booked_and_a_person_looks(
    card: World, committed_db: str
) -> None:
    with backup(card, committed_db) as copy:
        card.agree(9_000)
        card.run()
        restore(copy)
        card.deafen()
        card.advance(hours=3)
        card.run()
        assert card.items() == ["orphan_payment"]
        assert card.read(lambda: balance(Account.CUSTOMER_CREDIT)) == -9_000
        assert (card.kept(), card.ledger()) == (9_000, 9_000)


def test_case_38_a_refund_that_the_backup_never_had_is_taken_over(card: World, committed_db: str) -> None:
    card.agree(9_000)
    card.run()
    with backup(card, committed_db) as copy:
        card.advance(hours=7)
        card.work()
        card.refund(4_000)
        card.run()
        restore(copy)
        card.deafen()
        card.advance(hours=1)
        card.run()
        assert card.refunds() == ["succeeded"]
        card.assert_books(5_000)
