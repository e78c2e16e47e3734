"""Customers: the people and companies that payment methods belong to."""

from tests.simulators.stripe import payment_methods
from tests.simulators.stripe.errors import not_simulated
from tests.simulators.stripe.ids import new_id, random_text
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.operations import Call, merge_metadata, names

_PLAIN = names("address description email name phone preferred_locales shipping")
_INVOICE_SETTINGS = names("custom_fields footer rendering_options")


def create(call: Call) -> Json:
    """POST /v1/customers; a `payment_method` given is attached at once."""
    customer = _new(call)
    method = _method_to_attach(call, customer)
    _apply(call, customer, method)
    call.simulation.store.customers.add(customer)
    call.simulation.announce("customer.created", customer)
    if method:
        payment_methods.attach_to(call.simulation, method, customer["id"])
    return customer


def _new(call: Call) -> Json:
    return {
        "id": new_id("cus"),
        "object": "customer",
        "balance": 0,
        "created": call.simulation.clock.timestamp(),
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "discount": None,
        "invoice_prefix": random_text(8).upper(),
        "invoice_settings": {**dict.fromkeys(_INVOICE_SETTINGS), "default_payment_method": None},
        "livemode": False,
        "metadata": {},
        "next_invoice_sequence": 1,
        "tax_exempt": "none",
        "test_clock": None,
        **dict.fromkeys(_PLAIN),
        "preferred_locales": [],
    }


def _method_to_attach(call: Call, customer: Json) -> Json | None:
    if "payment_method" not in call.params:
        return None
    method = payment_methods.resolve(call.simulation, call.params["payment_method"])
    payment_methods.check_attachable(call.simulation, method, customer["id"])
    return method


def _apply(call: Call, customer: Json, attaching: Json | None = None) -> None:
    if "invoice_settings" in call.params:
        _apply_invoice_settings(call, customer, attaching)
    if "metadata" in call.params:
        merge_metadata(customer, call.params["metadata"])
    customer.update({name: value for name, value in call.params.items() if name in _PLAIN})


def _apply_invoice_settings(call: Call, customer: Json, attaching: Json | None) -> None:
    """Take a default that is the Customer's own, or the very method that is being attached."""
    settings = call.params["invoice_settings"]
    for name in settings:
        if name != "default_payment_method":
            raise not_simulated(f"invoice_settings[{name}]")
    method_id = settings.get("default_payment_method")
    if attaching and method_id in (attaching["id"], call.params["payment_method"]):
        method_id = attaching["id"]
    elif method_id is not None:
        param = "invoice_settings[default_payment_method]"
        payment_methods.check_owned(call.simulation.store.payment_methods.get(method_id, param), customer["id"])
    customer["invoice_settings"]["default_payment_method"] = method_id


def retrieve(call: Call) -> Json:
    """GET /v1/customers/{customer}; a deleted one is answered as a stub."""
    return call.simulation.store.customers.get(call.ids["customer"])


def update(call: Call) -> Json:
    """POST /v1/customers/{customer}."""
    customer = call.simulation.store.existing_customer(call.ids["customer"])
    _apply(call, customer)
    call.simulation.announce("customer.updated", customer)
    return customer


def delete(call: Call) -> Json:
    """DELETE /v1/customers/{customer}: detaches its payment methods and leaves a stub."""
    customer = call.simulation.store.existing_customer(call.ids["customer"])
    for method in payment_methods.owned_by(call.simulation, customer["id"]):
        payment_methods.release(call.simulation, method)
    call.simulation.announce("customer.deleted", customer)
    stub = {"id": customer["id"], "object": "customer", "deleted": True}
    customer.clear()
    customer.update(stub)
    return stub


def list_customers(call: Call) -> Json:
    """GET /v1/customers, by exact e-mail address."""
    email = call.param("email")

    def matches(customer: Json) -> bool:
        return not customer.get("deleted") and email in (None, customer["email"])

    return call.simulation.store.customers.page(call.params, "/v1/customers", matches)
