"""PaymentMethods: cards and bank accounts, made from the documented test ones only."""

from tests.simulators.stripe.documented_methods import ALREADY_PREPARED, DOCUMENTED, Behaviour, decline_error
from tests.simulators.stripe.errors import Refusal, invalid, missing, not_simulated
from tests.simulators.stripe.ids import new_id, random_text
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.operations import Call, merge_metadata
from tests.simulators.stripe.simulation import Simulation

_RAW_NUMBER = (
    "Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest you use test "
    "tokens that map to the test card you are using, see https://stripe.com/docs/testing."
)
_SPENT = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared "
    "with a connected account without Customer attachment, or was detached from a Customer. It may not be "
    "used again. To use a PaymentMethod multiple times, you must attach it to a Customer first."
)


def resolve(simulation: Simulation, method_id: str, param: str = "payment_method") -> Json:
    """Return the PaymentMethod; a documented test id makes a fresh one each time, as Stripe does."""
    if method_id in DOCUMENTED:
        return make(simulation, method_id)
    return simulation.store.payment_methods.get(method_id, param)


def make(simulation: Simulation, documented_id: str) -> Json:
    """Return a new PaymentMethod that behaves as the documented one."""
    behaviour = DOCUMENTED[documented_id]
    method: Json = {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "created": simulation.clock.timestamp(),
        "customer": None,
        "livemode": False,
        "metadata": {},
        "type": behaviour.kind,
        behaviour.kind: _details(simulation, behaviour),
    }
    simulation.behaviours[method["id"]] = behaviour
    if documented_id == ALREADY_PREPARED:
        simulation.prepared.add(method["id"])
    return simulation.store.payment_methods.add(method)


def _details(simulation: Simulation, behaviour: Behaviour) -> Json:
    if behaviour.kind == "us_bank_account":
        return {
            "account_holder_type": "individual",
            "account_type": "checking",
            "bank_name": "STRIPE TEST BANK",
            "last4": behaviour.last4,
            "routing_number": "110000000",
            "status_details": {},
        }
    return {
        "brand": behaviour.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": random_text(16),
        "funding": behaviour.funding,
        "last4": behaviour.last4,
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def create(call: Call) -> Json:
    """POST /v1/payment_methods: from `card[token]` of a test card; raw numbers are refused with a 402."""
    card = call.param("card", {})
    if "number" in card:
        raise Refusal(402, "invalid_request_error", _RAW_NUMBER)
    if call.param("type") != "card" or "token" not in card:
        raise not_simulated("payment_methods without card[token]")
    documented_id = card["token"].replace("tok_", "pm_card_", 1)
    if documented_id not in DOCUMENTED:
        raise missing("token", card["token"], "card[token]")
    method = make(call.simulation, documented_id)
    _apply(call, method)
    return method


def _apply(call: Call, method: Json) -> None:
    if "metadata" in call.params:
        merge_metadata(method, call.params["metadata"])
    method["billing_details"].update(call.param("billing_details", {}))
    if "allow_redisplay" in call.params:
        method["allow_redisplay"] = call.params["allow_redisplay"]


def retrieve(call: Call) -> Json:
    """GET /v1/payment_methods/{method}."""
    return resolve(call.simulation, call.ids["method"], "id")


def update(call: Call) -> Json:
    """POST /v1/payment_methods/{method}: only one that belongs to a Customer can be changed."""
    method = call.simulation.store.payment_methods.get(call.ids["method"])
    if method["customer"] is None:
        raise invalid("You must save this PaymentMethod to a customer before you can update it.")
    _apply(call, method)
    call.simulation.announce("payment_method.updated", method)
    return method


def attach(call: Call) -> Json:
    """POST /v1/payment_methods/{method}/attach; a test card that only ever declines does so here already."""
    if "customer" not in call.params:
        raise invalid("Missing required param: customer.", param="customer", code="parameter_missing")
    customer = call.simulation.store.existing_customer(call.params["customer"], "customer")
    method = resolve(call.simulation, call.ids["method"], "id")
    check_attachable(call.simulation, method, customer["id"])
    if method["customer"] is None:
        attach_to(call.simulation, method, customer["id"])
    return method


def check_attachable(simulation: Simulation, method: Json, customer_id: str) -> None:
    """Raise Refusal for a spent method, one of another Customer, or a card that declines when saved."""
    check_unspent(simulation, method)
    if method["customer"] not in (None, customer_id):
        raise invalid("The payment method you provided has already been attached to a customer.")
    behaviour = simulation.behaviours[method["id"]]
    if not behaviour.saves and behaviour.decline:
        raise Refusal(402, **_card_error(behaviour.decline))


def _card_error(decline: str) -> Json:
    error = decline_error(decline)
    return {"error_type": error.pop("type"), **error}


def check_unspent(simulation: Simulation, method: Json) -> None:
    """Raise Refusal for a method that was detached or used once without a Customer."""
    if method["id"] in simulation.spent:
        raise invalid(_SPENT)


def attach_to(simulation: Simulation, method: Json, customer_id: str) -> None:
    """Give an attachable method to a Customer."""
    method["customer"] = customer_id
    simulation.announce("payment_method.attached", method)


def detach(call: Call) -> Json:
    """POST /v1/payment_methods/{method}/detach: for good; Stripe never takes the method again."""
    method = call.simulation.store.payment_methods.get(call.ids["method"])
    if method["customer"] is None:
        raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
    release(call.simulation, method)
    return method


def release(simulation: Simulation, method: Json) -> None:
    """Take a method away from its Customer, and with it the place of default."""
    owner = simulation.store.customers.get(method["customer"])
    settings = owner["invoice_settings"]
    if settings["default_payment_method"] == method["id"]:
        settings["default_payment_method"] = None
    previous = {"customer": method["customer"]}
    method["customer"] = None
    simulation.spent.add(method["id"])
    simulation.announce("payment_method.detached", method, previous)


def owned_by(simulation: Simulation, customer_id: str) -> list[Json]:
    """Return a Customer's payment methods, newest first."""
    return [each for each in simulation.store.payment_methods.all() if each["customer"] == customer_id]


def check_owned(method: Json, customer_id: str) -> None:
    """Raise Refusal where the method is not attached to this Customer."""
    if method["customer"] != customer_id:
        message = (
            f"The customer does not have a payment method with the ID {method['id']}. The payment method "
            "must be attached to the customer."
        )
        raise invalid(message, param="payment_method", code="resource_missing")


def list_methods(call: Call) -> Json:
    """GET /v1/payment_methods and /v1/customers/{customer}/payment_methods, by type."""
    customer_id = call.ids.get("customer") or call.param("customer")
    if customer_id is None:
        raise invalid("Missing required param: customer.", param="customer", code="parameter_missing")
    call.simulation.store.existing_customer(customer_id, "id" if "customer" in call.ids else "customer")
    kind = call.param("type")
    url = f"/v1/customers/{customer_id}/payment_methods" if "customer" in call.ids else "/v1/payment_methods"

    def matches(method: Json) -> bool:
        return method["customer"] == customer_id and kind in (None, method["type"])

    return call.simulation.store.payment_methods.page(call.params, url, matches)
