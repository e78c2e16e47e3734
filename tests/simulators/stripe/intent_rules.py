"""What PaymentIntents and SetupIntents share: the methods they take, return addresses, mandates, secrets."""

from tests.simulators.stripe.errors import invalid
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.operations import Call

SIMULATED_TYPES = ("card", "us_bank_account")

_RETURN_URL_NEEDED = (
    "This intent is configured to accept payment methods enabled in your Dashboard. Because some of these "
    "payment methods might redirect your customer off of your page, you must provide a `return_url`. If you "
    "don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` "
    "and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment "
    "Intents."
)


def method_fields(call: Call) -> Json:
    """Return the fields that say which payment methods a new intent takes. Raises Refusal for other types."""
    allowed = call.param("allowed_payment_method_types")
    for kind in allowed or []:
        if kind not in SIMULATED_TYPES:
            raise invalid(f"The simulator knows no '{kind}'.", param="allowed_payment_method_types")
    automatic = call.param("automatic_payment_methods")
    if automatic:
        automatic = {"allow_redirects": "always", **automatic}
    elif not allowed:
        automatic = {"allow_redirects": "always", "enabled": True}
    return {
        "allowed_payment_method_types": allowed,
        "automatic_payment_methods": automatic,
        "payment_method_types": list(allowed or SIMULATED_TYPES),
    }


def check_method_type(intent: Json, method: Json) -> None:
    """Raise Refusal for a kind of method that the intent does not take."""
    if method["type"] not in intent["payment_method_types"]:
        message = f"The PaymentMethod provided ({method['type']}) is not allowed for this intent."
        raise invalid(message, param="payment_method", code="payment_intent_incompatible_payment_method")


def check_return_url(call: Call, intent: Json) -> None:
    """Raise Refusal where a redirect is possible and no way back was given."""
    automatic = intent["automatic_payment_methods"]
    may_redirect = automatic and automatic["enabled"] and automatic["allow_redirects"] == "always"
    if may_redirect and not call.param("return_url"):
        raise invalid(_RETURN_URL_NEEDED, param="return_url")


def check_only_with_confirm(call: Call, params: tuple[str, ...]) -> None:
    """Raise Refusal for parameters of a confirmation on a create that does not confirm."""
    for name in params:
        if name in call.params and not call.param("confirm"):
            raise invalid(f"The parameter '{name}' can only be passed together with confirm=true.", param=name)


def has_mandate(call: Call) -> bool:
    """Say whether the customer's acceptance came along. Raises Refusal for an incomplete one."""
    if not call.param("mandate_data"):
        return False
    acceptance = call.params["mandate_data"].get("customer_acceptance")
    if acceptance is None:
        raise _incomplete("customer_acceptance")
    if acceptance["type"] == "online" and not call.publishable:
        online = acceptance.get("online", {})
        for name in ("ip_address", "user_agent"):
            if name not in online:
                raise _incomplete(f"customer_acceptance][online][{name}")
    return True


def _incomplete(name: str) -> Exception:
    where = f"mandate_data[{name}]"
    return invalid(f"Missing required param: {where}.", param=where, code="parameter_missing")


def check_client_secret(call: Call, intent: Json) -> None:
    """Raise Refusal where a publishable key comes without this intent's own secret."""
    if call.publishable and call.param("client_secret") != intent["client_secret"]:
        message = "The client_secret provided does not match any associated intent on this account."
        raise invalid(message, param="client_secret", code="resource_missing")


_PUBLISHABLE_FIELDS = [
    "id",
    "object",
    "amount",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "capture_method",
    "client_secret",
    "confirmation_method",
    "created",
    "currency",
    "description",
    "last_payment_error",
    "last_setup_error",
    "livemode",
    "next_action",
    "payment_method",
    "payment_method_types",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "status",
    "usage",
]


def shown(call: Call, intent: Json) -> Json:
    """Return the intent as its reader may see it: a publishable key gets a part without customer and
    metadata.
    """
    if not call.publishable:
        return intent
    return {name: intent[name] for name in _PUBLISHABLE_FIELDS if name in intent}
