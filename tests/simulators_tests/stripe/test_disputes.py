"""Disputes of the simulator: money, evidence, inquiries, bank returns."""

from typing import Any

import pytest
import stripe

from tests.simulators_tests.stripe.bench import DAY, Bench


def balance(bench: Bench) -> int:
    return sum(each.net for each in bench.stripe.v1.balance_transactions.list().data)


def test_a_dispute_takes_the_money_and_a_fee_and_winning_brings_the_money_back(bench: Bench) -> None:
    bench.pay(bench.saved("pm_card_createDispute"), 5_000)
    [dispute] = bench.stripe.v1.disputes.list().data
    assert (dispute.status, dispute.amount, dispute.reason) == ("needs_response", 5_000, "fraudulent")
    fee = 175  # 2.9 % and 30 cents
    assert balance(bench) == 5_000 - fee - 5_000 - 1_500
    evidence: Any = {"evidence": {"uncategorized_text": "winning_evidence"}}
    won = bench.stripe.v1.disputes.update(dispute.id, evidence)
    assert won.status == "won"
    assert balance(bench) == 5_000 - fee - 1_500
    assert [each["disputed"] for each in bench.read("charges")] == [0]


def test_any_other_evidence_loses(bench: Bench) -> None:
    bench.pay(bench.saved("pm_card_createDispute"), 5_000)
    [dispute] = bench.stripe.v1.disputes.list().data
    lost = bench.stripe.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "but"}})
    assert lost.status == "lost"
    with pytest.raises(stripe.InvalidRequestError, match="closed"):
        bench.stripe.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "again"}})


def test_an_inquiry_moves_nothing_and_leaves_refunds_possible(bench: Bench) -> None:
    intent = bench.pay(bench.saved("pm_card_createDisputeInquiry"), 5_000)
    [dispute] = bench.stripe.v1.disputes.list().data
    assert (dispute.status, dispute.balance_transactions) == ("warning_needs_response", [])
    assert bench.stripe.v1.refunds.create({"payment_intent": intent.id}).status == "succeeded"


def test_a_disputed_charge_cannot_be_refunded(bench: Bench) -> None:
    intent = bench.pay(bench.saved("pm_card_createDispute"), 5_000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.stripe.v1.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_disputed"


def test_a_bank_debit_is_taken_back_at_once_and_for_good(bench: Bench) -> None:
    saved = bench.saved("pm_usBankAccount_success")
    bench.pay(saved, 5_000, mandate_data={"customer_acceptance": {"type": "offline"}})
    bench.advance(5 * DAY)
    [charge] = bench.stripe.v1.charges.list().data
    dispute = bench.order("disputes", charge=charge.id, reason="insufficient_funds")
    assert (dispute["status"], dispute["reason"]) == ("lost", "insufficient_funds")
    assert bench.control.post("/control/disputes", json={"charge": charge.id}).status_code == 400


def test_a_failed_charge_or_too_much_cannot_be_disputed(bench: Bench) -> None:
    bench.pay(bench.saved(), 5_000)
    [charge] = bench.stripe.v1.charges.list().data
    assert bench.control.post("/control/disputes", json={"charge": charge.id, "amount": 5_001}).status_code == 400
    assert bench.control.post("/control/disputes", json={"charge": "ch_none"}).status_code == 404
