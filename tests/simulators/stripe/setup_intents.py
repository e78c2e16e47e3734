"""SetupIntents: saving a payment method for later, with the holder's authentication and mandate.

requires_payment_method ─► requires_confirmation ─► succeeded
                                                ├─► requires_action ─► succeeded | requires_payment_method
                                                └─► requires_payment_method (declined)
"""

from tests.simulators.stripe import authentication, payment_methods
from tests.simulators.stripe.documented_methods import decline_error
from tests.simulators.stripe.errors import Refusal, invalid
from tests.simulators.stripe.ids import new_client_secret, new_id
from tests.simulators.stripe.intent_rules import (
    check_client_secret,
    check_method_type,
    check_only_with_confirm,
    check_return_url,
    has_mandate,
    method_fields,
    shown,
)
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.operations import Call, merge_metadata
from tests.simulators.stripe.simulation import Simulation

_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
_AUTHENTICATION_FAILED: Json = {
    "type": "invalid_request_error",
    "code": "setup_intent_authentication_failure",
    "message": "The latest attempt to set up the payment method has failed because authentication failed.",
}


def create(call: Call) -> Json:
    """POST /v1/setup_intents, confirming at once when asked."""
    check_only_with_confirm(call, ("return_url", "mandate_data"))
    intent = _new(call)
    _apply(call, intent)
    call.simulation.store.setup_intents.add(intent)
    call.simulation.announce("setup_intent.created", intent)
    if call.param("confirm"):
        _confirm(call, intent)
    return intent


def _new(call: Call) -> Json:
    intent_id = new_id("seti")
    return {
        "id": intent_id,
        "object": "setup_intent",
        "cancellation_reason": None,
        "client_secret": new_client_secret(intent_id),
        "created": call.simulation.clock.timestamp(),
        "customer": None,
        "description": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": {},
        "next_action": None,
        "payment_method": None,
        "status": "requires_payment_method",
        "usage": call.param("usage", "off_session"),
        **method_fields(call),
    }


def _apply(call: Call, intent: Json) -> None:
    """Change a draft first: a refusal halfway leaves the intent as it was."""
    draft = dict(intent)
    if "customer" in call.params:
        call.simulation.store.existing_customer(call.params["customer"], "customer")
        draft["customer"] = call.params["customer"]
    if "payment_method" in call.params:
        draft["payment_method"] = _usable(call.simulation, draft, call.params["payment_method"])["id"]
        draft["status"] = "requires_confirmation"
    if "metadata" in call.params:
        merge_metadata(draft, call.params["metadata"])
    if "description" in call.params:
        draft["description"] = call.params["description"]
    intent.update(draft)


def _usable(simulation: Simulation, intent: Json, method_id: str) -> Json:
    method = payment_methods.resolve(simulation, method_id)
    payment_methods.check_unspent(simulation, method)
    check_method_type(intent, method)
    if method["customer"]:
        payment_methods.check_owned(method, intent["customer"])
    return method


def confirm(call: Call) -> Json:
    """POST /v1/setup_intents/{intent}/confirm."""
    intent = call.simulation.store.setup_intents.get(call.ids["intent"])
    check_client_secret(call, intent)
    _confirm(call, intent)
    return shown(call, intent)


def _confirm(call: Call, intent: Json) -> None:
    _check_open(intent, "confirm")
    check_return_url(call, intent)
    method = _method_to_use(call, intent)
    _accept_mandate(call, intent, method)
    intent.update(payment_method=method["id"], last_setup_error=None, next_action=None)
    behaviour = call.simulation.behaviours[method["id"]]
    if behaviour.decline and not behaviour.saves:
        raise _decline(call.simulation, intent, method, behaviour.decline)
    if authentication.is_needed(behaviour, off_session=False, prepared=False):
        action = authentication.next_action(call.simulation, intent, call.param("return_url"))
        intent.update(status="requires_action", next_action=action)
        call.simulation.announce("setup_intent.requires_action", intent)
        return
    _succeed(call.simulation, intent, method)


def _check_open(intent: Json, verb: str) -> None:
    if intent["status"] not in _OPEN:
        message = f"You cannot {verb} this SetupIntent because it has a status of {intent['status']}."
        raise invalid(message, code="setup_intent_unexpected_state", setup_intent=intent)


def _method_to_use(call: Call, intent: Json) -> Json:
    method_id = call.param("payment_method") or intent["payment_method"]
    if method_id is None:
        message = "You cannot confirm this SetupIntent because it's missing a payment method."
        raise invalid(message, code="setup_intent_unexpected_state", setup_intent=intent)
    return _usable(call.simulation, intent, method_id)


def _accept_mandate(call: Call, intent: Json, method: Json) -> None:
    """A bank debit needs the account holder's mandate (Nacha rules); a card needs none."""
    accepted = has_mandate(call)
    if method["type"] == "us_bank_account":
        if not accepted:
            message = "This SetupIntent requires a mandate, but no mandate_data was provided."
            raise invalid(message, param="mandate_data", code="payment_intent_mandate_invalid")
        intent["mandate"] = new_id("mandate")


def _decline(simulation: Simulation, intent: Json, method: Json, decline: str) -> Refusal:
    error = decline_error(decline)
    _return_to_method(simulation, intent, method, error)
    fields = {name: value for name, value in error.items() if name not in ("type", "message")}
    refusal = Refusal(402, error["type"], error["message"], **fields)
    refusal.error.update(setup_intent=intent, payment_method=dict(method))
    return refusal


def _return_to_method(simulation: Simulation, intent: Json, method: Json, error: Json) -> None:
    intent.update(status="requires_payment_method", payment_method=None, next_action=None)
    intent["last_setup_error"] = {**error, "payment_method": dict(method)}
    simulation.announce("setup_intent.setup_failed", intent)


def _succeed(simulation: Simulation, intent: Json, method: Json) -> None:
    intent.update(status="succeeded", next_action=None)
    if intent["customer"] and method["customer"] is None:
        payment_methods.attach_to(simulation, method, intent["customer"])
    if intent["usage"] == "off_session":
        simulation.prepared.add(method["id"])
    simulation.announce("setup_intent.succeeded", intent)


def finish_authentication(simulation: Simulation, intent: Json, *, succeeded: bool) -> None:
    """Go on after the holder's answer on the 3-D Secure page; the intent must be in `requires_action`."""
    method = simulation.store.payment_methods.get(intent["payment_method"])
    if succeeded:
        _succeed(simulation, intent, method)
    else:
        _return_to_method(simulation, intent, method, _AUTHENTICATION_FAILED)


def retrieve(call: Call) -> Json:
    """GET /v1/setup_intents/{intent}."""
    intent = call.simulation.store.setup_intents.get(call.ids["intent"])
    check_client_secret(call, intent)
    return shown(call, intent)


def update(call: Call) -> Json:
    """POST /v1/setup_intents/{intent}."""
    intent = call.simulation.store.setup_intents.get(call.ids["intent"])
    _check_open(intent, "update")
    _apply(call, intent)
    return intent


def cancel(call: Call) -> Json:
    """POST /v1/setup_intents/{intent}/cancel."""
    intent = call.simulation.store.setup_intents.get(call.ids["intent"])
    _check_open(intent, "cancel")
    intent.update(status="canceled", cancellation_reason=call.param("cancellation_reason"), next_action=None)
    call.simulation.announce("setup_intent.canceled", intent)
    return intent


def list_intents(call: Call) -> Json:
    """GET /v1/setup_intents, by customer and payment method."""
    filters = {name: call.params[name] for name in ("customer", "payment_method") if name in call.params}

    def matches(intent: Json) -> bool:
        return all(intent[name] == value for name, value in filters.items())

    return call.simulation.store.setup_intents.page(call.params, "/v1/setup_intents", matches)
