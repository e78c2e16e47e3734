"""SetupIntents: saving a card or a bank account for later."""

from typing import Any

import httpx
import pytest
import stripe
from stripe import SetupIntent

from tests.simulators_tests.stripe.bench import ANY_MANDATE, Bench


def setup(bench: Bench) -> SetupIntent:
    return bench.stripe.v1.setup_intents.create(
        {
            "customer": bench.stripe.v1.customers.create().id,
            "usage": "off_session",
            "allowed_payment_method_types": ["card", "us_bank_account"],
        }
    )


def test_a_confirmed_setup_attaches_the_card(bench: Bench) -> None:
    intent = setup(bench)
    assert intent.status == "requires_payment_method"

    done = bench.stripe.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

    assert (done.status, done.usage) == ("succeeded", "off_session")
    assert isinstance(done.payment_method, str)
    assert bench.stripe.v1.payment_methods.retrieve(done.payment_method).customer == intent.customer


def test_a_browser_can_confirm_with_the_client_secret(bench: Bench) -> None:
    intent = setup(bench)
    answer = httpx.post(
        f"{bench.url}/v1/setup_intents/{intent.id}/confirm",
        headers={"Authorization": "Bearer pk_test_x"},
        data={"client_secret": intent.client_secret or "", "payment_method": "pm_card_visa"},
    )

    assert answer.json()["status"] == "succeeded"


def test_a_browser_with_a_wrong_secret_confirms_nothing(bench: Bench) -> None:
    intent = setup(bench)
    answer = httpx.post(
        f"{bench.url}/v1/setup_intents/{intent.id}/confirm",
        headers={"Authorization": "Bearer pk_test_x"},
        data={"client_secret": "guess", "payment_method": "pm_card_visa"},
    )

    assert answer.status_code == 400
    assert bench.stripe.v1.setup_intents.retrieve(intent.id).status == "requires_payment_method"


def test_a_declining_card_cannot_be_set_up(bench: Bench) -> None:
    intent = setup(bench)

    with pytest.raises(stripe.CardError) as declined:
        bench.stripe.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_chargeDeclined"})

    assert declined.value.code == "card_declined"
    failed = bench.stripe.v1.setup_intents.retrieve(intent.id)
    assert (failed.status, failed.payment_method) == ("requires_payment_method", None)
    assert failed.last_setup_error is not None
    assert failed.last_setup_error.decline_code == "generic_decline"


def test_a_bank_account_needs_a_mandate(bench: Bench) -> None:
    intent = setup(bench)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.stripe.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_usBankAccount_success"})
    assert refused.value.param == "mandate_data"

    done = bench.stripe.v1.setup_intents.confirm(
        intent.id, {"payment_method": "pm_usBankAccount_success", "mandate_data": ANY_MANDATE}
    )

    assert done.status == "succeeded"
    assert str(done.mandate).startswith("mandate_")


def test_an_online_mandate_needs_address_and_browser(bench: Bench) -> None:
    intent = setup(bench)
    online: Any = {"customer_acceptance": {"type": "online", "online": {"ip_address": "127.0.0.1"}}}

    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.stripe.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa", "mandate_data": online})

    assert refused.value.param == "mandate_data[customer_acceptance][online][user_agent]"


def test_a_return_url_is_needed_where_methods_may_redirect(bench: Bench) -> None:
    intent = bench.stripe.v1.setup_intents.create()

    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.stripe.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

    assert refused.value.param == "return_url"


def test_a_cancelled_setup_is_over(bench: Bench) -> None:
    intent = setup(bench)
    cancelled = bench.stripe.v1.setup_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})

    assert (cancelled.status, cancelled.cancellation_reason) == ("canceled", "abandoned")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.stripe.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert refused.value.code == "setup_intent_unexpected_state"


def test_setups_are_listed_by_customer(bench: Bench) -> None:
    wanted, _ = setup(bench), setup(bench)

    found = bench.stripe.v1.setup_intents.list({"customer": str(wanted.customer)}).data

    assert [each.id for each in found] == [wanted.id]
