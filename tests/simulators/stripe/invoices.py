"""Invoices to companies: drafted, filled with items, finalized, sent, and then paid, voided or credited.

draft ──► open ──► paid
  │         └────► void
  └─ deleted
"""

from tests.simulators.stripe import charges, payment_intents, payment_methods
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
    invoice = _of(call)
    if invoice["status"] != "draft":
        raise invalid("This invoice is already finalized, you can't re-finalize a non-draft invoice.")
    invoice["number"] = invoice["number"] or random_text(8).upper()
    invoice["hosted_invoice_url"] = f"{call.simulation.base_url}/invoices/{invoice['id']}"
    invoice["status"] = "open" if invoice["amount_due"] else "paid"
    call.simulation.announce("invoice.finalized", invoice)
    return invoice


def send(call: Call) -> Json:
    """POST /v1/invoices/{invoice}/send: mails an open one, once more where it was sent."""
    invoice = _of(call)
    if invoice["status"] not in ("open", "paid"):
        raise invalid("You can only manually send an invoice that is finalized.")
    call.simulation.announce("invoice.sent", invoice)
    return invoice


def void(call: Call) -> Json:
    """POST /v1/invoices/{invoice}/void, while nothing is paid."""
    invoice = _of(call)
    _check_open(invoice)
    invoice.update(status="void", amount_remaining=0)
    call.simulation.announce("invoice.voided", invoice)
    return invoice


def pay(call: Call) -> Json:
    """POST /v1/invoices/{invoice}/pay with paid_out_of_band: the money came some other way."""
    if not call.param("paid_out_of_band"):
        raise not_simulated("paid_out_of_band=false")
    invoice = _of(call)
    _check_open(invoice)
    invoice.update(status="paid", amount_paid=invoice["amount_due"], amount_remaining=0)
    call.simulation.announce("invoice.paid", invoice)
    return invoice


def delete(call: Call) -> Json:
    """DELETE /v1/invoices/{invoice}: a draft only."""
    invoice = _of(call)
    if invoice["status"] != "draft":
        raise invalid("You can only delete draft invoices.")
    call.simulation.store.invoices.remove(invoice["id"])
    return {"id": invoice["id"], "object": "invoice", "deleted": True}


def pay_hosted(simulation: Simulation, invoice_id: str, like: str = "pm_card_visa") -> Json:
    """What the company does on the hosted page: pays all that remains by a card."""
    invoice = simulation.store.invoices.get(invoice_id)
    _check_open(invoice)
    intent = payment_intents.unconfirmed(Call(simulation, {}))
    cents = invoice["amount_remaining"]
    intent.update(amount=cents, currency=invoice["currency"], customer=invoice["customer"])
    simulation.store.payment_intents.add(intent)
    method = payment_methods.resolve(simulation, like)
    charge = charges.open_charge(simulation, intent, method)
    intent["latest_charge"] = charge["id"]
    charges.succeed(simulation, charge)
    intent.update(status="succeeded", amount_received=cents)
    _note_payment(simulation, invoice, intent)
    simulation.announce("payment_intent.succeeded", intent)
    invoice.update(status="paid", amount_paid=invoice["amount_paid"] + cents, amount_remaining=0)
    simulation.announce("invoice.paid", invoice)
    return invoice


def _note_payment(simulation: Simulation, invoice: Json, intent: Json) -> None:
    payment: Json = {
        "id": new_id("inpay"),
        "object": "invoice_payment",
        "amount_paid": intent["amount"],
        "amount_requested": intent["amount"],
        "created": simulation.clock.timestamp(),
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"type": "payment_intent", "payment_intent": intent["id"]},
        "status": "paid",
    }
    simulation.store.invoice_payments.add(payment)


def credit(call: Call) -> Json:
    """POST /v1/credit_notes: off what is open; what was paid already has to go somewhere."""
    invoice = call.simulation.store.invoices.get(call.params["invoice"], "invoice")
    if invoice["status"] not in ("open", "paid"):
        raise invalid("You can only create a credit note for an open or paid invoice.", param="invoice")
    cents = call.param("amount", 0)
    off = min(cents, invoice["amount_remaining"])
    if cents < 1 or call.param("out_of_band_amount", 0) != cents - off:
        raise invalid("The sum of refund, credit and out of band amounts must equal what was paid.", param="amount")
    if cents > invoice["total"] - invoice["pre_payment_credit_notes_amount"]:
        raise invalid("The credit note is larger than the invoice.", param="amount")
    note: Json = {
        "id": new_id("cn"),
        "object": "credit_note",
        "amount": cents,
        "created": call.simulation.clock.timestamp(),
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "invoice": invoice["id"],
        "metadata": {},
        "reason": call.param("reason"),
        "status": "issued",
        "type": "pre_payment" if off else "post_payment",
    }
    merge_metadata(note, call.param("metadata", {}))
    call.simulation.store.credit_notes.add(note)
    invoice["pre_payment_credit_notes_amount"] += off
    invoice["post_payment_credit_notes_amount"] += cents - off
    invoice["amount_remaining"] -= off
    if invoice["status"] == "open" and not invoice["amount_remaining"]:
        invoice["status"] = "paid"
    call.simulation.announce("credit_note.created", note)
    return note


def retrieve(call: Call) -> Json:
    """GET /v1/invoices/{invoice}."""
    return _of(call)


def list_invoices(call: Call) -> Json:
    """GET /v1/invoices, by customer and status."""
    return _listed(call, "invoices", "/v1/invoices", "customer", "status")


def list_items(call: Call) -> Json:
    """GET /v1/invoiceitems, by invoice and customer."""
    return _listed(call, "invoice_items", "/v1/invoiceitems", "invoice", "customer")


def list_payments(call: Call) -> Json:
    """GET /v1/invoice_payments, by invoice and status."""
    return _listed(call, "invoice_payments", "/v1/invoice_payments", "invoice", "status")


def list_credit_notes(call: Call) -> Json:
    """GET /v1/credit_notes, by invoice and customer."""
    return _listed(call, "credit_notes", "/v1/credit_notes", "invoice", "customer")


def _listed(call: Call, noun: str, url: str, *names: str) -> Json:
    filters = {name: call.params[name] for name in names if name in call.params}

    def matches(one: Json) -> bool:
        return all(one[name] == value for name, value in filters.items())

    page: Json = getattr(call.simulation.store, noun).page(call.params, url, matches)
    return page


def _of(call: Call) -> Json:
    return call.simulation.store.invoices.get(call.ids["invoice"])


def _check_open(invoice: Json) -> None:
    if invoice["status"] != "open":
        raise Refusal(400, "invalid_request_error", f"This invoice is {invoice['status']}, not open.")
