"""Refunds and disputes that two are at: Stripe is slow, a person helps by hand, an old answer comes last."""

from typing import Any

import pytest

from billing.ledger.queries import balance
from billing.ledger.rules import Account
from billing.payment_plans.models import Dispute
from billing.stripe import client
from billing.stripe.services import disputes
from tests.billing.stripe.world import World
from workers.kernel import clock


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
