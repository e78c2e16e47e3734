"""Fault cases 23 to 26 of docs/design/billing.md: refunds, what is done in the dashboard, disputes."""

from contextlib import suppress
from typing import Any

import pytest

from billing.ledger.queries import balance
from billing.ledger.rules import Account
from billing.payment_plans.models import Dispute, Refund
from billing.payment_plans.services import refunds as asking
from billing.work_items.models import WorkItem
from tests.billing.stripe.world import World
from tests.racing import at_once
from workers.kernel import clock


@pytest.fixture
def charged(world: World) -> World:
    """A member who paid 90 dollars."""
    world.store_card()
    world.agree(9_000)
    world.run()
    return world


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
    settings.STRIPE_TIMEOUT_SECONDS = 20  # what follows is answered, however busy the machine
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

    def take() -> None:
        with suppress(asking.RefundTooLarge):
            charged.refund(5_000)

    at_once(take, take)
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


@pytest.mark.parametrize("cents", [4_000, 9_000])
def test_case_24_one_request_twice_at_once_is_one_refund(charged: World, cents: int) -> None:
    one, other = at_once(*[lambda: charged.refund(cents, key="once")] * 2)
    assert one.pk == other.pk
    charged.run()
    charged.assert_books(9_000 - cents)


def test_case_24_all_that_is_left_asked_for_again_is_the_same_refund(charged: World) -> None:
    assert charged.refund(key="all").pk == charged.refund(key="all").pk
    charged.run()
    charged.assert_books(0)


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
    charged.confirm(charged.make_alike())
    charged.run()
    charged.recover()
    assert charged.refunds() == ["succeeded"]
    assert charged.items() == ["second_charge"]
    charged.assert_books(9_000)
    assert charged.read(lambda: balance(Account.CUSTOMER_CREDIT)) == 0


def test_case_25_an_orphan_payment_intent_is_adopted_or_canceled_by_the_round(charged: World) -> None:
    orphan = charged.make_alike()
    charged.advance(hours=2)
    charged.run()
    assert charged.bench.stripe.v1.payment_intents.retrieve(orphan).status == "canceled"
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
