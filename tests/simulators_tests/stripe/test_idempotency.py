"""Idempotency keys of API v1."""

import threading

import httpx
import pytest
import stripe

from tests.simulators_tests.stripe.bench import DAY, HOUR, SECRET_KEY, Bench, wait_until

PATH = "/v1/payment_intents"


def create(bench: Bench, key: str, amount: int = 2_000) -> stripe.PaymentIntent:
    return bench.stripe.v1.payment_intents.create({"amount": amount, "currency": "usd"}, {"idempotency_key": key})


def test_the_same_key_gives_the_same_answer_and_says_so(bench: Bench) -> None:
    first, second = create(bench, "k"), create(bench, "k")

    assert first.id == second.id
    assert second.last_response is not None
    assert first.last_response is not None
    assert "idempotent-replayed" not in first.last_response.headers
    assert second.last_response.headers["idempotent-replayed"] == "true"
    assert second.last_response.headers["original-request"] == first.last_response.request_id
    assert len(bench.stripe.v1.payment_intents.list().data) == 1


def test_other_parameters_under_the_same_key_are_refused(bench: Bench) -> None:
    create(bench, "k")

    with pytest.raises(stripe.IdempotencyError) as refused:
        create(bench, "k", amount=2_001)

    assert refused.value.http_status == 400


def test_another_endpoint_under_the_same_key_is_refused(bench: Bench) -> None:
    create(bench, "k")

    with pytest.raises(stripe.IdempotencyError):
        bench.stripe.v1.customers.create(options={"idempotency_key": "k"})


def test_a_decline_is_replayed_until_the_key_changes(bench: Bench) -> None:
    saved = bench.saved("pm_card_chargeCustomerFail")
    intent = bench.intent(saved)

    def confirm(key: str) -> None:
        params: stripe.params.PaymentIntentConfirmParams = {
            "payment_method": saved.method,
            "off_session": True,
        }
        bench.stripe.v1.payment_intents.confirm(intent.id, params, {"idempotency_key": key})

    with pytest.raises(stripe.CardError):
        confirm("a1")
    bench.order("behaviours", payment_method=saved.method, like="pm_card_visa")
    with pytest.raises(stripe.CardError):
        confirm("a1")
    confirm("a2")

    assert bench.charged() == [("failed", 2_000), ("succeeded", 2_000)]


def test_a_stored_500_is_replayed(bench: Bench) -> None:
    bench.order("faults", kind="error", stage="after", path=PATH)

    for _ in range(2):
        with pytest.raises(stripe.APIError):
            create(bench, "k")

    assert len(bench.stripe.v1.payment_intents.list().data) == 1


def test_a_failed_check_leaves_the_key_free(bench: Bench) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        bench.stripe.v1.payment_intents.create({"amount": 2_000, "currency": ""}, {"idempotency_key": "k"})

    assert create(bench, "k").amount == 2_000


def test_a_missing_object_is_found_while_executing_and_stored(bench: Bench) -> None:
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            bench.stripe.v1.payment_intents.cancel("pi_none", options={"idempotency_key": "k"})

    assert refused.value.headers is not None
    assert refused.value.headers["idempotent-replayed"] == "true"


def test_a_500_before_execution_leaves_the_key_free(bench: Bench) -> None:
    bench.order("faults", kind="error", path=PATH)

    with pytest.raises(stripe.APIError):
        create(bench, "k")

    assert create(bench, "k").amount == 2_000


def test_a_key_in_use_is_a_conflict(bench: Bench) -> None:
    bench.order("faults", kind="timeout", stage="after", method="POST", path=PATH, seconds=0.5)
    first = threading.Thread(target=create, args=(bench, "k"))
    first.start()
    wait_until(lambda: len(bench.stripe.v1.payment_intents.list().data) == 1, "the first request to execute")

    with pytest.raises(stripe.APIError) as refused:
        create(bench, "k")
    first.join()

    assert refused.value.http_status == 409
    assert refused.value.error is not None
    assert refused.value.error.code == "idempotency_key_in_use"
    assert create(bench, "k").last_response is not None
    assert len(bench.stripe.v1.payment_intents.list().data) == 1


def test_a_key_is_pruned_after_24_hours(bench: Bench) -> None:
    first = create(bench, "k")
    bench.advance(DAY - HOUR)
    assert create(bench, "k").id == first.id

    bench.advance(HOUR)

    assert create(bench, "k").id != first.id


def test_a_key_on_a_get_means_nothing(bench: Bench) -> None:
    before = bench.stripe.v1.customers.list(options={"idempotency_key": "k"})
    bench.stripe.v1.customers.create()
    after = bench.stripe.v1.customers.list(options={"idempotency_key": "k"})

    assert (len(before.data), len(after.data)) == (0, 1)


def test_a_key_too_long_is_refused(bench: Bench) -> None:
    headers = {"Authorization": f"Bearer {SECRET_KEY}", "Idempotency-Key": "k" * 256}

    assert httpx.post(f"{bench.url}/v1/customers", headers=headers).status_code == 400
