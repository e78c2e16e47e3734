"""Refunds: money given back, never more than was taken; some arrive late and some come back."""

from tests.simulators.stripe import balance_transactions
from tests.simulators.stripe.errors import invalid, unexpected_state
from tests.simulators.stripe.ids import new_id
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.operations import Call, merge_metadata
from tests.simulators.stripe.simulation import Simulation

SETTLES_AFTER_SECONDS = 3600  # ours: long enough to observe `pending`, short enough for one jump of the clock


def create(call: Call) -> Json:
    """POST /v1/refunds for a charge or a PaymentIntent; without `amount` all that is left."""
    charge = _charge_to_refund(call)
    amount = _amount(call, charge)
    refund = _new(call, charge, amount)
    _settle(call.simulation, refund, charge)
    call.simulation.announce("refund.created", refund)
    call.simulation.announce("charge.refunded", charge)
    return refund


def _charge_to_refund(call: Call) -> Json:
    if ("charge" in call.params) == ("payment_intent" in call.params):
        raise invalid("Pass either charge or payment_intent, and only one of them.", param="payment_intent")
    if "charge" in call.params:
        charge = call.simulation.store.charges.get(call.params["charge"], "charge")
    else:
        intent = call.simulation.store.payment_intents.get(call.params["payment_intent"], "payment_intent")
        charge = call.simulation.store.charges.find(intent["latest_charge"]) or {"status": "missing"}
    if charge.get("disputed") and not _is_refundable(call.simulation, charge):
        raise invalid(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if charge["status"] != "succeeded":
        raise unexpected_state("This PaymentIntent does not have a successful charge to refund.")
    return charge


def _is_refundable(simulation: Simulation, charge: Json) -> bool:
    """An inquiry, or a dispute that was won, leaves the money where it is."""
    mine = [each for each in simulation.store.disputes.all() if each["charge"] == charge["id"]]
    return all(each["is_charge_refundable"] or each["status"] == "won" for each in mine)


def _amount(call: Call, charge: Json) -> int:
    left: int = charge["amount"] - charge["amount_refunded"]
    amount: int = call.param("amount", left)
    if left == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount < 1:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if amount > left:
        message = f"Refund amount (${amount / 100:.2f}) is greater than unrefunded amount on charge (${left / 100:.2f})"
        raise invalid(message, param="amount")
    return amount


def _new(call: Call, charge: Json, amount: int) -> Json:
    refund: Json = {
        "id": new_id("re" if charge["id"].startswith("ch_") else "pyr"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": call.simulation.clock.timestamp(),
        "currency": charge["currency"],
        "failure_balance_transaction": None,
        "failure_reason": None,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "pending_reason": None,
        "reason": call.param("reason"),
        "receipt_number": None,
        "status": "succeeded",
    }
    merge_metadata(refund, call.param("metadata", {}))
    return call.simulation.store.refunds.add(refund)


def _settle(simulation: Simulation, refund: Json, charge: Json) -> None:
    """Take the money from the balance at once; what may still happen to it comes with time."""
    kind = "refund" if refund["id"].startswith("re_") else "payment_refund"
    movement = balance_transactions.record(simulation, refund, kind, -refund["amount"])
    refund["balance_transaction"] = movement["id"]
    _count(simulation, charge, refund["amount"])
    outcome = simulation.behaviours[charge["payment_method"]].refund
    is_bank = charge["payment_method_details"]["type"] == "us_bank_account"
    due = simulation.clock.now() + SETTLES_AFTER_SECONDS
    if outcome == "pending" or is_bank:
        refund.update(status="pending", pending_reason="processing")
        simulation.schedule.at(due, lambda: _arrive(simulation, refund))
    elif outcome == "fails_later":
        simulation.schedule.at(due, lambda: _come_back(simulation, refund, charge))


def _count(simulation: Simulation, charge: Json, cents: int) -> None:
    charge["amount_refunded"] += cents
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    simulation.charge_log.record_refund(charge["id"], cents)


def _arrive(simulation: Simulation, refund: Json) -> None:
    refund.update(status="succeeded", pending_reason=None)
    simulation.announce("refund.updated", refund)


def _come_back(simulation: Simulation, refund: Json, charge: Json) -> None:
    movement = balance_transactions.record(simulation, refund, "refund_failure", refund["amount"])
    refund.update(status="failed", failure_reason="expired_or_canceled_card")
    refund["failure_balance_transaction"] = movement["id"]
    _count(simulation, charge, -refund["amount"])
    simulation.announce("refund.failed", refund)


def retrieve(call: Call) -> Json:
    """GET /v1/refunds/{refund}."""
    return call.simulation.store.refunds.get(call.ids["refund"])


def update(call: Call) -> Json:
    """POST /v1/refunds/{refund}: its metadata."""
    refund = call.simulation.store.refunds.get(call.ids["refund"])
    if "metadata" in call.params:
        merge_metadata(refund, call.params["metadata"])
        call.simulation.announce("refund.updated", refund)
    return refund


def list_refunds(call: Call) -> Json:
    """GET /v1/refunds, by charge and PaymentIntent."""
    filters = {name: call.params[name] for name in ("charge", "payment_intent") if name in call.params}

    def matches(refund: Json) -> bool:
        return all(refund[name] == value for name, value in filters.items())

    return call.simulation.store.refunds.page(call.params, "/v1/refunds", matches)
