"""Money for connected accounts: transfers out of our available balance, their reversals, and our own payouts."""

from tests.simulators.stripe import balance_transactions
from tests.simulators.stripe.errors import Refusal, invalid
from tests.simulators.stripe.ids import new_id
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.operations import Call, merge_metadata
from tests.simulators.stripe.simulation import Simulation

PAYOUT_ARRIVES_AFTER_SECONDS = 2 * 24 * 3600


def create_account(call: Call) -> Json:
    """POST /v1/accounts: a connected account that may receive transfers."""
    account: Json = {
        "id": new_id("acct"),
        "object": "account",
        "created": call.simulation.clock.timestamp(),
        "metadata": {},
        "payouts_enabled": True,
        "type": call.param("type", "express"),
    }
    merge_metadata(account, call.param("metadata", {}))
    call.simulation.store.account_balances[account["id"]] = 0
    return call.simulation.store.accounts.add(account)


def retrieve_account(call: Call) -> Json:
    """GET /v1/accounts/{account}."""
    return call.simulation.store.accounts.get(call.ids["account"])


def available(simulation: Simulation) -> int:
    """Return the cents that may leave: what is available, less what has left."""
    movements = simulation.store.balance_transactions.all()
    return sum(one["net"] for one in movements if one["status"] == "available" or one["net"] < 0)


def create(call: Call) -> Json:
    """POST /v1/transfers; refused when the available balance does not suffice."""
    simulation = call.simulation
    simulation.store.accounts.get(call.params["destination"], "destination")
    cents = _positive(call)
    if cents > available(simulation):
        message = "You have insufficient available funds in your Stripe account."
        raise Refusal(400, "invalid_request_error", message, code="balance_insufficient")
    transfer: Json = {
        "id": new_id("tr"),
        "object": "transfer",
        "amount": cents,
        "amount_reversed": 0,
        "balance_transaction": None,
        "created": simulation.clock.timestamp(),
        "currency": call.params["currency"],
        "description": call.param("description"),
        "destination": call.params["destination"],
        "livemode": False,
        "metadata": {},
        "reversed": False,
        "transfer_group": call.param("transfer_group"),
    }
    merge_metadata(transfer, call.param("metadata", {}))
    movement = balance_transactions.record(simulation, transfer, "transfer", -cents)
    transfer["balance_transaction"] = movement["id"]
    simulation.store.account_balances[transfer["destination"]] += cents
    simulation.announce("transfer.created", transfer)
    return simulation.store.transfers.add(transfer)


def reverse(call: Call) -> Json:
    """POST /v1/transfers/{transfer}/reversals, as far as the connected account still has the money."""
    simulation = call.simulation
    transfer = simulation.store.transfers.get(call.ids["transfer"])
    cents = _positive(call)
    if cents > transfer["amount"] - transfer["amount_reversed"]:
        raise invalid("Reversal amount is greater than the unreversed amount.", param="amount")
    if cents > simulation.store.account_balances[transfer["destination"]]:
        message = "Insufficient funds in the connected account to reverse this transfer."
        raise Refusal(400, "invalid_request_error", message, code="balance_insufficient")
    reversal: Json = {
        "id": new_id("trr"),
        "object": "transfer_reversal",
        "amount": cents,
        "balance_transaction": None,
        "created": simulation.clock.timestamp(),
        "currency": transfer["currency"],
        "metadata": {},
        "transfer": transfer["id"],
    }
    merge_metadata(reversal, call.param("metadata", {}))
    movement = balance_transactions.record(simulation, reversal, "transfer_refund", cents)
    reversal["balance_transaction"] = movement["id"]
    transfer["amount_reversed"] += cents
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    simulation.store.account_balances[transfer["destination"]] -= cents
    simulation.announce("transfer.reversed", transfer)
    return simulation.store.transfer_reversals.add(reversal)


def _positive(call: Call) -> int:
    cents = int(call.param("amount", 0))
    if cents < 1:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    return cents


def retrieve(call: Call) -> Json:
    """GET /v1/transfers/{transfer}."""
    return call.simulation.store.transfers.get(call.ids["transfer"])


def list_transfers(call: Call) -> Json:
    """GET /v1/transfers, by destination and transfer group."""
    return _listed(call, "transfers", "/v1/transfers", "destination", "transfer_group")


def list_reversals(call: Call) -> Json:
    """GET /v1/transfers/{transfer}/reversals."""
    transfer = call.ids["transfer"]
    url = f"/v1/transfers/{transfer}/reversals"
    return call.simulation.store.transfer_reversals.page(call.params, url, lambda one: one["transfer"] == transfer)


def list_payouts(call: Call) -> Json:
    """GET /v1/payouts, by status."""
    return _listed(call, "payouts", "/v1/payouts", "status")


def retrieve_payout(call: Call) -> Json:
    """GET /v1/payouts/{payout}."""
    return call.simulation.store.payouts.get(call.ids["payout"])


def _listed(call: Call, noun: str, url: str, *names: str) -> Json:
    filters = {name: call.params[name] for name in names if name in call.params}

    def matches(one: Json) -> bool:
        return all(one[name] == value for name, value in filters.items())

    page: Json = getattr(call.simulation.store, noun).page(call.params, url, matches)
    return page


def pay_out(simulation: Simulation, *, off: int = 0) -> Json:
    """What Stripe does every day by itself: everything available goes to the bank, and each movement to one payout.

    `off` makes the payout differ from its movements by some cents, which real Stripe never does.
    """
    store = simulation.store
    simulation.run_due()
    movements = [
        one
        for one in store.balance_transactions.all()
        if one["id"] not in store.paid_out_by and (one["status"] == "available" or one["net"] < 0)
    ]
    cents = sum(one["net"] for one in movements) + off
    if cents <= 0:
        raise ValueError(f"there are {cents} cents to pay out")
    now = simulation.clock.timestamp()
    payout: Json = {
        "id": new_id("po"),
        "object": "payout",
        "amount": cents,
        "arrival_date": now + PAYOUT_ARRIVES_AFTER_SECONDS,
        "automatic": True,
        "balance_transaction": None,
        "created": now,
        "currency": "usd",
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "status": "in_transit",
    }
    movement = balance_transactions.record(simulation, payout, "payout", -cents)
    payout["balance_transaction"] = movement["id"]
    store.paid_out_by.update({one["id"]: payout["id"] for one in (*movements, movement)})
    store.payouts.add(payout)
    simulation.announce("payout.created", payout)
    simulation.schedule.at(payout["arrival_date"], lambda: _arrive(simulation, payout))
    return payout


def _arrive(simulation: Simulation, payout: Json) -> None:
    payout["status"] = "paid"
    simulation.announce("payout.paid", payout)
