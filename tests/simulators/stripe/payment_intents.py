"""PaymentIntents: an amount to collect once, over as many attempts as it takes."""

from tests.simulators.stripe.errors import unexpected_state
from tests.simulators.stripe.ids import new_client_secret, new_id
from tests.simulators.stripe.intent_rules import (
    check_client_secret,
    check_only_with_confirm,
    check_return_url,
    method_fields,
    shown,
)
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.operations import Call, merge_metadata, names
from tests.simulators.stripe.payment_attempts import Manner, attempt
from tests.simulators.stripe.payment_intent_rules import (
    OPEN,
    check_confirmable,
    check_money,
    check_permitted,
    check_texts,
    method_to_use,
    usable,
)
from tests.simulators.stripe.simulation import Simulation

_CONFIRMATION_PARAMS = ("off_session", "return_url", "error_on_requires_action", "mandate_data")
_PLAIN = names(
    "description receipt_email shipping setup_future_usage statement_descriptor statement_descriptor_suffix "
    "transfer_group"
)
# what may still be changed once money is on its way
_ALWAYS_CHANGEABLE = names("description metadata receipt_email expand")


def create(call: Call) -> Json:
    """POST /v1/payment_intents, confirming at once when asked."""
    check_only_with_confirm(call, _CONFIRMATION_PARAMS)
    intent = unconfirmed(call)
    _apply(call, intent)
    call.simulation.store.payment_intents.add(intent)
    call.simulation.announce("payment_intent.created", intent)
    if call.param("confirm"):
        _confirm(call, intent)
    return intent


def unconfirmed(call: Call) -> Json:
    """Return a new PaymentIntent without amount and customer, not kept yet."""
    intent_id = new_id("pi")
    return {
        "id": intent_id,
        "object": "payment_intent",
        "amount": 0,
        "amount_capturable": 0,
        "amount_received": 0,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": call.param("capture_method", "automatic_async"),
        "client_secret": new_client_secret(intent_id),
        "confirmation_method": "automatic",
        "created": call.simulation.clock.timestamp(),
        "currency": None,
        "customer": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "payment_method": None,
        "processing": None,
        "status": "requires_payment_method",
        **dict.fromkeys(_PLAIN),
        **method_fields(call),
    }


def _apply(call: Call, intent: Json) -> None:
    """Change a draft first: a refusal halfway leaves the intent as it was."""
    check_money(call)
    check_texts(call)
    draft = dict(intent)
    if "customer" in call.params:
        call.simulation.store.existing_customer(call.params["customer"], "customer")
        draft["customer"] = call.params["customer"]
    if "payment_method" in call.params:
        draft["payment_method"] = usable(call.simulation, draft, call.params["payment_method"])["id"]
        draft["status"] = "requires_confirmation"
    if "metadata" in call.params:
        merge_metadata(draft, call.params["metadata"])
    draft.update({name: value for name, value in call.params.items() if name in _PLAIN | {"amount"}})
    if "currency" in call.params:
        draft["currency"] = call.params["currency"].lower()
    intent.update(draft)


def confirm(call: Call) -> Json:
    """POST /v1/payment_intents/{intent}/confirm."""
    intent = call.simulation.store.payment_intents.get(call.ids["intent"])
    check_client_secret(call, intent)
    _confirm(call, intent)
    return shown(call, intent)


def _confirm(call: Call, intent: Json) -> None:
    check_confirmable(intent)
    check_return_url(call, intent)
    method = method_to_use(call, intent)
    manner = Manner(
        off_session=bool(call.param("off_session", False)),
        error_on_requires_action=call.param("error_on_requires_action", False),
        return_url=call.param("return_url"),
    )
    check_permitted(call, intent, method, manner)
    _count_confirmation(call.simulation, intent)
    intent.update({name: call.params[name] for name in _PLAIN if name in call.params})
    attempt(call.simulation, intent, method, manner)


def _count_confirmation(simulation: Simulation, intent: Json) -> None:
    """Cancel at the confirmation limit, as the reference of `confirm` warns."""
    count = simulation.confirmations[intent["id"]] = simulation.confirmations.get(intent["id"], 0) + 1
    if count > simulation.confirmation_limit:
        _close(simulation, intent, "automatic")
        message = "This PaymentIntent has been confirmed too many times and was canceled."
        raise unexpected_state(message, payment_intent=intent)


def retrieve(call: Call) -> Json:
    """GET /v1/payment_intents/{intent}."""
    intent = call.simulation.store.payment_intents.get(call.ids["intent"])
    check_client_secret(call, intent)
    return shown(call, intent)


def update(call: Call) -> Json:
    """POST /v1/payment_intents/{intent}; once money moves only its description, receipt and metadata."""
    intent = call.simulation.store.payment_intents.get(call.ids["intent"])
    if intent["status"] not in OPEN and not call.params.keys() <= _ALWAYS_CHANGEABLE:
        message = f"This PaymentIntent's amount could not be updated because it has a status of {intent['status']}."
        raise unexpected_state(message, payment_intent=intent)
    _apply(call, intent)
    return intent


def cancel(call: Call) -> Json:
    """POST /v1/payment_intents/{intent}/cancel; stricter than Stripe: never while a bank is processing it."""
    intent = call.simulation.store.payment_intents.get(call.ids["intent"])
    if intent["status"] not in OPEN:
        message = (
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a "
            f"PaymentIntent with one of the following statuses may be canceled: {', '.join(OPEN)}."
        )
        raise unexpected_state(message, payment_intent=intent)
    _close(call.simulation, intent, call.param("cancellation_reason"))
    return intent


def _close(simulation: Simulation, intent: Json, reason: str | None) -> None:
    intent.update(status="canceled", cancellation_reason=reason, next_action=None)
    intent["canceled_at"] = simulation.clock.timestamp()
    simulation.announce("payment_intent.canceled", intent)


def list_intents(call: Call) -> Json:
    """GET /v1/payment_intents, by customer."""
    customer = call.param("customer")

    def matches(intent: Json) -> bool:
        return customer in (None, intent["customer"])

    return call.simulation.store.payment_intents.page(call.params, "/v1/payment_intents", matches)
