"""Disputes: a cardholder objects at their bank, or a bank takes a debit back.

warning_needs_response (an inquiry: no money moves) ─► warning_closed
needs_response ─► under_review (evidence submitted) ─► won | lost
a bank debit's: lost at once, for it cannot be contested (docs.stripe.com/payments/ach-direct-debit#disputed-payments)
"""

from tests.simulators.stripe import balance_transactions
from tests.simulators.stripe.errors import invalid
from tests.simulators.stripe.ids import new_id
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.operations import Call, merge_metadata
from tests.simulators.stripe.simulation import Simulation

FEE_CENTS, BANK_FEE_CENTS = 1_500, 400  # docs.stripe.com/disputes, stripe.com/pricing
ANSWER_WITHIN_SECONDS = 9 * 24 * 3600
WINNING = "winning_evidence"  # docs.stripe.com/testing#disputes; anything else loses
_OUTCOMES = ("won", "lost", "warning_closed")


def start(
    simulation: Simulation,
    charge: Json,
    *,
    amount: int | None = None,
    reason: str = "fraudulent",
    inquiry: bool = False,
) -> Json:
    """Open and return a dispute over a successful charge. Raises Refusal for one that cannot be disputed."""
    cents = charge["amount"] if amount is None else amount
    if charge["status"] != "succeeded" or charge["disputed"] or not 0 < cents <= charge["amount"]:
        raise invalid(f"Charge {charge['id']} cannot be disputed over {cents} cents.", param="charge")
    is_bank = charge["payment_method_details"]["type"] == "us_bank_account"
    dispute = simulation.store.disputes.add(_new(simulation, charge, cents, reason))
    charge["disputed"] = True
    dispute["status"] = "warning_needs_response" if inquiry else "needs_response"
    dispute["is_charge_refundable"] = inquiry
    simulation.announce("charge.dispute.created", dispute)
    if not inquiry:
        _move(simulation, dispute, -cents, BANK_FEE_CENTS if is_bank else FEE_CENTS)
        simulation.announce("charge.dispute.funds_withdrawn", dispute)
    if is_bank:
        end(simulation, dispute, "lost")
    return dispute


def _new(simulation: Simulation, charge: Json, cents: int, reason: str) -> Json:
    now = simulation.clock.timestamp()
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": cents,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "evidence": {},
        "evidence_details": {
            "due_by": now + ANSWER_WITHIN_SECONDS,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"type": charge["payment_method_details"]["type"]},
        "reason": reason,
        "status": "needs_response",
    }


def _move(simulation: Simulation, dispute: Json, cents: int, fee: int) -> None:
    movement = balance_transactions.record(simulation, dispute, "adjustment", cents, fee)
    movement["reporting_category"] = "dispute" if cents < 0 else "dispute_reversal"
    dispute["balance_transactions"].append(movement)
    simulation.charge_log.record_dispute(dispute["charge"], -cents)


def end(simulation: Simulation, dispute: Json, outcome: str) -> None:
    """Close a dispute. Raises ValueError for an outcome that its kind has not."""
    is_inquiry = dispute["status"].startswith("warning")
    if outcome not in _OUTCOMES or (outcome == "warning_closed") != is_inquiry or dispute["status"] in _OUTCOMES:
        raise ValueError(f"a dispute that is {dispute['status']} cannot be {outcome}")
    dispute["status"] = outcome
    dispute["evidence_details"]["due_by"] = None
    if outcome == "won":
        _move(simulation, dispute, dispute["amount"], 0)
        simulation.announce("charge.dispute.funds_reinstated", dispute)
    simulation.announce("charge.dispute.closed", dispute)


def retrieve(call: Call) -> Json:
    """GET /v1/disputes/{dispute}."""
    return call.simulation.store.disputes.get(call.ids["dispute"])


def update(call: Call) -> Json:
    """POST /v1/disputes/{dispute}: evidence; what is submitted is decided at once, as in Stripe's test mode."""
    dispute = call.simulation.store.disputes.get(call.ids["dispute"])
    if dispute["status"] not in ("needs_response", "warning_needs_response"):
        raise invalid("This dispute is closed or under review.", code="dispute_not_open")
    if "metadata" in call.params:
        merge_metadata(dispute, call.params["metadata"])
    dispute["evidence"] |= call.param("evidence", {})
    dispute["evidence_details"]["has_evidence"] = bool(dispute["evidence"])
    if call.param("submit", True) and "evidence" in call.params:
        _submit(call.simulation, dispute)
    else:
        call.simulation.announce("charge.dispute.updated", dispute)
    return dispute


def _submit(simulation: Simulation, dispute: Json) -> None:
    is_inquiry = dispute["status"].startswith("warning")
    dispute["evidence_details"]["submission_count"] += 1
    dispute["status"] = "warning_under_review" if is_inquiry else "under_review"
    simulation.announce("charge.dispute.updated", dispute)
    won = "won" if dispute["evidence"].get("uncategorized_text") == WINNING else "lost"
    end(simulation, dispute, "warning_closed" if is_inquiry else won)


def close(call: Call) -> Json:
    """POST /v1/disputes/{dispute}/close: give in."""
    dispute = call.simulation.store.disputes.get(call.ids["dispute"])
    if dispute["status"] != "needs_response":
        raise invalid("Only a dispute that needs a response can be closed.", code="dispute_not_open")
    end(call.simulation, dispute, "lost")
    return dispute


def list_disputes(call: Call) -> Json:
    """GET /v1/disputes, by charge and PaymentIntent."""
    filters = {name: call.params[name] for name in ("charge", "payment_intent") if name in call.params}

    def matches(dispute: Json) -> bool:
        return all(dispute[name] == value for name, value in filters.items())

    return call.simulation.store.disputes.page(call.params, "/v1/disputes", matches)
