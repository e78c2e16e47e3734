"""Refunds and disputes that two are at: Stripe is slow, a person helps by hand, an old answer comes last."""

from functools import partial
from typing import Any

import pytest

from billing.ledger.queries import balance
from billing.ledger.rules import Account
from billing.payment_plans.models import Dispute, Refund
from billing.payment_plans.services import refund_settling, refunds
from billing.stripe import client
from billing.stripe.services import disputes
from tests.billing.stripe.world import OPERATOR, World
from workers.kernel import clock
from workers.kernel.actor import acting_as


@pytest.fixture
def charged(world: World) -> World:
    """A member who paid 90 dollars."""
    world.store_card()
    world.agree(9_000)
    world.run()
    return world


def test_case_23_a_refund_that_stripe_is_still_at_is_not_made_a_second_time(charged: World, settings: Any) -> None:
    """The list does not show it yet; the key does: whoever asks again is told that it is in use."""
    settings.STRIPE_TIMEOUT_SECONDS = 0.2
    charged.deafen()
    charged.fault("timeout", "before", "refund", seconds=6)
    charged.refund(4_000)
    charged.run()
    settings.STRIPE_TIMEOUT_SECONDS = 20
    charged.advance(minutes=10)
    charged.run()
    assert charged.bench.read("faults")["held"] == 1  # or the machine is too slow for this test
    charged.recover()
    assert charged.refunds() == ["succeeded"]
    charged.assert_books(5_000)


@pytest.mark.parametrize(("cents", "states"), [(4_000, ["succeeded"]), (9_000, ["refused", "succeeded"])])
def test_case_25_a_refund_that_came_back_and_is_made_again_by_hand(world: World, cents: int, states: list[str]) -> None:
    """Of as many cents it is that one; of more it takes the place of ours, for which nothing is left."""
    world.store_card("pm_card_refundFail")
    world.agree(9_000)
    world.run()
    world.refund(4_000)
    world.run()
    world.advance(hours=2)
    world.run()
    assert world.refunds() == ["failed"]
    world.bench.order("behaviours", payment_method=world.active_card(), like="pm_card_visa")
    world.bench.stripe.v1.refunds.create({"payment_intent": world.paid().payment_intent_id, "amount": cents})
    world.run()
    assert world.refunds() == states
    assert world.read(lambda: balance(Account.REFUNDS_PAYABLE)) == 0
    world.assert_books(9_000 - cents)


def test_case_26_an_answer_from_before_its_end_opens_no_dispute_again(
    charged: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker fetched it before its end, another after it, and the first one comes last."""
    [charge] = charged.bench.read("charges")
    made = charged.bench.order("disputes", charge=charge["id"])
    charged.run()
    before = client.get_dispute(made["id"])
    charged.bench.order("disputes/end", dispute=made["id"], outcome="won")
    charged.run()
    monkeypatch.setattr(client, "get_dispute", lambda _: before)
    disputes.refresh(dispute_id=made["id"], now=clock.now())
    told = charged.read(Dispute.objects.get)
    assert (told.status, told.held_cents) == ("won", 0)


def test_case_26_after_a_lost_dispute_our_balance_is_what_stripe_says_fees_and_all(charged: World) -> None:
    [charge] = charged.bench.read("charges")
    made = charged.bench.order("disputes", charge=charge["id"])
    charged.bench.order("disputes/end", dispute=made["id"], outcome="lost")
    charged.run()
    moved = charged.bench.stripe.v1.balance_transactions.list({"limit": 100}).data
    fees = sum(each.fee for each in moved)
    assert fees > 1_500  # the charge's and the dispute's own
    assert charged.read(lambda: balance(Account.STRIPE_FEES)) == fees
    assert charged.read(lambda: balance(Account.STRIPE_BALANCE)) == sum(each.net for each in moved)


NAMED = (Account.CUSTOMER_CREDIT, Account.REFUNDS_PAYABLE, Account.BAD_DEBT)


def held(world: World) -> list[int]:
    """What these accounts hold of the member, in cents, debits positive."""
    return [world.read(partial(balance, each, member_id=world.member_id)) for each in NAMED]


@pytest.fixture
def debited_twice(world: World) -> World:
    """A member whose bank is being debited a second time, by hand."""
    world.store_card("pm_usBankAccount_success")
    world.agree(9_000)
    world.run_for(days=6)
    world.confirm(world.make_alike(allowed_payment_method_types=["us_bank_account"]))
    world.run_for(days=1)
    return world


def test_case_22_what_was_given_back_and_is_then_taken_back_by_the_bank_is_lost(debited_twice: World) -> None:
    """A person asks for it; where it comes back after all nothing is lost, and Stripe does not make it again."""
    debited_twice.run_for(days=5)
    assert (debited_twice.charged(), debited_twice.refunds()) == ([9_000, 9_000], ["succeeded"])
    debited_twice.bench.order("disputes", charge=debited_twice.bench.read("charges")[1]["id"])
    debited_twice.run()
    assert held(debited_twice) == [0, 0, 9_000]
    assert debited_twice.items() == ["second_charge", "refund_lost"]
    assert debited_twice.instalments() == ["paid"]
    debited_twice.assert_books(0)

    refund = debited_twice.read(Refund.objects.get)
    told = client.get_refund(refund.stripe_id) | {"status": "failed"}
    debited_twice.read(partial(refund_settling.settle, refund_id=refund.pk, told=told, now=clock.now()))
    assert held(debited_twice) == [9_000, -9_000, 0]
    with acting_as(OPERATOR):
        refunds.send_again(refund_id=refund.pk, now=clock.now())
    debited_twice.run()
    assert debited_twice.refunds() == ["refused"]
    assert held(debited_twice) == [0, 0, 0]


def test_case_22_a_refund_that_is_heard_of_after_the_bank_took_the_debit_back(debited_twice: World) -> None:
    debited_twice.deafen()
    debited_twice.fault("drop", "after", "refund")
    while not debited_twice.refunds():
        debited_twice.advance(hours=6)
        debited_twice.work()
    made = debited_twice.bench.order("disputes", charge=debited_twice.bench.read("charges")[1]["id"])
    disputes.refresh(dispute_id=made["id"], now=clock.now())
    assert (debited_twice.refunds(), debited_twice.items()) == (["unknown"], ["second_charge"])
    debited_twice.recover()
    assert held(debited_twice) == [0, 0, 9_000]
    assert debited_twice.items() == ["second_charge", "refund_lost"]
    debited_twice.assert_books(0)
