"""Bringing Stripe to what our invoice says. External: no transaction is open while Stripe is asked.

    issued: create a draft → add what it lacks of our lines → compare the totals → finalize → send
    settled in part or in full: stripe_settling.py · void: void it, or delete the draft

Each call begins by reading what Stripe has, so that it may be repeated at any point: after a lost answer, a kill, a
stored 500. Nothing is created before a list has shown that it is not there.
"""

import logging
from datetime import datetime
from typing import Any
from uuid import UUID

from billing.invoices.models import Invoice, InvoiceStatus, StripeInvoice
from billing.invoices.services.customers import customer_of
from billing.invoices.services.settling import lock
from billing.invoices.services.stripe_asking import asking, fetch, post
from billing.invoices.services.stripe_settling import tell_settled
from billing.stripe import client
from billing.stripe.rules import is_of, metadata
from billing.stripe.services.setups import environment
from workers.kernel.actor import WORKER, acting_as

log = logging.getLogger(__name__)

Json = dict[str, Any]


class InvoiceDiffers(Exception):
    """What Stripe would ask for is not what our invoice says: a person has to look before anything is sent."""


def sync(*, invoice_id: UUID, now: datetime) -> None:
    """Bring Stripe to what an invoice says. Raises client.StripeFailure for what is tried again, InvoiceDiffers."""
    with acting_as(WORKER):
        invoice = Invoice.objects.select_related("account").get(pk=invoice_id)
        is_known = StripeInvoice.objects.filter(invoice=invoice).exists()
    if not is_known and (invoice.status != InvoiceStatus.ISSUED or not invoice.due_cents):
        return
    customer = customer_of(invoice.account)
    with acting_as(WORKER):
        row = _prepare(invoice_id, customer)
    _carry(row, now)


def _prepare(invoice_id: UUID, customer: str) -> StripeInvoice:
    """Write down what is sent, once: what is due now, with what was settled before as a line of its own."""
    _, invoice = lock(invoice_id)
    items = [_item(line.number, f"{line.kind}, {line.quantity}", line.amount_cents) for line in invoice.lines.all()]
    counted = [*invoice.settlements.values_list("pk", flat=True), *invoice.credit_notes.values_list("pk", flat=True)]
    if settled := invoice.paid_cents + invoice.credited_cents:
        items.append(_item(len(items) + 1, "paid before", -settled))
    params = {
        "customer": customer,
        "collection_method": "send_invoice",
        "days_until_due": invoice.account.net_days,
        "auto_advance": False,
        "currency": invoice.currency,
        "number": invoice.number,
        "pending_invoice_items_behavior": "exclude",
        "metadata": metadata(env=environment(), obj="invoice", obj_uuid=invoice.pk),
    }
    StripeInvoice.objects.bulk_create(
        [StripeInvoice(invoice=invoice, params=params, items=items, counted=counted)], ignore_conflicts=True
    )
    return StripeInvoice.objects.select_related("invoice").get(invoice=invoice)


def _item(number: int, description: str, cents: int) -> Json:
    return {"number": number, "description": description.replace("_", " "), "amount": cents}


def _carry(row: StripeInvoice, now: datetime) -> None:
    status = row.invoice.status
    if status == InvoiceStatus.VOID:
        _take_back(row)
        return
    current = fetch(row.stripe_id) if row.stripe_id else _find_or_create(row, now)
    if current["status"] == "draft":
        current = _finalize(row)
    if current["status"] == "open" and not row.invoice.pay_url:
        _send(row)
    tell_settled(row, now)


def _find_or_create(row: StripeInvoice, now: datetime) -> Json:
    """After a lost answer Stripe's list tells whether it was done: a list is exact at once."""
    found = _find(row) if row.sent_at else None
    if found is None:
        with acting_as(WORKER):
            StripeInvoice.objects.filter(pk=row.pk).update(sent_at=now)
        found = asking(row, "create", lambda key: client.request("invoices", "create", params=row.params, key=key))
    with acting_as(WORKER):
        StripeInvoice.objects.filter(pk=row.pk, stripe_id="").update(stripe_id=found["id"])
    row.stripe_id = found["id"]
    return found


def _find(row: StripeInvoice) -> Json | None:
    listed = client.listed("invoices", params={"customer": row.params["customer"]})
    return next((one for one in listed if is_of(one, row.params["metadata"])), None)


def _finalize(row: StripeInvoice) -> Json:
    """Add what the draft lacks, compare, and finalize."""
    there = {item["metadata"].get("line") for item in client.listed("invoice_items", params={"invoice": row.stripe_id})}
    for item in row.items:
        if str(item["number"]) not in there:
            _add(row, item)
    asked = sum(item["amount"] for item in row.items)
    total = fetch(row.stripe_id)["total"]
    if total != asked:
        raise InvoiceDiffers(f"invoice {row.invoice.number}: Stripe has {total} cents, we ask for {asked}")
    return asking(row, "finalize", lambda key: post("finalize_invoice", row, {"auto_advance": False}, key))


def _send(row: StripeInvoice) -> None:
    """Have Stripe mail it, and keep the address of its page: without one it was not sent, or nobody knows."""
    sent = asking(row, "send", lambda key: post("send_invoice", row, {}, key))
    with acting_as(WORKER):
        Invoice.objects.filter(pk=row.invoice_id).update(pay_url=sent.get("hosted_invoice_url") or "")


def _add(row: StripeInvoice, item: Json) -> None:
    params = {
        "customer": row.params["customer"],
        "invoice": row.stripe_id,
        "amount": item["amount"],
        "currency": row.params["currency"],
        "description": item["description"],
        "metadata": {**row.params["metadata"], "line": str(item["number"])},
    }
    name = f"line:{item['number']}"
    asking(row, name, lambda key: client.request("invoice_items", "create", params=params, key=key))


def _take_back(row: StripeInvoice) -> None:
    current = fetch(row.stripe_id) if row.stripe_id else _find(row)
    if current is None:
        return
    row.stripe_id = current["id"]
    if current["status"] == "draft":
        client.request("invoices", "delete", row.stripe_id)
    elif current["status"] == "open":
        asking(row, "void", lambda key: post("void_invoice", row, {}, key))
