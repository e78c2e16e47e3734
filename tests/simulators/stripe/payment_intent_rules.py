"""What Stripe refuses of a PaymentIntent: amounts, texts, methods, and acts that its state does not allow."""

from tests.simulators.stripe import payment_methods
from tests.simulators.stripe.errors import invalid, not_simulated, unexpected_state
from tests.simulators.stripe.intent_rules import check_method_type, has_mandate
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.operations import Call
from tests.simulators.stripe.payment_attempts import Manner
from tests.simulators.stripe.simulation import Simulation

CURRENCY = "usd"
CURRENCIES = (CURRENCY, "eur")  # the second one to try what becomes of foreign money; nothing is exchanged
# docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
SMALLEST_CENTS, LARGEST_CENTS = 50, 99_999_999
LONGEST_SUFFIX = 22  # docs.stripe.com/get-started/account/statement-descriptors

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


def check_money(call: Call) -> None:
    """Raise Refusal for another currency, manual capture, or an amount out of bounds (cents)."""
    if call.param("currency", CURRENCY).lower() not in CURRENCIES:
        known = " and ".join(CURRENCIES)
        raise invalid(f"Invalid currency: {call.params['currency']}. The simulator knows {known}.", param="currency")
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


def check_texts(call: Call) -> None:
    """Raise Refusal for a statement descriptor that banks would not print."""
    for name in ("statement_descriptor", "statement_descriptor_suffix"):
        text = call.param(name)
        if text and (len(text) > LONGEST_SUFFIX or set(text) & set("<>\\'\"*")):
            raise invalid(f"The {name} has at most {LONGEST_SUFFIX} characters and none of <>\\'\"*.", param=name)


def usable(simulation: Simulation, intent: Json, method_id: str) -> Json:
    """Return the method. Raises Refusal for a spent one, another Customer's, or a kind not allowed."""
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


def check_confirmable(intent: Json) -> None:
    """Raise Refusal `payment_intent_unexpected_state` unless the intent is open."""
    if intent["status"] == "succeeded":
        message = (
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed."
        )
        raise unexpected_state(message, payment_intent=intent)
    if intent["status"] not in OPEN:
        message = (
            f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}. Only a "
            f"PaymentIntent with one of the following statuses may be confirmed: {', '.join(OPEN)}."
        )
        raise unexpected_state(message, payment_intent=intent)


def method_to_use(call: Call, intent: Json) -> Json:
    """Return the method named now or kept earlier. Raises Refusal where there is none or it may not be used."""
    method_id = call.param("payment_method") or intent["payment_method"]
    if method_id is None:
        message = (
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either "
            "update the PaymentIntent with a payment method and then confirm it again, or confirm it again "
            "directly with a payment method or ConfirmationToken."
        )
        raise unexpected_state(message, payment_intent=intent)
    return usable(call.simulation, intent, method_id)


def check_permitted(call: Call, intent: Json, method: Json, manner: Manner) -> None:
    """Raise Refusal for an attempt that nobody agreed to.

    Stricter than Stripe: charging somebody who is away needs a method saved to that Customer.
    """
    if manner.off_session and not (intent["customer"] and method["customer"]):
        message = "An off-session payment needs a Customer and a PaymentMethod attached to it."
        raise invalid(message, param="payment_method")
    if method["type"] == "us_bank_account" and not (has_mandate(call) or method["id"] in call.simulation.prepared):
        message = "This PaymentIntent requires a mandate, but no mandate_data was provided and none is on file."
        raise invalid(message, param="mandate_data", code="payment_intent_mandate_invalid")
    if method["type"] == "card" and intent["statement_descriptor"]:
        raise invalid("Use statement_descriptor_suffix for card payments.", param="statement_descriptor")
