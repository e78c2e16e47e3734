"""Invoices to companies: drafted, filled with items, finalized, sent, voided. Paid, credited: invoice_payments.py.

draft ──► open ──► paid
  │         └────► void
  └─ deleted
"""

from tests.simulators.stripe.errors import Refusal, invalid, not_simulated
from tests.simulators.stripe.ids import new_id, random_text
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.operations import Call, merge_metadata
from tests.simulators.stripe.simulation import Simulation

DAY_SECONDS = 24 * 3600
_LONGEST_NUMBER = 26  # docs.stripe.com/api/invoices/create#create_invoice-number


def create(call: Call) -> Json:
    """POST /v1/invoices: a draft for a customer that has an e-mail address, without pending items."""
    customer = call.simulation.store.existing_customer(call.param("customer", ""), "customer")
    if call.param("collection_method") != "send_invoice":
        raise not_simulated("collection_method=charge_automatically")
    if call.param("pending_invoice_items_behavior") != "exclude":
        raise not_simulated("pending_invoice_items_behavior=include")
    if not customer["email"]:
        raise invalid("Missing email. In order to create invoices that are sent to the customer, add one.")
    if "days_until_due" not in call.params:
        raise invalid("If collection_method is send_invoice, days_until_due is required.", param="days_until_due")
    _check_number(call)
    invoice = _new(call, customer)
    merge_metadata(invoice, call.param("metadata", {}))
    call.simulation.store.invoices.add(invoice)
    call.simulation.announce("invoice.created", invoice)
    return invoice


def _check_number(call: Call) -> None:
    number = call.param("number")
    if number is not None and len(number) > _LONGEST_NUMBER:
        raise invalid(f"Invoice numbers have at most {_LONGEST_NUMBER} characters.", param="number")
    if number is not None and any(one["number"] == number for one in call.simulation.store.invoices.all()):
        raise invalid(f"The invoice number {number} is used already.", param="number")


def _new(call: Call, customer: Json) -> Json:
    now = call.simulation.clock.timestamp()
    return {
        "id": new_id("in"),
        "object": "invoice",
        "amount_due": 0,
        "amount_paid": 0,
        "amount_remaining": 0,
        "auto_advance": call.param("auto_advance", False),
        "collection_method": "send_invoice",
        "created": now,
        "currency": call.param("currency", "usd"),
        "customer": customer["id"],
        "customer_email": customer["email"],
        "description": call.param("description"),
        "due_date": now + call.params["days_until_due"] * DAY_SECONDS,
        "hosted_invoice_url": None,
        "livemode": False,
        "metadata": {},
        "number": call.param("number"),
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "status": "draft",
        "total": 0,
    }


def add_item(call: Call) -> Json:
    """POST /v1/invoiceitems, to a draft."""
    store = call.simulation.store
    if "invoice" not in call.params:
        raise not_simulated("an item without an invoice")
    invoice = store.invoices.get(call.params["invoice"], "invoice")
    if invoice["status"] != "draft":
        raise invalid("This invoice can no longer be edited", code="invoice_not_editable")
    if invoice["customer"] != call.param("customer"):
        raise invalid("The item and its invoice belong to different customers.", param="customer")
    item: Json = {
        "id": new_id("ii"),
        "object": "invoiceitem",
        "amount": call.param("amount", 0),
        "currency": call.param("currency", invoice["currency"]),
        "customer": invoice["customer"],
        "date": call.simulation.clock.timestamp(),
        "created": call.simulation.clock.timestamp(),
        "description": call.param("description"),
        "invoice": invoice["id"],
        "metadata": {},
    }
    merge_metadata(item, call.param("metadata", {}))
    store.invoice_items.add(item)
    _count(call.simulation, invoice)
    call.simulation.announce("invoiceitem.created", item)
    return item


def _count(simulation: Simulation, invoice: Json) -> None:
    items = simulation.store.invoice_items.all()
    total = sum(item["amount"] for item in items if item["invoice"] == invoice["id"])
    invoice.update(total=total, amount_due=max(total, 0), amount_remaining=max(total, 0))


def finalize(call: Call) -> Json:
    """POST /v1/invoices/{invoice}/finalize: from now on it is fixed."""
    invoice = invoice_of(call)
    if invoice["status"] != "draft":
        raise invalid("This invoice is already finalized, you can't re-finalize a non-draft invoice.")
    invoice["number"] = invoice["number"] or random_text(8).upper()
    invoice["hosted_invoice_url"] = f"{call.simulation.base_url}/invoices/{invoice['id']}"
    invoice["status"] = "open" if invoice["amount_due"] else "paid"
    call.simulation.announce("invoice.finalized", invoice)
    return invoice


def send(call: Call) -> Json:
    """POST /v1/invoices/{invoice}/send: mails an open one, once more where it was sent."""
    invoice = invoice_of(call)
    if invoice["status"] not in ("open", "paid"):
        raise invalid("You can only manually send an invoice that is finalized.")
    call.simulation.announce("invoice.sent", invoice)
    return invoice


def void(call: Call) -> Json:
    """POST /v1/invoices/{invoice}/void, while nothing is paid."""
    invoice = invoice_of(call)
    check_open(invoice)
    invoice.update(status="void", amount_remaining=0)
    call.simulation.announce("invoice.voided", invoice)
    return invoice


def delete(call: Call) -> Json:
    """DELETE /v1/invoices/{invoice}: a draft only."""
    invoice = invoice_of(call)
    if invoice["status"] != "draft":
        raise invalid("You can only delete draft invoices.")
    call.simulation.store.invoices.remove(invoice["id"])
    return {"id": invoice["id"], "object": "invoice", "deleted": True}


def retrieve(call: Call) -> Json:
    """GET /v1/invoices/{invoice}."""
    return invoice_of(call)


def list_invoices(call: Call) -> Json:
    """GET /v1/invoices, by customer and status."""
    return listed(call, "invoices", "/v1/invoices", "customer", "status")


def list_items(call: Call) -> Json:
    """GET /v1/invoiceitems, by invoice and customer."""
    return listed(call, "invoice_items", "/v1/invoiceitems", "invoice", "customer")


def listed(call: Call, noun: str, url: str, *names: str) -> Json:
    """Return a page of a collection, filtered by the parameters of these names."""
    filters = {name: call.params[name] for name in names if name in call.params}

    def matches(one: Json) -> bool:
        return all(one[name] == value for name, value in filters.items())

    page: Json = getattr(call.simulation.store, noun).page(call.params, url, matches)
    return page


def invoice_of(call: Call) -> Json:
    """Return the invoice that the path names."""
    return call.simulation.store.invoices.get(call.ids["invoice"])


def check_open(invoice: Json) -> None:
    """Raise Refusal for an invoice that takes nothing any more."""
    if invoice["status"] != "open":
        raise Refusal(400, "invalid_request_error", f"This invoice is {invoice['status']}, not open.")
