"""Refunds."""

import pytest
import stripe

from tests.racing import at_once
from tests.simulators_tests.stripe.bench import HOUR, Bench


def refunded(bench: Bench) -> list[int]:
    return [charge["refunded"] for charge in bench.read("charges")]


def test_a_refund_without_an_amount_gives_everything_back(bench: Bench) -> None:
    paid = bench.pay(bench.saved())
    refund = bench.stripe.v1.refunds.create({"payment_intent": paid.id, "metadata": {"obj_uuid": "1"}})

    assert (refund.amount, refund.status, refund.charge) == (2_000, "succeeded", paid.latest_charge)
    assert bench.stripe.v1.charges.retrieve(str(paid.latest_charge)).refunded is True
    assert refunded(bench) == [2_000]
    movements = bench.stripe.v1.balance_transactions.list().data
    assert [(each.type, each.amount, each.fee) for each in movements] == [
        ("refund", -2_000, 0),
        ("charge", 2_000, 88),
    ]


def test_parts_add_up_and_no_more_than_was_paid(bench: Bench) -> None:
    paid = bench.pay(bench.saved())
    bench.stripe.v1.refunds.create({"payment_intent": paid.id, "amount": 1_500})

    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount") as refused:
        bench.stripe.v1.refunds.create({"payment_intent": paid.id, "amount": 501})
    assert refused.value.param == "amount"
    bench.stripe.v1.refunds.create({"charge": str(paid.latest_charge), "amount": 500})
    with pytest.raises(stripe.InvalidRequestError) as empty:
        bench.stripe.v1.refunds.create({"payment_intent": paid.id})

    assert empty.value.code == "charge_already_refunded"
    assert refunded(bench) == [2_000]
    assert [each.amount for each in bench.stripe.v1.refunds.list({"payment_intent": paid.id}).data] == [
        500,
        1_500,
    ]


def test_racing_refunds_never_exceed_the_charge(bench: Bench) -> None:
    paid = bench.pay(bench.saved())

    def refund() -> stripe.Refund:
        return bench.stripe.v1.refunds.create({"payment_intent": paid.id, "amount": 1_200})

    answers = at_once(*[refund] * 4, expected=stripe.InvalidRequestError)

    assert [one.amount for one in answers if isinstance(one, stripe.Refund)] == refunded(bench) == [1_200]


def test_an_unpaid_intent_cannot_be_refunded(bench: Bench) -> None:
    intent = bench.intent(bench.saved())

    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        bench.stripe.v1.refunds.create({"payment_intent": intent.id})


def test_a_refund_is_of_one_thing(bench: Bench) -> None:
    paid = bench.pay(bench.saved())

    for params in ({}, {"payment_intent": paid.id, "charge": str(paid.latest_charge)}):
        with pytest.raises(stripe.InvalidRequestError):
            bench.stripe.v1.refunds.create(params)  # type: ignore[arg-type]


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_no_refund(bench: Bench, amount: int) -> None:
    paid = bench.pay(bench.saved())

    with pytest.raises(stripe.InvalidRequestError):
        bench.stripe.v1.refunds.create({"payment_intent": paid.id, "amount": amount})


def test_a_pending_refund_arrives_later(bench: Bench) -> None:
    paid = bench.pay(bench.saved("pm_card_pendingRefund"))
    refund = bench.stripe.v1.refunds.create({"payment_intent": paid.id})
    assert refund.status == "pending"

    bench.advance(HOUR)

    assert bench.stripe.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_a_refund_can_fail_after_it_succeeded(bench: Bench) -> None:
    paid = bench.pay(bench.saved("pm_card_refundFail"))
    refund = bench.stripe.v1.refunds.create({"payment_intent": paid.id})
    assert (refund.status, refunded(bench)) == ("succeeded", [2_000])

    bench.advance(HOUR)

    failed = bench.stripe.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert isinstance(failed.failure_balance_transaction, stripe.BalanceTransaction)
    assert failed.failure_balance_transaction.amount == 2_000
    assert refunded(bench) == [0]


def test_a_refund_lost_on_the_way_is_found_by_its_metadata(bench: Bench) -> None:
    paid = bench.pay(bench.saved())
    bench.order("faults", kind="drop", stage="after", path="/v1/refunds", method="POST")
    with pytest.raises(stripe.APIConnectionError):
        bench.stripe.v1.refunds.create({"payment_intent": paid.id, "metadata": {"request": "r1"}})

    (found,) = bench.stripe.v1.refunds.list({"payment_intent": paid.id}).data

    assert found.metadata is not None
    assert found.metadata.to_dict() == {"request": "r1"}
