"""What settles invoices: a card on the hosted page, money by other ways, and credit notes."""

from tests.simulators.stripe import charges, payment_intents, payment_methods
from tests.simulators.stripe.errors import invalid, not_simulated
from tests.simulators.stripe.ids import new_id
from tests.simulators.stripe.invoices import check_open, invoice_of, listed
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.operations import Call, merge_metadata
from tests.simulators.stripe.simulation import Simulation


def pay(call: Call) -> Json:
    """POST /v1/invoices/{invoice}/pay with paid_out_of_band: the money came some other way."""
    if not call.param("paid_out_of_band"):
        raise not_simulated("paid_out_of_band=false")
    invoice = invoice_of(call)
    check_open(invoice)
    invoice.update(status="paid", amount_paid=invoice["amount_due"], amount_remaining=0)
    call.simulation.announce("invoice.paid", invoice)
    return invoice


def pay_hosted(simulation: Simulation, invoice_id: str, like: str = "pm_card_visa") -> Json:
    """What the company does on the hosted page: pays all that remains by a card."""
    invoice = simulation.store.invoices.get(invoice_id)
    check_open(invoice)
    intent = payment_intents.unconfirmed(Call(simulation, {}))
    cents = invoice["amount_remaining"]
    intent.update(amount=cents, currency=invoice["currency"], customer=invoice["customer"])
    simulation.store.payment_intents.add(intent)
    method = payment_methods.resolve(simulation, like)
    charge = charges.open_charge(simulation, intent, method)
    intent["latest_charge"] = charge["id"]
    charges.succeed(simulation, charge)
    intent.update(status="succeeded", amount_received=cents)
    _note_payment(simulation, invoice, {"type": "payment_intent", "payment_intent": intent["id"]}, cents)
    simulation.announce("payment_intent.succeeded", intent)
    _take(simulation, invoice, cents)
    return invoice


def _take(simulation: Simulation, invoice: Json, cents: int) -> None:
    invoice["amount_paid"] += cents
    invoice["amount_remaining"] -= cents
    if not invoice["amount_remaining"]:
        invoice["status"] = "paid"
        simulation.announce("invoice.paid", invoice)


def report_payment(call: Call) -> Json:
    """POST /v1/payment_records/report_payment: money that came by other ways; it is attached to an invoice next."""
    asked, method = call.params["amount_requested"], call.params["payment_method_details"]
    if call.param("outcome") != "guaranteed" or "guaranteed" not in call.params:
        raise not_simulated("an outcome other than guaranteed")
    if method.get("type") != "custom":
        raise not_simulated("payment_method_details[type] other than custom")
    if asked["value"] < 1:
        raise invalid("Invalid positive integer", param="amount_requested[value]")
    record: Json = {
        "id": new_id("pr"),
        "object": "payment_record",
        "amount_guaranteed": asked,
        "amount_requested": asked,
        "created": call.simulation.clock.timestamp(),
        "livemode": False,
        "metadata": {},
        "payment_method_details": method,
    }
    merge_metadata(record, call.param("metadata", {}))
    return call.simulation.store.payment_records.add(record)


def attach(call: Call) -> Json:
    """POST /v1/invoices/{invoice}/attach_payment with a payment_record: so much less remains to be paid."""
    invoice = invoice_of(call)
    check_open(invoice)
    if "payment_record" not in call.params:
        raise not_simulated("attach_payment without a payment_record")
    record = call.simulation.store.payment_records.get(call.params["payment_record"], "payment_record")
    payments = call.simulation.store.invoice_payments.all()
    if any(each["payment"].get("payment_record") == record["id"] for each in payments):
        raise invalid("This PaymentRecord is attached to an invoice already.", param="payment_record")
    cents = record["amount_guaranteed"]["value"]
    if cents > invoice["amount_remaining"] or record["amount_guaranteed"]["currency"] != invoice["currency"]:
        raise invalid("The payment is larger than what remains, or in another currency.", param="payment_record")
    payment = {"type": "payment_record", "payment_record": record["id"]}
    _note_payment(call.simulation, invoice, payment, cents)
    _take(call.simulation, invoice, cents)
    return invoice


def _note_payment(simulation: Simulation, invoice: Json, by: Json, cents: int) -> None:
    payment: Json = {
        "id": new_id("inpay"),
        "object": "invoice_payment",
        "amount_paid": cents,
        "amount_requested": cents,
        "created": simulation.clock.timestamp(),
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": by,
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


def list_payments(call: Call) -> Json:
    """GET /v1/invoice_payments, by invoice and status."""
    return listed(call, "invoice_payments", "/v1/invoice_payments", "invoice", "status")


def list_credit_notes(call: Call) -> Json:
    """GET /v1/credit_notes, by invoice and customer."""
    return listed(call, "credit_notes", "/v1/credit_notes", "invoice", "customer")
