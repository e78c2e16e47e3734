"""PaymentIntents: one amount, collected at most once."""

from typing import Any

import pytest
import stripe

from tests.simulators_tests.stripe.bench import Bench


def test_a_payment_intent_is_created_unconfirmed_and_paid_on_confirmation(bench: Bench) -> None:
    saved = bench.saved()
    intent = bench.intent(saved)
    assert (intent.status, intent.latest_charge) == ("requires_payment_method", None)

    paid = bench.stripe.v1.payment_intents.confirm(intent.id, {"payment_method": saved.method, "off_session": True})

    assert (paid.status, paid.amount_received) == ("succeeded", 2_000)
    (charge,) = bench.read("charges")
    assert charge["id"] == paid.latest_charge
    assert charge == {**charge, "customer": saved.customer, "payment_intent": intent.id, "refunded": 0}


def test_a_method_on_creation_makes_it_ready_to_confirm(bench: Bench) -> None:
    saved = bench.saved()
    intent = bench.stripe.v1.payment_intents.create(
        {"amount": 50, "currency": "usd", "customer": saved.customer, "payment_method": saved.method}
    )

    assert intent.status == "requires_confirmation"


def test_the_charge_and_its_fee_are_expanded(bench: Bench) -> None:
    paid = bench.pay(bench.saved(), 10_000, expand=["latest_charge.balance_transaction"])

    charge = paid.latest_charge
    assert isinstance(charge, stripe.Charge)
    movement = charge.balance_transaction
    assert isinstance(movement, stripe.BalanceTransaction)
    assert (movement.amount, movement.fee, movement.net) == (10_000, 320, 9_680)  # 2.9 % and 30 cents


@pytest.mark.parametrize(("cents", "fee"), [(50, 31), (1_001, 59), (1_017, 59), (1_018, 60)])
def test_the_fee_is_rounded_half_up(bench: Bench, cents: int, fee: int) -> None:
    paid = bench.pay(bench.saved(), cents)

    (movement,) = bench.stripe.v1.balance_transactions.list({"source": str(paid.latest_charge)}).data
    assert movement.fee == fee


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (49, "amount_too_small"),
        (0, "parameter_invalid_integer"),
        (-5, "parameter_invalid_integer"),
        (100_000_000, "amount_too_large"),
    ],
)
def test_an_amount_out_of_bounds_is_refused(bench: Bench, amount: int, code: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.stripe.v1.payment_intents.create({"amount": amount, "currency": "usd"})

    assert (refused.value.param, refused.value.code) == ("amount", code)


@pytest.mark.parametrize(
    "params",
    [
        {"currency": "xts"},
        {"customer": "cus_none"},
        {"payment_method": "pm_none"},
        {"off_session": True},
        {"return_url": "https://example.org"},
        {"capture_method": "manual"},
        {"statement_descriptor_suffix": "X" * 23},
    ],
)
def test_what_cannot_work_is_refused_on_creation(bench: Bench, params: dict[str, Any]) -> None:
    money: Any = {"amount": 2_000, "currency": "usd", **params}

    with pytest.raises(stripe.InvalidRequestError):
        bench.stripe.v1.payment_intents.create(money)

    assert bench.stripe.v1.payment_intents.list().data == []


def test_a_paid_intent_cannot_be_confirmed_again(bench: Bench) -> None:
    saved = bench.saved()
    paid = bench.pay(saved)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.stripe.v1.payment_intents.confirm(paid.id, {"payment_method": saved.method, "off_session": True})

    assert refused.value.code == "payment_intent_unexpected_state"
    assert bench.charged() == [("succeeded", 2_000)]


def test_confirming_needs_a_method(bench: Bench) -> None:
    intent = bench.intent(bench.saved())

    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        bench.stripe.v1.payment_intents.confirm(intent.id)


def test_charging_somebody_away_needs_a_saved_method(bench: Bench) -> None:
    intent = bench.intent(bench.saved())

    with pytest.raises(stripe.InvalidRequestError, match="attached"):
        bench.stripe.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa", "off_session": True})


def test_another_customers_method_is_refused(bench: Bench) -> None:
    mine, other = bench.saved(), bench.saved()
    intent = bench.intent(mine)

    with pytest.raises(stripe.InvalidRequestError, match="does not have a payment method"):
        bench.stripe.v1.payment_intents.confirm(intent.id, {"payment_method": other.method})


def test_a_kind_of_method_not_allowed_is_refused(bench: Bench) -> None:
    intent = bench.stripe.v1.payment_intents.create(
        {"amount": 2_000, "currency": "usd", "allowed_payment_method_types": ["card"]}
    )

    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.stripe.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_usBankAccount_success"})

    assert refused.value.code == "payment_intent_incompatible_payment_method"


def test_a_method_used_once_without_a_customer_is_spent(bench: Bench) -> None:
    money: Any = {"amount": 2_000, "currency": "usd", "allowed_payment_method_types": ["card"]}
    at_once: Any = {**money, "payment_method": "pm_card_visa", "confirm": True}
    first = bench.stripe.v1.payment_intents.create(at_once)
    again: Any = {**money, "payment_method": str(first.payment_method)}

    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        bench.stripe.v1.payment_intents.create(again)


def test_a_method_is_saved_on_payment_when_asked(bench: Bench) -> None:
    intent = bench.intent(bench.saved())

    paid = bench.stripe.v1.payment_intents.confirm(
        intent.id, {"payment_method": "pm_card_mastercard", "setup_future_usage": "off_session"}
    )

    saved = bench.stripe.v1.payment_methods.retrieve(str(paid.payment_method))
    assert saved.customer == intent.customer


def test_the_amount_can_change_until_it_is_paid(bench: Bench) -> None:
    saved = bench.saved()
    intent = bench.intent(saved)
    bench.stripe.v1.payment_intents.update(intent.id, {"amount": 1_500, "metadata": {"gen": "1"}})
    bench.stripe.v1.payment_intents.confirm(intent.id, {"payment_method": saved.method, "off_session": True})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.stripe.v1.payment_intents.update(intent.id, {"amount": 1_000})
    bench.stripe.v1.payment_intents.update(intent.id, {"metadata": {"gen": "2"}})

    assert refused.value.code == "payment_intent_unexpected_state"
    assert bench.charged() == [("succeeded", 1_500)]


def test_a_cancelled_intent_is_over(bench: Bench) -> None:
    saved = bench.saved()
    intent = bench.intent(saved)
    cancelled = bench.stripe.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "duplicate"})
    assert (cancelled.status, cancelled.cancellation_reason) == ("canceled", "duplicate")

    intents = bench.stripe.v1.payment_intents
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        intents.confirm(intent.id, {"payment_method": saved.method})
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        intents.cancel(intent.id)
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        intents.update(intent.id, {"amount": 60})
    assert bench.charged() == []


def test_a_paid_intent_cannot_be_cancelled(bench: Bench) -> None:
    paid = bench.pay(bench.saved())

    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        bench.stripe.v1.payment_intents.cancel(paid.id)


def test_too_many_confirmations_cancel_it(bench: Bench) -> None:
    saved = bench.saved("pm_card_chargeCustomerFail")
    intent = bench.intent(saved)
    bench.order("confirmation_limit", limit=2)
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            bench.stripe.v1.payment_intents.confirm(intent.id, {"payment_method": saved.method, "off_session": True})

    with pytest.raises(stripe.InvalidRequestError, match="too many times"):
        bench.stripe.v1.payment_intents.confirm(intent.id, {"payment_method": saved.method, "off_session": True})

    assert bench.stripe.v1.payment_intents.retrieve(intent.id).status == "canceled"


def test_intents_and_charges_are_listed_by_customer(bench: Bench) -> None:
    mine, other = bench.saved(), bench.saved()
    paid, _ = bench.pay(mine), bench.pay(other)

    intents = bench.stripe.v1.payment_intents.list({"customer": mine.customer, "expand": ["data.latest_charge"]}).data
    charges = bench.stripe.v1.charges.list({"payment_intent": paid.id}).data

    assert [each.id for each in intents] == [paid.id]
    assert isinstance(intents[0].latest_charge, stripe.Charge)
    assert [each.id for each in charges] == [intents[0].latest_charge.id]
    assert bench.stripe.v1.charges.retrieve(charges[0].id).status == "succeeded"


def test_a_refused_update_changes_nothing(bench: Bench) -> None:
    mine, other = bench.saved(), bench.saved()
    intent = bench.intent(mine)

    with pytest.raises(stripe.InvalidRequestError):
        bench.stripe.v1.payment_intents.update(intent.id, {"customer": other.customer, "payment_method": mine.method})

    assert bench.stripe.v1.payment_intents.retrieve(intent.id).customer == mine.customer
