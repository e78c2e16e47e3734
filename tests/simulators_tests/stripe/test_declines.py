"""Declines: what the error says, what becomes of the PaymentIntent, and what helps."""

from typing import Any

import pytest
import stripe
from stripe import CardError

from tests.simulators_tests.stripe.bench import Bench, Saved


def declined(bench: Bench, intent_id: str, method: str, **params: Any) -> CardError:
    confirmation: Any = {"payment_method": method, **params}
    with pytest.raises(CardError) as refused:
        bench.stripe.v1.payment_intents.confirm(intent_id, confirmation)
    return refused.value


@pytest.mark.parametrize(
    ("card", "code", "decline_code", "advice_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline", "try_again_later"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds", "try_again_later"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card", "do_not_try_again"),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card", "do_not_try_again"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card", "confirm_card_data"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc", "confirm_card_data"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error", "try_again_later"),
    ],
)
def test_a_decline_says_what_and_what_to_do(
    bench: Bench, card: str, code: str, decline_code: str, advice_code: str
) -> None:
    intent = bench.intent(bench.saved())

    error = declined(bench, intent.id, card).error
    last = bench.stripe.v1.payment_intents.retrieve(intent.id).last_payment_error

    assert error is not None
    assert last is not None
    for each in (error, last):
        assert (each.code, each.decline_code, each.advice_code) == (code, decline_code, advice_code)
    assert error.payment_intent is not None
    assert error.payment_intent.id == intent.id


def test_a_declined_intent_waits_for_a_method(bench: Bench) -> None:
    saved = bench.saved("pm_card_chargeCustomerFail")
    intent = bench.intent(saved)

    declined(bench, intent.id, saved.method, off_session=True)

    waiting = bench.stripe.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (waiting.status, waiting.payment_method) == ("requires_payment_method", None)
    assert isinstance(waiting.latest_charge, stripe.Charge)
    assert (waiting.latest_charge.status, waiting.latest_charge.failure_code) == ("failed", "card_declined")
    assert bench.charged() == [("failed", 2_000)]


def test_a_new_card_pays_the_same_intent(bench: Bench) -> None:
    saved = bench.saved("pm_card_chargeCustomerFail")
    intent = bench.intent(saved)
    declined(bench, intent.id, saved.method, off_session=True)
    new = bench.stripe.v1.payment_methods.attach("pm_card_visa", {"customer": saved.customer})

    paid = bench.stripe.v1.payment_intents.confirm(intent.id, {"payment_method": new.id, "off_session": True})

    assert (paid.status, paid.last_payment_error) == ("succeeded", None)
    assert bench.charged() == [("failed", 2_000), ("succeeded", 2_000)]


def test_a_saved_card_can_go_bad_and_good_again(bench: Bench) -> None:
    saved = bench.saved()
    bench.order("behaviours", payment_method=saved.method, like="pm_card_chargeDeclinedExpiredCard")
    intent = bench.intent(saved)
    assert declined(bench, intent.id, saved.method, off_session=True).code == "expired_card"

    bench.order("behaviours", payment_method=saved.method, like="pm_card_visa")

    again = bench.stripe.v1.payment_intents.confirm(intent.id, {"payment_method": saved.method, "off_session": True})
    assert again.status == "succeeded"


@pytest.mark.parametrize("card", ["pm_card_authenticationRequired", "pm_card_authenticationRequiredOnSetup"])
def test_authentication_off_session_is_a_decline(bench: Bench, card: str) -> None:
    saved = bench.saved(card)
    intent = bench.intent(saved)

    error = declined(bench, intent.id, saved.method, off_session=True)

    assert (error.http_status, error.code) == (402, "authentication_required")
    assert error.error is not None
    assert error.error.decline_code == "authentication_required"
    assert error.error.payment_method is not None
    assert error.error.payment_method.id == saved.method
    waiting = bench.stripe.v1.payment_intents.retrieve(intent.id)
    assert (waiting.status, waiting.next_action) == ("requires_payment_method", None)


def test_a_card_already_set_up_elsewhere_pays_off_session(bench: Bench) -> None:
    saved = bench.saved("pm_card_authenticationRequiredSetupForOffSession")

    assert bench.pay(saved).status == "succeeded"


def test_an_intent_that_may_not_wait_declines_instead(bench: Bench) -> None:
    saved = bench.saved("pm_card_authenticationRequired")
    intent = bench.intent(saved)

    error = declined(bench, intent.id, saved.method, error_on_requires_action=True)

    assert error.code == "authentication_required"


def test_a_decline_counts_for_no_money(bench: Bench) -> None:
    saved: Saved = bench.saved("pm_card_chargeCustomerFail")
    declined(bench, bench.intent(saved).id, saved.method, off_session=True)

    assert bench.stripe.v1.balance_transactions.list().data == []
