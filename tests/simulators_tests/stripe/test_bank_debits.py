"""Bank debits: processing now, settled or returned when the clock gets there."""

import pytest
import stripe

from tests.simulators_tests.stripe.bench import ANY_MANDATE, DAY, Bench, Saved


def debited(bench: Bench, like: str) -> tuple[str, Saved]:
    saved = bench.saved(like)
    return bench.pay(saved, 10_000, mandate_data=ANY_MANDATE).id, saved


def test_a_debit_is_processing_until_it_settles(bench: Bench) -> None:
    intent_id, _ = debited(bench, "pm_usBankAccount_success")
    bench.advance(4 * DAY - 60)
    processing = bench.stripe.v1.payment_intents.retrieve(intent_id, {"expand": ["latest_charge"]})
    assert processing.status == "processing"
    assert isinstance(processing.latest_charge, stripe.Charge)
    assert (processing.latest_charge.status, bench.charged()) == ("pending", [])

    bench.advance(60)

    assert bench.stripe.v1.payment_intents.retrieve(intent_id).status == "succeeded"
    assert bench.charged() == [("succeeded", 10_000)]
    (movement,) = bench.stripe.v1.balance_transactions.list().data
    assert (movement.type, movement.fee) == ("payment", 80)  # 0.8 %


@pytest.mark.parametrize("code", ["account_closed", "no_account", "insufficient_funds", "debit_not_authorized"])
def test_a_returned_debit_waits_for_another_method(bench: Bench, code: str) -> None:
    first, *rest = code.split("_")
    intent_id, _ = debited(bench, f"pm_usBankAccount_{first}{''.join(map(str.title, rest))}")
    bench.advance(4 * DAY)

    failed = bench.stripe.v1.payment_intents.retrieve(intent_id)
    assert failed.status == "requires_payment_method"
    assert failed.last_payment_error is not None
    assert failed.last_payment_error.code == code
    assert bench.charged() == [("failed", 10_000)]


def test_one_that_never_settles_stays_in_processing(bench: Bench) -> None:
    intent_id, _ = debited(bench, "pm_usBankAccount_processing")
    bench.advance(60 * DAY)

    assert bench.stripe.v1.payment_intents.retrieve(intent_id).status == "processing"


def test_a_debit_in_processing_is_neither_confirmed_nor_cancelled(bench: Bench) -> None:
    intent_id, saved = debited(bench, "pm_usBankAccount_success")

    with pytest.raises(stripe.InvalidRequestError, match="status of processing"):
        bench.stripe.v1.payment_intents.confirm(intent_id, {"payment_method": saved.method})
    with pytest.raises(stripe.InvalidRequestError, match="status of processing"):
        bench.stripe.v1.payment_intents.cancel(intent_id)


def test_a_debit_needs_a_mandate(bench: Bench) -> None:
    saved = bench.saved("pm_usBankAccount_success")

    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.pay(saved)

    assert refused.value.code == "payment_intent_mandate_invalid"
