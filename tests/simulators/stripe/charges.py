"""Charges: one per attempt of a PaymentIntent, of which at most one succeeds."""

from tests.simulators.stripe import balance_transactions
from tests.simulators.stripe.ids import new_id
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.operations import Call
from tests.simulators.stripe.simulation import Simulation


class SecondSuccessfulCharge(AssertionError):
    """This simulator is broken: a PaymentIntent was about to be charged twice."""


def open_charge(simulation: Simulation, intent: Json, method: Json) -> Json:
    """Keep and return a pending charge for the intent's amount."""
    charge: Json = {
        "id": new_id("ch" if method["type"] == "card" else "py"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": dict(method["billing_details"]),
        "captured": False,
        "created": simulation.clock.timestamp(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"type": method["type"], method["type"]: dict(method[method["type"]])},
        "receipt_email": intent["receipt_email"],
        "refunded": False,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "pending",
        "transfer_group": intent["transfer_group"],
    }
    simulation.store.charges_of.setdefault(intent["id"], []).append(charge)
    return simulation.store.charges.add(charge)


def succeed(simulation: Simulation, charge: Json) -> None:
    """Move the money. Raises SecondSuccessfulCharge rather than charging a PaymentIntent twice."""
    siblings = of_intent(simulation, charge["payment_intent"])
    if any(each["status"] == "succeeded" for each in siblings):
        raise SecondSuccessfulCharge(charge["payment_intent"])
    is_card = charge["payment_method_details"]["type"] == "card"
    cents = charge["amount"]
    fee = balance_transactions.card_fee(cents) if is_card else balance_transactions.bank_debit_fee(cents)
    kind = "charge" if is_card else "payment"
    movement = balance_transactions.record(simulation, charge, kind, cents, fee)
    charge.update(status="succeeded", paid=True, captured=True, amount_captured=cents)
    charge.update(balance_transaction=movement["id"], outcome=_outcome("authorized", "Payment complete."))
    simulation.charge_log.record(charge, "succeeded", simulation.clock.timestamp())
    simulation.announce("charge.succeeded", charge)


def fail(simulation: Simulation, charge: Json, error: Json) -> None:
    """Note that no money moved, and why."""
    charge.update(status="failed", failure_code=error["code"], failure_message=error["message"])
    reason = error.get("decline_code", error["code"])
    advice = error.get("advice_code")
    charge["outcome"] = {
        **_outcome("issuer_declined", error["message"]),
        "reason": reason,
        "advice_code": advice,
    }
    simulation.charge_log.record(charge, "failed", simulation.clock.timestamp())
    simulation.announce("charge.failed", charge)


def _outcome(kind: str, message: str) -> Json:
    status = "approved_by_network" if kind == "authorized" else "declined_by_network"
    return {
        "advice_code": None,
        "network_status": status,
        "reason": None,
        "risk_level": "normal",
        "seller_message": message,
        "type": kind,
    }


def of_intent(simulation: Simulation, intent_id: str) -> list[Json]:
    """Return a PaymentIntent's charges, newest first."""
    return simulation.store.charges_of.get(intent_id, [])[::-1]


def retrieve(call: Call) -> Json:
    """GET /v1/charges/{charge}."""
    return call.simulation.store.charges.get(call.ids["charge"])


def list_charges(call: Call) -> Json:
    """GET /v1/charges, by customer and PaymentIntent."""
    filters = {name: call.params[name] for name in ("customer", "payment_intent") if name in call.params}

    def matches(charge: Json) -> bool:
        return all(charge[name] == value for name, value in filters.items())

    return call.simulation.store.charges.page(call.params, "/v1/charges", matches)
