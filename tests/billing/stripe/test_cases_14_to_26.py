"""Fault cases 14 to 26 of docs/design/billing.md: keys, declines, 3-D Secure, bank debits, refunds, disputes."""

import threading
from contextlib import suppress
from typing import Any

import pytest
from django.db import connections

from billing.ledger.queries import balance
from billing.ledger.rules import Account
from billing.payment_plans.models import Dispute, Instalment, PaymentPlan, Refund
from billing.payment_plans.rules import ChangeKind
from billing.payment_plans.services import changing, charging
from billing.payment_plans.services import refunds as asking
from billing.work_items.models import WorkItem
from tests.billing.stripe.world import World
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as


@pytest.fixture
def card(world: World) -> World:
    """A member with a good card."""
    world.store_card()
    return world


@pytest.fixture
def charged(card: World) -> World:
    """A member who paid 90 dollars."""
    card.agree(9_000)
    card.run()
    return card


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
    both = threading.Barrier(2)

    def pay_now() -> None:
        both.wait()
        with acting_as(WORKER):
            [change] = second.plan.changes.all()
            changing.apply(change_id=change.pk, now=clock.now())

    def autopay() -> None:
        both.wait()
        with acting_as(WORKER):
            charging.charge_due(instalment_id=second.pk, generation=second.generation, now=clock.now())

    _at_once(pay_now, autopay)
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


@pytest.mark.parametrize("stage", ["before", "after"])
@pytest.mark.parametrize("kind", ["timeout", "drop", "error"])
def test_case_23_a_refund_whose_answer_is_lost_is_made_once(
    charged: World, kind: str, stage: str, settings: Any
) -> None:
    settings.STRIPE_TIMEOUT_SECONDS = 0.2
    charged.deafen()
    charged.fault(kind, stage, "refund", **({"seconds": 0.5} if kind == "timeout" else {}))
    charged.refund(4_000)
    charged.run()
    assert charged.refunds() == ["unknown"]
    charged.recover()
    assert charged.refunds() == ["succeeded"]
    charged.assert_books(5_000)


def test_case_23_a_refund_that_fails_later_is_still_owed_and_is_sent_again(world: World) -> None:
    world.store_card("pm_card_refundFail")
    world.agree(9_000)
    world.run()
    refund = world.refund(4_000)
    world.run()
    world.assert_books(5_000)
    world.advance(hours=2)
    world.run()
    assert world.refunds() == ["failed"]
    assert world.items() == ["refund_failed"]
    assert world.read(lambda: balance(Account.REFUNDS_PAYABLE)) == -4_000
    world.assert_books(9_000)

    world.bench.order("behaviours", payment_method=world.active_card(), like="pm_card_visa")
    world.read(lambda: asking.send_again(refund_id=refund.pk, now=clock.now()))
    world.run()
    assert world.refunds() == ["succeeded"]
    world.assert_books(5_000)


def test_case_23_a_refund_is_pending_for_a_while(world: World) -> None:
    world.store_card("pm_card_pendingRefund")
    world.agree(9_000)
    world.run()
    world.refund()
    world.run()
    assert world.refunds() == ["pending"]
    world.advance(hours=2)
    world.run()
    assert world.refunds() == ["succeeded"]
    world.assert_books(0)


def test_case_24_two_partial_refunds_race_for_the_last_cents(charged: World) -> None:
    both = threading.Barrier(2)

    def take() -> None:
        both.wait()
        with suppress(asking.RefundTooLarge):
            charged.refund(5_000)

    _at_once(take, take)
    charged.run()
    assert charged.refunds() == ["succeeded"]
    charged.assert_books(4_000)


@pytest.mark.parametrize("cents", [9_001, 0, -5])
def test_case_24_more_than_what_is_left_is_refused_with_the_reason(charged: World, cents: int) -> None:
    with pytest.raises(asking.RefundTooLarge, match=r"\$90\.00 of \$90\.00 is left"):
        charged.refund(cents)
    charged.refund(8_000)
    with pytest.raises(asking.RefundTooLarge, match=r"\$10\.00 of \$90\.00 is left"):
        charged.refund(1_001)
    charged.refund()
    charged.run()
    charged.assert_books(0)


def test_case_24_one_request_twice_is_one_refund(charged: World) -> None:
    assert charged.refund(4_000, key="once").pk == charged.refund(4_000, key="once").pk
    with pytest.raises(asking.RefundDiffers):
        charged.refund(3_000, key="once")
    charged.run()
    charged.assert_books(5_000)


def test_case_25_a_refund_made_in_the_dashboard(charged: World) -> None:
    intent = charged.paid().payment_intent_id
    charged.bench.stripe.v1.refunds.create({"payment_intent": intent, "amount": 3_000})
    charged.run()
    charged.run()
    assert charged.read(lambda: list(Refund.objects.values_list("reason", "amount_cents"))) == [("dashboard", 3_000)]
    assert charged.items() == ["refund_from_dashboard"]
    with pytest.raises(asking.RefundTooLarge):
        charged.refund(6_001)
    charged.assert_books(6_000)


def test_case_25_a_refund_of_ours_that_the_dashboard_forestalled_is_refused(charged: World) -> None:
    charged.refund(8_000)  # approved, and nobody has worked since
    intent = charged.paid().payment_intent_id
    charged.bench.stripe.v1.refunds.create({"payment_intent": intent, "amount": 3_000})
    charged.run()
    assert sorted(charged.refunds()) == ["refused", "succeeded"]
    assert set(charged.items()) == {"refund_from_dashboard", "refund_refused"}
    charged.assert_books(6_000)


def test_case_25_a_charge_made_in_the_dashboard_is_left_alone(world: World) -> None:
    world.bench.pay(world.bench.saved(), 7_700)
    world.run()
    assert set(world.answers) == {200}
    assert world.ledger() == 0
    assert world.open_jobs() == 0


def test_case_25_a_second_success_for_a_paid_instalment_goes_back_by_itself(charged: World) -> None:
    first = charged.bench.stripe.v1.payment_intents.retrieve(charged.paid().payment_intent_id)
    again: Any = {
        "amount": 9_000,
        "currency": "usd",
        "customer": str(first.customer),
        "allowed_payment_method_types": ["card"],
        "metadata": {**first.to_dict()["metadata"], "gen": "7"},
    }
    second = charged.bench.stripe.v1.payment_intents.create(again)
    paying: Any = {"payment_method": charged.active_card(), "off_session": True}
    charged.bench.stripe.v1.payment_intents.confirm(second.id, paying)
    charged.run()
    charged.recover()
    assert charged.refunds() == ["succeeded"]
    assert charged.items() == ["second_charge"]
    charged.assert_books(9_000)
    assert charged.read(lambda: balance(Account.CUSTOMER_CREDIT)) == 0


def test_case_25_an_orphan_payment_intent_is_adopted_or_canceled_by_the_round(charged: World) -> None:
    first = charged.bench.stripe.v1.payment_intents.retrieve(charged.paid().payment_intent_id)
    idle: Any = {
        "amount": 9_000,
        "currency": "usd",
        "customer": str(first.customer),
        "allowed_payment_method_types": ["card"],
        "metadata": {**first.to_dict()["metadata"], "gen": "7"},
    }
    orphan = charged.bench.stripe.v1.payment_intents.create(idle)
    charged.advance(hours=2)
    charged.run()
    assert charged.bench.stripe.v1.payment_intents.retrieve(orphan.id).status == "canceled"
    charged.assert_books(9_000)


def test_case_26_a_dispute_during_a_refund(charged: World) -> None:
    charged.refund(4_000)
    [charge] = charged.bench.read("charges")
    charged.bench.order("disputes", charge=charge["id"])
    charged.run()
    assert charged.refunds() == ["refused"]
    assert set(charged.items()) == {"dispute", "refund_refused"}
    assert charged.paid().refunded_cents == 0
    charged.assert_books(0)


@pytest.mark.parametrize(("outcome", "kept"), [("won", 9_000), ("lost", 0)])
def test_case_26_a_dispute_is_an_item_until_it_is_won_or_lost(charged: World, outcome: str, kept: int) -> None:
    [charge] = charged.bench.read("charges")
    dispute = charged.bench.order("disputes", charge=charge["id"])
    charged.run()
    item = charged.read(WorkItem.objects.get)
    assert (item.kind, item.amount_cents, item.reference) == ("dispute", 9_000, dispute["id"])
    assert item.due_at is not None
    assert item.due_at.timestamp() == dispute["evidence_details"]["due_by"]
    assert charged.read(lambda: balance(Account.DISPUTES_HELD)) == 9_000
    charged.assert_books(0)

    charged.bench.order("disputes/end", dispute=dispute["id"], outcome=outcome)
    charged.run()
    assert charged.items() == []
    assert charged.read(lambda: balance(Account.DISPUTES_HELD)) == 0
    assert charged.read(lambda: balance(Account.BAD_DEBT)) == 9_000 - kept
    assert charged.instalments() == ["paid"]  # care goes on, and nobody is charged again by a program
    charged.assert_books(kept)


def test_case_26_an_inquiry_moves_no_money(charged: World) -> None:
    [charge] = charged.bench.read("charges")
    dispute = charged.bench.order("disputes", charge=charge["id"], inquiry=True)
    charged.run()
    assert charged.items() == ["dispute"]
    charged.assert_books(9_000)
    charged.bench.order("disputes/end", dispute=dispute["id"], outcome="warning_closed")
    charged.run()
    assert charged.items() == []
    charged.assert_books(9_000)


def test_case_26_a_partial_dispute(charged: World) -> None:
    [charge] = charged.bench.read("charges")
    dispute = charged.bench.order("disputes", charge=charge["id"], amount=2_500)
    charged.bench.order("disputes/end", dispute=dispute["id"], outcome="lost")
    charged.run()
    assert charged.read(lambda: Dispute.objects.get().held_cents) == 2_500
    charged.assert_books(6_500)


def _at_once(*calls: Any) -> None:
    workers = [threading.Thread(target=_in_thread, args=(call,)) for call in calls]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def _in_thread(call: Any) -> None:
    try:
        call()
    finally:
        connections.close_all()
