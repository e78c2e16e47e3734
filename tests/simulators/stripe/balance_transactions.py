"""BalanceTransactions: what each movement did to the account's balance, fees included."""

from tests.simulators.stripe.ids import new_id
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.operations import Call
from tests.simulators.stripe.simulation import Simulation

AVAILABLE_AFTER_SECONDS = 2 * 24 * 3600  # the standard payout speed in the US


def card_fee(cents: int) -> int:
    """Return Stripe's US card fee in cents: 2.9 % rounded half up, plus 30."""
    return (cents * 29 + 500) // 1000 + 30


def bank_debit_fee(cents: int) -> int:
    """Return Stripe's ACH fee in cents: 0.8 % rounded half up, at most 500."""
    return min((cents * 8 + 500) // 1000, 500)


def record(simulation: Simulation, source: Json, kind: str, cents: int, fee: int = 0) -> Json:
    """Keep and return a movement of `cents` (negative: money leaves) caused by a charge or refund."""
    now = simulation.clock.timestamp()
    movement: Json = {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": cents,
        "available_on": now + AVAILABLE_AFTER_SECONDS,
        "balance_type": "payments",
        "created": now,
        "currency": source["currency"],
        "description": source.get("description"),
        "exchange_rate": None,
        "fee": fee,
        "fee_details": _fee_details(fee, source["currency"]),
        "net": cents - fee,
        "reporting_category": {"payment": "charge", "payment_refund": "refund"}.get(kind, kind),
        "source": source["id"],
        "status": "pending",
        "type": kind,
    }
    simulation.schedule.at(movement["available_on"], lambda: movement.update(status="available"))
    return simulation.store.balance_transactions.add(movement)


def _fee_details(fee: int, currency: str) -> list[Json]:
    if not fee:
        return []
    description = "Stripe processing fees"
    return [
        {
            "amount": fee,
            "application": None,
            "currency": currency,
            "description": description,
            "type": "stripe_fee",
        }
    ]


def retrieve(call: Call) -> Json:
    """GET /v1/balance_transactions/{transaction}."""
    return call.simulation.store.balance_transactions.get(call.ids["transaction"])


def list_transactions(call: Call) -> Json:
    """GET /v1/balance_transactions, by currency, source, type and payout."""
    filters = {name: call.params[name] for name in ("currency", "source", "type") if name in call.params}
    paid_out_by = call.simulation.store.paid_out_by

    def matches(movement: Json) -> bool:
        if "payout" in call.params and paid_out_by.get(movement["id"]) != call.params["payout"]:
            return False
        return all(movement[name] == value for name, value in filters.items())

    return call.simulation.store.balance_transactions.page(call.params, "/v1/balance_transactions", matches)
