"""One attempt to collect a PaymentIntent: the money moves, is declined, or waits for bank or holder.

requires_confirmation ──► succeeded
                      ├─► requires_action ──► succeeded | requires_payment_method
                      ├─► processing ───────► succeeded | requires_payment_method
                      └─► requires_payment_method (declined; the method is taken off)
"""

from dataclasses import dataclass

from tests.simulators.stripe import authentication, charges, disputes, payment_methods
from tests.simulators.stripe.documented_methods import bank_error, decline_error
from tests.simulators.stripe.errors import Refusal
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.simulation import Simulation

BANK_DEBIT_SETTLES_AFTER_SECONDS = 4 * 24 * 3600  # about four business days, docs.stripe.com/payments/ach-direct-debit
_AUTHENTICATION_FAILED: Json = {
    "type": "invalid_request_error",
    "code": "payment_intent_authentication_failure",
    "message": (
        "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
        "PaymentMethod to attempt to fulfill this PaymentIntent again."
    ),
}


@dataclass(frozen=True)
class Manner:
    """How an attempt is made: with the customer away, refusing to wait for them, and the way back for a
    browser.
    """

    off_session: bool = False
    error_on_requires_action: bool = False
    return_url: str | None = None


def attempt(simulation: Simulation, intent: Json, method: Json, manner: Manner) -> None:
    """Try to collect the intent with a method that may be used. Raises Refusal 402 when it is declined."""
    behaviour = simulation.behaviours[method["id"]]
    intent.update(payment_method=method["id"], next_action=None, last_payment_error=None)
    if behaviour.kind == "us_bank_account":
        return _debit_bank(simulation, intent, method)
    prepared = method["id"] in simulation.prepared
    if authentication.is_needed(behaviour, off_session=manner.off_session, prepared=prepared):
        return _authenticate(simulation, intent, method, manner)
    return _collect(simulation, intent, method, behaviour.decline)


def _authenticate(simulation: Simulation, intent: Json, method: Json, manner: Manner) -> None:
    if manner.off_session or manner.error_on_requires_action:
        return _collect(simulation, intent, method, "authentication_required")
    action = authentication.next_action(simulation, intent, manner.return_url)
    intent.update(status="requires_action", next_action=action)
    simulation.announce("payment_intent.requires_action", intent)
    return None


def _collect(simulation: Simulation, intent: Json, method: Json, decline: str | None) -> None:
    if error := _charge(simulation, intent, method, decline):
        raise _declined(intent, error)


def _charge(simulation: Simulation, intent: Json, method: Json, decline: str | None) -> Json | None:
    """Charge at once; return the error of a decline."""
    charge = charges.open_charge(simulation, intent, method)
    intent["latest_charge"] = charge["id"]
    if decline is None:
        _succeed(simulation, intent, charge)
        return None
    error = {**decline_error(decline), "charge": charge["id"]}
    charges.fail(simulation, charge, error)
    _return_to_method(simulation, intent, method, error)
    return error


def _succeed(simulation: Simulation, intent: Json, charge: Json) -> None:
    charges.succeed(simulation, charge)
    intent.update(status="succeeded", amount_received=charge["amount"], next_action=None, processing=None)
    _keep_method(simulation, intent)
    simulation.announce("payment_intent.succeeded", intent)
    if reason := simulation.behaviours[charge["payment_method"]].dispute:
        is_inquiry = reason == "inquiry"
        disputes.start(simulation, charge, reason="general" if is_inquiry else reason, inquiry=is_inquiry)


def _keep_method(simulation: Simulation, intent: Json) -> None:
    """Save the method where that was asked; one used without a Customer is spent."""
    method = simulation.store.payment_methods.get(intent["payment_method"])
    if intent["setup_future_usage"] and intent["customer"] and method["customer"] is None:
        payment_methods.attach_to(simulation, method, intent["customer"])
    if intent["setup_future_usage"] == "off_session":
        simulation.prepared.add(method["id"])
    if method["customer"] is None:
        simulation.spent.add(method["id"])


def _return_to_method(simulation: Simulation, intent: Json, method: Json, error: Json) -> None:
    """Take the failed method off, as Stripe does: the next confirmation must name one."""
    shown_error = {**error, "payment_method": dict(method)}
    intent.update(status="requires_payment_method", payment_method=None, next_action=None, processing=None)
    intent["last_payment_error"] = shown_error
    simulation.announce("payment_intent.payment_failed", intent)


def _declined(intent: Json, error: Json) -> Refusal:
    fields = {name: value for name, value in error.items() if name not in ("type", "message")}
    method = intent["last_payment_error"]["payment_method"]
    refusal = Refusal(402, error["type"], error["message"], **fields)
    refusal.error.update(payment_intent=intent, payment_method=method)
    return refusal


def _debit_bank(simulation: Simulation, intent: Json, method: Json) -> None:
    charge = charges.open_charge(simulation, intent, method)
    intent.update(status="processing", latest_charge=charge["id"])
    simulation.announce("charge.pending", charge)
    simulation.announce("payment_intent.processing", intent)
    if simulation.behaviours[method["id"]].settles:
        due = simulation.clock.now() + BANK_DEBIT_SETTLES_AFTER_SECONDS
        simulation.schedule.at(due, lambda: _settle(simulation, intent, method, charge))


def _settle(simulation: Simulation, intent: Json, method: Json, charge: Json) -> None:
    failure = simulation.behaviours[method["id"]].bank_failure
    if failure is None:
        _succeed(simulation, intent, charge)
        return
    error = {**bank_error(failure), "charge": charge["id"]}
    charges.fail(simulation, charge, error)
    _return_to_method(simulation, intent, method, error)


def finish_authentication(simulation: Simulation, intent: Json, *, succeeded: bool) -> None:
    """Go on after the holder's answer on the 3-D Secure page; the intent must be in `requires_action`."""
    method = simulation.store.payment_methods.get(intent["payment_method"])
    if succeeded:
        _charge(simulation, intent, method, simulation.behaviours[method["id"]].decline)
    else:
        _return_to_method(simulation, intent, method, _AUTHENTICATION_FAILED)
