"""PaymentIntents: an amount to collect once, over as many attempts as it takes."""

from tests.simulators.stripe import payment_methods
from tests.simulators.stripe.errors import invalid, not_simulated, unexpected_state
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
from tests.simulators.stripe.operations import Call, merge_metadata, names
from tests.simulators.stripe.payment_attempts import Manner, attempt
from tests.simulators.stripe.simulation import Simulation

CURRENCY = "usd"
SMALLEST_CENTS, LARGEST_CENTS = (
    50,
    99_999_999,
)  # docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
LONGEST_SUFFIX = 22  # docs.stripe.com/get-started/account/statement-descriptors

_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
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
    intent = _new(call)
    _apply(call, intent)
    call.simulation.store.payment_intents.add(intent)
    call.simulation.announce("payment_intent.created", intent)
    if call.param("confirm"):
        _confirm(call, intent)
    return intent


def _new(call: Call) -> Json:
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
    _check_money(call)
    _check_texts(call)
    if "customer" in call.params:
        call.simulation.store.existing_customer(call.params["customer"], "customer")
        intent["customer"] = call.params["customer"]
    if "payment_method" in call.params:
        intent["payment_method"] = _usable(call.simulation, intent, call.params["payment_method"])["id"]
        intent["status"] = "requires_confirmation"
    if "metadata" in call.params:
        merge_metadata(intent, call.params["metadata"])
    intent.update({name: value for name, value in call.params.items() if name in _PLAIN | {"amount"}})
    if "currency" in call.params:
        intent["currency"] = call.params["currency"].lower()


def _check_money(call: Call) -> None:
    if call.param("currency", CURRENCY).lower() != CURRENCY:
        raise invalid(
            f"Invalid currency: {call.params['currency']}. The simulator knows usd.", param="currency"
        )
    if call.param("capture_method") == "manual":
        raise not_simulated("capture_method=manual")
    amount = call.param("amount", SMALLEST_CENTS)
    if amount < 1:
        raise invalid(
            "This value must be greater than or equal to 1.", param="amount", code="parameter_invalid_integer"
        )
    if amount < SMALLEST_CENTS:
        raise invalid("Amount must be at least $0.50 usd", param="amount", code="amount_too_small")
    if amount > LARGEST_CENTS:
        raise invalid("Amount must be no more than $999,999.99", param="amount", code="amount_too_large")


def _check_texts(call: Call) -> None:
    for name in ("statement_descriptor", "statement_descriptor_suffix"):
        text = call.param(name)
        if text and (len(text) > LONGEST_SUFFIX or set(text) & set("<>\\'\"*")):
            raise invalid(
                f"The {name} has at most {LONGEST_SUFFIX} characters and none of <>\\'\"*.", param=name
            )


def _usable(simulation: Simulation, intent: Json, method_id: str) -> Json:
    """Return the method for this intent. Raises Refusal for a spent one, another Customer's, or a wrong kind."""
    method = payment_methods.resolve(simulation, method_id)
    payment_methods.check_unspent(simulation, method)
    check_method_type(intent, method)
    if method["customer"] and not intent["customer"]:
        message = (
            f"The PaymentMethod provided ({method['id']}) belongs to a Customer. Please include the Customer "
            "in the `customer` parameter on the PaymentIntent."
        )
        raise invalid(message, param="payment_method")
    if method["customer"]:
        payment_methods.check_owned(method, intent["customer"])
    return method


def confirm(call: Call) -> Json:
    """POST /v1/payment_intents/{intent}/confirm."""
    intent = call.simulation.store.payment_intents.get(call.ids["intent"])
    check_client_secret(call, intent)
    _confirm(call, intent)
    return shown(call, intent)


def _confirm(call: Call, intent: Json) -> None:
    _check_confirmable(intent)
    check_return_url(call, intent)
    method = _method_to_use(call, intent)
    manner = Manner(
        off_session=bool(call.param("off_session", False)),
        error_on_requires_action=call.param("error_on_requires_action", False),
        return_url=call.param("return_url"),
    )
    _check_permitted(call, intent, method, manner)
    _count_confirmation(call.simulation, intent)
    intent.update({name: call.params[name] for name in _PLAIN if name in call.params})
    attempt(call.simulation, intent, method, manner)


def _check_confirmable(intent: Json) -> None:
    if intent["status"] == "succeeded":
        message = (
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously "
            "confirmed."
        )
        raise unexpected_state(message, payment_intent=intent)
    if intent["status"] not in _OPEN:
        message = (
            f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}. Only a "
            f"PaymentIntent with one of the following statuses may be confirmed: {', '.join(_OPEN)}."
        )
        raise unexpected_state(message, payment_intent=intent)


def _method_to_use(call: Call, intent: Json) -> Json:
    method_id = call.param("payment_method") or intent["payment_method"]
    if method_id is None:
        message = (
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either "
            "update the PaymentIntent with a payment method and then confirm it again, or confirm it again "
            "directly with a payment method or ConfirmationToken."
        )
        raise unexpected_state(message, payment_intent=intent)
    return _usable(call.simulation, intent, method_id)


def _check_permitted(call: Call, intent: Json, method: Json, manner: Manner) -> None:
    """Stricter than Stripe: charging somebody who is away needs a method saved to that Customer."""
    if manner.off_session and not (intent["customer"] and method["customer"]):
        message = "An off-session payment needs a Customer and a PaymentMethod attached to it."
        raise invalid(message, param="payment_method")
    if method["type"] == "us_bank_account" and not (
        has_mandate(call) or method["id"] in call.simulation.prepared
    ):
        message = (
            "This PaymentIntent requires a mandate, but no mandate_data was provided and none is on file."
        )
        raise invalid(message, param="mandate_data", code="payment_intent_mandate_invalid")
    if method["type"] == "card" and intent["statement_descriptor"]:
        raise invalid("Use statement_descriptor_suffix for card payments.", param="statement_descriptor")


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
    if intent["status"] not in _OPEN and not call.params.keys() <= _ALWAYS_CHANGEABLE:
        message = (
            f"This PaymentIntent's amount could not be updated because it has a status of {intent['status']}."
        )
        raise unexpected_state(message, payment_intent=intent)
    _apply(call, intent)
    return intent


def cancel(call: Call) -> Json:
    """POST /v1/payment_intents/{intent}/cancel; stricter than Stripe: never while a bank is processing it."""
    intent = call.simulation.store.payment_intents.get(call.ids["intent"])
    if intent["status"] not in _OPEN:
        message = (
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a "
            f"PaymentIntent with one of the following statuses may be canceled: {', '.join(_OPEN)}."
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
