"""Why a PaymentIntent is created, stored and only then confirmed: the proof behind billing's design."""

import pytest
import stripe

from tests.simulators_tests.stripe.bench import HOUR, Bench, Saved

RERUN_AFTER = 26 * HOUR  # past the 24 hours after which a key may be pruned


def create_and_confirm(bench: Bench, saved: Saved) -> None:
    """One call, as many tutorials have it."""
    bench.stripe.v1.payment_intents.create(
        {
            "amount": 2_000,
            "currency": "usd",
            "customer": saved.customer,
            "payment_method": saved.method,
            "allowed_payment_method_types": ["card"],
            "off_session": True,
            "confirm": True,
        },
        {"idempotency_key": "pi:instalment-1"},
    )


def confirm_stored(bench: Bench, intent_id: str, saved: Saved) -> None:
    """The second of two calls, for a PaymentIntent whose id was stored between them."""
    bench.stripe.v1.payment_intents.confirm(
        intent_id,
        {"payment_method": saved.method, "off_session": True},
        {"idempotency_key": "pi-confirm:instalment-1:g1:a1"},
    )


@pytest.mark.parametrize("kind", ["error", "drop"])
def test_one_call_charges_twice_when_rerun_after_the_key_is_pruned(bench: Bench, kind: str) -> None:
    saved = bench.saved()
    bench.order("faults", kind=kind, stage="after", method="POST", path="/v1/payment_intents")
    with pytest.raises(stripe.StripeError):
        create_and_confirm(bench, saved)

    bench.advance(RERUN_AFTER)
    create_and_confirm(bench, saved)

    assert bench.charged() == [("succeeded", 2_000), ("succeeded", 2_000)]


@pytest.mark.parametrize("kind", ["error", "drop"])
def test_create_store_confirm_charges_once_in_the_same_accident(bench: Bench, kind: str) -> None:
    saved = bench.saved()
    intent = bench.intent(saved)
    bench.order("faults", kind=kind, stage="after", method="POST", path="/v1/payment_intents/*/confirm")
    with pytest.raises(stripe.StripeError):
        confirm_stored(bench, intent.id, saved)

    bench.advance(RERUN_AFTER)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        confirm_stored(bench, intent.id, saved)

    assert refused.value.code == "payment_intent_unexpected_state"
    assert bench.charged() == [("succeeded", 2_000)]
    assert bench.stripe.v1.payment_intents.retrieve(intent.id).status == "succeeded"
