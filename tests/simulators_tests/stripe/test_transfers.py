"""Transfers, reversals and payouts, as strict as Stripe."""

from typing import Any

import pytest
from stripe import InvalidRequestError

from tests.simulators_tests.stripe.bench import DAY, Bench


def _funded(bench: Bench, cents: int = 10_000) -> str:
    """Money that is available, and the id of a connected account."""
    bench.pay(bench.saved(), cents)
    bench.advance(3 * DAY)
    return bench.stripe.v1.accounts.create({"type": "express"}).id


def _transfer(bench: Bench, account: str, cents: int) -> Any:
    params: Any = {"amount": cents, "currency": "usd", "destination": account, "transfer_group": "g"}
    return bench.stripe.v1.transfers.create(params)


def test_a_transfer_moves_available_money(bench):
    account = _funded(bench)
    transfer = _transfer(bench, account, 4_000)
    assert bench.read("accounts") == {account: 4_000}
    assert [one.id for one in bench.stripe.v1.transfers.list({"transfer_group": "g"}).data] == [transfer.id]
    [movement] = bench.stripe.v1.balance_transactions.list({"type": "transfer", "expand": ["data.source"]}).data
    assert (movement.amount, movement.to_dict()["source"]["id"]) == (-4_000, transfer.id)


def test_no_more_than_is_available(bench):
    account = _funded(bench)
    with pytest.raises(InvalidRequestError, match="insufficient") as refused:
        _transfer(bench, account, 10_000)
    assert refused.value.code == "balance_insufficient"
    bench.pay(bench.saved(), 50_000)
    with pytest.raises(InvalidRequestError, match="insufficient"):
        _transfer(bench, account, 20_000)


def test_an_unknown_account_is_refused(bench):
    _funded(bench)
    with pytest.raises(InvalidRequestError, match="No such account"):
        _transfer(bench, "acct_no", 100)


def test_a_reversal_takes_back_what_is_still_there(bench):
    account = _funded(bench)
    transfer = _transfer(bench, account, 4_000)
    reversals = bench.stripe.v1.transfers.reversals
    reversals.create(transfer.id, {"amount": 1_000})
    with pytest.raises(InvalidRequestError, match="unreversed"):
        reversals.create(transfer.id, {"amount": 3_001})
    bench.order("accounts/empty", account=account)
    with pytest.raises(InvalidRequestError, match="connected account"):
        reversals.create(transfer.id, {"amount": 1})
    assert [one.amount for one in reversals.list(transfer.id).data] == [1_000]


def test_a_payout_is_the_sum_of_its_movements(bench):
    _funded(bench)
    payout = bench.order("payouts")
    listed = bench.stripe.v1.balance_transactions.list({"payout": payout["id"]}).data
    assert sum(one.net for one in listed if one.type != "payout") == payout["amount"] == 9_680
    assert bench.stripe.v1.payouts.list().data[0].status == "in_transit"
    bench.advance(2 * DAY)
    bench.read("charges")
    assert bench.stripe.v1.payouts.retrieve(payout["id"]).status == "paid"


def test_nothing_available_nothing_paid_out(bench):
    answer = bench.control.post("/control/payouts", json={})
    assert answer.status_code == 400
