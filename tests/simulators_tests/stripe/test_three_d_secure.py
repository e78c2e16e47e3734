"""3-D Secure: the page, the way back, and what the holder's answer leads to."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import stripe
from stripe import PaymentIntent

from tests.simulators_tests.stripe.bench import Bench, Saved

BACK = "https://portal.example/done?plan=1"


def waiting(bench: Bench, saved: Saved, back: str = BACK) -> PaymentIntent:
    intent = bench.intent(saved)
    return bench.stripe.v1.payment_intents.confirm(intent.id, {"payment_method": saved.method, "return_url": back})


def page_of(intent: PaymentIntent | stripe.SetupIntent) -> str:
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    assert intent.next_action.redirect_to_url.url is not None
    return intent.next_action.redirect_to_url.url


def test_on_session_the_holder_is_sent_to_the_page(bench: Bench) -> None:
    intent = waiting(bench, bench.saved("pm_card_authenticationRequired"))

    page = httpx.get(page_of(intent))

    assert intent.status == "requires_action"
    assert page.status_code == 200
    assert 'value="succeed"' in page.text
    assert bench.charged() == []


def test_a_success_collects_and_leads_back(bench: Bench) -> None:
    intent = waiting(bench, bench.saved("pm_card_authenticationRequired"))

    answer = httpx.post(page_of(intent), data={"outcome": "succeed"})

    back = urlsplit(answer.headers["location"])
    assert (answer.status_code, back.netloc, back.path) == (303, "portal.example", "/done")
    assert parse_qs(back.query) == {
        "plan": ["1"],
        "payment_intent": [intent.id],
        "payment_intent_client_secret": [intent.client_secret],
        "redirect_status": ["succeeded"],
    }
    assert bench.stripe.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert bench.charged() == [("succeeded", 2_000)]


def test_a_failure_takes_the_method_off(bench: Bench) -> None:
    intent = waiting(bench, bench.saved("pm_card_authenticationRequired"))

    answer = httpx.post(page_of(intent), data={"outcome": "fail"})

    failed = bench.stripe.v1.payment_intents.retrieve(intent.id)
    assert "redirect_status=failed" in answer.headers["location"]
    assert (failed.status, failed.payment_method) == ("requires_payment_method", None)
    assert failed.last_payment_error is not None
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"
    assert bench.charged() == []


def test_an_authenticated_card_can_still_decline(bench: Bench) -> None:
    saved = bench.saved("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds")
    intent = waiting(bench, saved)

    httpx.post(page_of(intent), data={"outcome": "succeed"})

    failed = bench.stripe.v1.payment_intents.retrieve(intent.id).last_payment_error
    assert failed is not None
    assert failed.decline_code == "insufficient_funds"
    assert bench.charged() == [("failed", 2_000)]


def test_a_late_or_second_answer_does_nothing(bench: Bench) -> None:
    intent = waiting(bench, bench.saved("pm_card_authenticationRequired"))
    page = page_of(intent)
    httpx.post(page, data={"outcome": "succeed"})

    assert httpx.post(page, data={"outcome": "succeed"}).status_code == 409
    assert bench.charged() == [("succeeded", 2_000)]


def test_an_answer_after_cancellation_does_nothing(bench: Bench) -> None:
    intent = waiting(bench, bench.saved("pm_card_authenticationRequired"))
    bench.stripe.v1.payment_intents.cancel(intent.id)

    assert httpx.post(page_of(intent), data={"outcome": "succeed"}).status_code == 409
    assert bench.charged() == []


def test_the_page_needs_the_secret_and_a_known_outcome(bench: Bench) -> None:
    intent = waiting(bench, bench.saved("pm_card_authenticationRequired"))

    assert (
        httpx.post(f"{bench.url}/3ds/{intent.id}?client_secret=guess", data={"outcome": "succeed"}).status_code == 404
    )
    assert httpx.post(page_of(intent), data={"outcome": "maybe"}).status_code == 400
    assert bench.charged() == []


def test_without_a_way_back_the_page_is_stripe_js_own(bench: Bench) -> None:
    saved = bench.saved("pm_card_authenticationRequired")
    intent = bench.stripe.v1.payment_intents.confirm(bench.intent(saved).id, {"payment_method": saved.method})
    assert intent.next_action is not None
    action = intent.next_action.to_dict()
    assert action["type"] == "use_stripe_sdk"

    answer = httpx.post(action["use_stripe_sdk"]["stripe_js"], data={"outcome": "succeed"})

    assert answer.status_code == 200
    assert bench.charged() == [("succeeded", 2_000)]


def test_a_card_set_up_with_authentication_pays_off_session(bench: Bench) -> None:
    customer = bench.stripe.v1.customers.create().id
    setup = bench.stripe.v1.setup_intents.create(
        {
            "customer": customer,
            "payment_method": "pm_card_authenticationRequiredOnSetup",
            "return_url": BACK,
            "confirm": True,
        }
    )
    assert setup.status == "requires_action"

    answer = httpx.post(page_of(setup), data={"outcome": "succeed"})

    done = bench.stripe.v1.setup_intents.retrieve(setup.id)
    assert f"setup_intent={setup.id}" in answer.headers["location"]
    assert done.status == "succeeded"
    assert bench.pay(Saved(customer, str(done.payment_method))).status == "succeeded"


def test_a_failed_setup_saves_nothing(bench: Bench) -> None:
    customer = bench.stripe.v1.customers.create().id
    setup = bench.stripe.v1.setup_intents.create(
        {
            "customer": customer,
            "payment_method": "pm_card_authenticationRequired",
            "return_url": BACK,
            "confirm": True,
        }
    )

    httpx.post(page_of(setup), data={"outcome": "fail"})

    failed = bench.stripe.v1.setup_intents.retrieve(setup.id)
    assert failed.last_setup_error is not None
    assert failed.last_setup_error.code == "setup_intent_authentication_failure"
    assert bench.stripe.v1.customers.payment_methods.list(customer).data == []


def test_another_card_can_replace_the_one_that_waits(bench: Bench) -> None:
    saved = bench.saved("pm_card_authenticationRequired")
    intent = waiting(bench, saved)
    page = page_of(intent)
    other = bench.stripe.v1.payment_methods.attach("pm_card_visa", {"customer": saved.customer})

    paid = bench.stripe.v1.payment_intents.confirm(intent.id, {"payment_method": other.id, "off_session": True})

    assert paid.status == "succeeded"
    assert httpx.post(page, data={"outcome": "succeed"}).status_code == 409
    assert bench.charged() == [("succeeded", 2_000)]


@pytest.mark.parametrize("path", ["/3ds/pi_none", "/3ds/seti_none?client_secret=x"])
def test_an_unknown_authentication_is_not_found(bench: Bench, path: str) -> None:
    assert httpx.get(f"{bench.url}{path}").status_code == 404
