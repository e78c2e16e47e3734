"""Rate limits, and what Checkout answers."""

from typing import Any

import httpx
import pytest
import stripe

from tests.simulators_tests.stripe.bench import Bench


def test_more_than_the_limit_within_a_second_is_answered_429_and_not_executed(bench: Bench) -> None:
    bench.order("pace", per_s=5)
    for _ in range(5):
        bench.stripe.v1.customers.create()
    with pytest.raises(stripe.RateLimitError):
        bench.stripe.v1.customers.create()
    bench.order("pace", per_s=0)
    assert len(bench.stripe.v1.customers.list().data) == 5


def test_the_peak_is_the_most_that_came_within_a_second(bench: Bench) -> None:
    bench.order("pace", per_s=0)
    for _ in range(7):
        bench.stripe.v1.customers.list()
    assert bench.read("pace")["peak"] == 7


def session(bench: Bench, **params: Any) -> Any:
    customer = bench.stripe.v1.customers.create()
    wanted: Any = {
        "mode": "setup",
        "customer": customer.id,
        "currency": "usd",
        "allowed_payment_method_types": ["card"],
        "success_url": "http://x.example/back/",
        **params,
    }
    return bench.stripe.v1.checkout.sessions.create(wanted)


def test_checkout_saves_a_method_once(bench: Bench) -> None:
    made = session(bench)
    assert (made.status, made.setup_intent) == ("open", None)
    assert "pm_card_visa" in httpx.get(made.url).text
    saved = httpx.post(made.url, data={"outcome": "save", "payment_method": "pm_card_visa"})
    assert (saved.status_code, saved.headers["location"]) == (303, "http://x.example/back/")
    done = bench.stripe.v1.checkout.sessions.retrieve(made.id)
    assert done.status == "complete"
    assert bench.stripe.v1.setup_intents.retrieve(str(done.setup_intent)).status == "succeeded"
    assert httpx.post(made.url, data={"outcome": "save", "payment_method": "pm_card_visa"}).status_code == 409


@pytest.mark.parametrize("like", ["pm_card_chargeDeclined", "pm_none", "pm_usBankAccount_success"])
def test_checkout_stays_open_when_the_method_is_refused(bench: Bench, like: str) -> None:
    made = session(bench)
    assert httpx.post(made.url, data={"outcome": "save", "payment_method": like}).status_code == 402
    assert bench.stripe.v1.checkout.sessions.retrieve(made.id).status == "open"


def test_checkout_can_be_expired_and_knows_no_other_mode(bench: Bench) -> None:
    made = session(bench)
    assert bench.stripe.v1.checkout.sessions.expire(made.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="expired"):
        bench.stripe.v1.checkout.sessions.expire(made.id)
    with pytest.raises(stripe.InvalidRequestError, match="does not implement"):
        session(bench, mode="payment")
