"""Fault cases 14 to 22 of docs/design/billing.md: keys, declines, 3-D Secure, lost cards, bank debits that return."""

from typing import Any

import pytest

from billing.payment_plans.models import Instalment, PaymentPlan
from billing.payment_plans.rules import ChangeKind
from billing.payment_plans.services import changing, charging
from tests.billing.stripe.world import World
from tests.racing import at_once
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as


@pytest.fixture
def card(world: World) -> World:
    """A member with a good card."""
    world.store_card()
    return world


def test_case_14_the_same_key_was_used_with_other_parameters(card: World) -> None:
    card.agree(9_000)
    instalment = card.read(Instalment.objects.get)
    other: Any = {"amount": 5_000, "currency": "usd", "allowed_payment_method_types": ["card"]}
    card.bench.stripe.v1.payment_intents.create(other, {"idempotency_key": f"pi-create:{instalment.pk}:g1"})
    card.run()
    card.recover()
    assert card.attempts() == [(1, 1, "cancelled"), (2, 1, "paid")]
    card.assert_charged(9_000)


def test_case_15_after_a_decline_the_same_key_is_never_used_again(world: World) -> None:
    world.store_card("pm_card_chargeCustomerFail")
    world.agree(9_000)
    world.run()
    world.bench.order("behaviours", payment_method=world.active_card(), like="pm_card_visa")
    world.run_for(days=3)
    log = world.bench.read("log")
    keys = [line["idempotency_key"] for line in log if (line["idempotency_key"] or "").startswith("pi-confirm:")]
    assert len(keys) == len(set(keys)) == 2
    assert not [line for line in log if line["replayed"]]
    world.assert_charged(9_000)


def test_case_15_a_decline_whose_answer_is_lost_is_found_by_asking_and_not_by_trying_again(world: World) -> None:
    world.store_card("pm_card_chargeCustomerFail")
    world.deafen()
    world.fault("drop", "after", "confirm")
    world.agree(9_000)
    world.work()
    assert world.attempts() == [(1, 1, "unknown")]
    world.recover()
    assert world.attempts() == [(1, 1, "retry_wait")]
    assert world.failed_charges() == 1


def test_case_16_a_decline_a_new_card_and_success_on_the_same_payment_intent(world: World) -> None:
    world.store_card("pm_card_chargeCustomerFail")
    world.agree(9_000)
    world.run()
    world.store_card("pm_card_mastercard")
    assert world.attempts() == [(1, 1, "retry_wait"), (1, 2, "paid")]
    assert len({charge["payment_intent"] for charge in world.bench.read("charges")}) == 1
    world.assert_charged(9_000)


def test_case_17_pay_now_races_autopay(card: World) -> None:
    card.agree(9_000, 2)
    card.run()
    second = card.read(lambda: Instalment.objects.get(number=2))
    card.ask_change(ChangeKind.PAY_NOW, 2)
    card.advance(days=7)

    def pay_now() -> None:
        with acting_as(WORKER):
            [change] = second.plan.changes.all()
            changing.apply(change_id=change.pk, now=clock.now())

    def autopay() -> None:
        with acting_as(WORKER):
            charging.charge_due([charging.Due(instalment_id=second.pk, generation=second.generation)], now=clock.now())

    at_once(pay_now, autopay)
    card.run()
    card.recover()
    card.assert_charged(4_500, 4_500)


@pytest.mark.parametrize("days", [0, 10])
def test_case_18_off_session_three_d_secure_at_once_and_late(card: World, days: int) -> None:
    card.turn_bad("pm_card_authenticationRequired")
    card.agree(9_000)
    card.run()
    assert card.instalments() == ["action_required"]
    card.run_for(days=days)
    card.authenticate(card.action(), "fail")
    card.run()
    assert card.instalments() == ["action_required"]
    card.authenticate(card.action())
    card.run()
    assert len({charge["payment_intent"] for charge in card.bench.read("charges")}) == 1
    card.assert_charged(9_000)


def test_case_18_three_d_secure_abandoned_ends_with_a_person_and_without_a_charge(card: World) -> None:
    card.turn_bad("pm_card_authenticationRequired")
    card.agree(9_000)
    card.run_for(days=25)
    assert card.mails() == ["billing/action_needed"] * 4
    assert card.items() == ["instalment_unpaid"]
    assert card.charged() == []


def test_case_18_a_three_d_secure_whose_notice_is_lost_is_found_by_the_sweep(card: World) -> None:
    card.turn_bad("pm_card_authenticationRequired")
    card.agree(9_000)
    card.run()
    card.deafen()
    card.authenticate(card.action())
    card.advance(hours=2)
    card.work()
    card.assert_charged(9_000)


def test_case_19_cancelled_at_the_confirmation_limit(world: World) -> None:
    world.store_card("pm_card_chargeCustomerFail")
    world.bench.order("confirmation_limit", limit=1)
    world.agree(9_000)
    world.run()
    world.run_for(days=3)
    assert world.attempts() == [(1, 1, "retry_wait"), (1, 2, "cancelled")]
    world.bench.order("confirmation_limit", limit=200)
    world.store_card()
    assert world.attempts()[-1] == (2, 1, "paid")
    world.assert_charged(9_000)


def test_case_20_the_card_is_detached_between_two_instalments(card: World) -> None:
    card.agree(9_000, 2)
    card.run()
    card.bench.stripe.v1.payment_methods.detach(card.active_card())
    card.run()
    assert card.mails()[-1] == "billing/method_needed"
    card.run_for(days=8)
    assert card.instalments() == ["paid", "needs_method"]
    card.store_card()
    card.assert_charged(4_500, 4_500)


def test_case_20_the_card_expires_between_two_instalments(card: World) -> None:
    card.agree(9_000, 2)
    card.run()
    card.turn_bad("pm_card_chargeDeclinedExpiredCard")
    card.run_for(days=30)
    assert card.instalments() == ["paid", "needs_method"]
    assert card.failed_charges() == 1
    card.store_card()
    card.assert_charged(4_500, 4_500)


def test_case_21_do_not_try_again(card: World) -> None:
    card.turn_bad("pm_card_chargeDeclinedLostCard")
    card.agree(9_000)
    card.run_for(days=30)
    assert card.failed_charges() == 1
    assert card.instalments() == ["needs_method"]
    assert card.items() == ["instalment_unpaid"]
    card.store_card()
    card.assert_charged(9_000)
    assert card.items() == []


@pytest.mark.parametrize(
    ("reason", "waits"), [("insufficient_funds", "retry_wait"), ("debit_not_authorized", "needs_method")]
)
def test_case_22_ach_succeeds_and_returns_weeks_later(world: World, reason: str, waits: str) -> None:
    world.store_card("pm_usBankAccount_success")
    world.agree(9_000)
    world.run()
    assert world.instalments() == ["processing"]
    assert world.ledger() == 0
    world.run_for(days=5)
    world.assert_charged(9_000)
    world.run_for(days=21)

    [charge] = world.bench.read("charges")
    world.bench.order("disputes", charge=charge["id"], reason=reason)
    world.run()
    assert world.instalments() == [waits]
    assert world.attempts() == [(1, 1, "returned")]
    assert world.read(PaymentPlan.objects.get).status == "active"
    world.assert_books(0)

    world.store_card()  # or the bank's second presentment, in case of insufficient funds
    assert world.instalments() == ["paid"]
    assert world.attempts()[-1] == (2, 1, "paid")
    world.assert_books(9_000)


def test_case_22_a_bank_debit_without_funds_is_presented_twice_more_and_no_oftener(world: World) -> None:
    world.store_card("pm_usBankAccount_insufficientFunds")
    world.agree(9_000)
    world.run_for(days=60)
    assert world.failed_charges() == 3
    assert world.instalments() == ["needs_method"]
    assert world.items() == ["instalment_unpaid"]
