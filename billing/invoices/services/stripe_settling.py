"""What settles an invoice, told to Stripe and by Stripe. External: no transaction is open while Stripe is asked.

    money by other ways, a part: a PaymentRecord, attached, so that Stripe's page asks for what is left
    money by other ways, all of it: paid out of band · credit notes: repeated · paid at Stripe: taken, once

Each call begins by reading what Stripe has, so that it may be repeated at any point.
"""

import logging
from datetime import datetime
from typing import Any

from billing.invoices.models import CreditNote, InvoiceStatus, SettledBy, Settlement, StripeInvoice
from billing.invoices.services.settling import lock, settle
from billing.invoices.services.stripe_asking import asking, fetch, post
from billing.stripe import client
from billing.stripe.rules import metadata
from billing.stripe.services.setups import environment
from workers.kernel.actor import WORKER, acting_as

log = logging.getLogger(__name__)

Json = dict[str, Any]
_PAYMENT = {"type": "custom", "custom": {"display_name": "Bank transfer"}}


def tell_settled(row: StripeInvoice, now: datetime) -> None:
    """Tell Stripe what settled an open invoice otherwise than at Stripe: each payment and credit note once."""
    _credit(row)
    if fetch(row.stripe_id)["status"] != "open":
        return
    if row.invoice.status == InvoiceStatus.PAID:
        asking(row, "pay", lambda key: post("pay", row, {"paid_out_of_band": True}, key))
    elif row.invoice.status == InvoiceStatus.ISSUED:
        _report_parts(row, now)


def _report_parts(row: StripeInvoice, now: datetime) -> None:
    with acting_as(WORKER):
        outside = Settlement.objects.filter(invoice_id=row.invoice_id, applied_cents__gt=0)
        parts = outside.exclude(source=SettledBy.STRIPE).exclude(pk__in=row.counted).order_by("received_at", "pk")
        to_tell = list(parts)
    if not to_tell:
        return
    listed = client.listed("invoice_payments", params={"invoice": row.stripe_id})
    attached = {payment["payment"].get("payment_record") for payment in listed}
    for part in to_tell:
        record = row.records.get(str(part.pk)) or _record(row, part)
        if record not in attached:
            _attach(row, part, record)


def _record(row: StripeInvoice, part: Settlement) -> str:
    """Have Stripe note a payment, and keep its id. One that is noted and never attached counts nowhere."""
    at = int(part.received_at.timestamp())
    params = {
        "amount_requested": {"currency": row.params["currency"], "value": part.applied_cents},
        "customer_details": {"customer": row.params["customer"]},
        "initiated_at": at,
        "outcome": "guaranteed",
        "guaranteed": {"guaranteed_at": at},
        "payment_method_details": _PAYMENT,
        "metadata": metadata(env=environment(), obj="settlement", obj_uuid=part.pk),
    }
    made: str = asking(
        row,
        f"record:{part.pk}",
        lambda key: client.request("payment_records", "report_payment", params=params, key=key),
    )["id"]
    with acting_as(WORKER):
        current = StripeInvoice.objects.select_for_update().get(pk=row.pk)
        row.records = {str(part.pk): made} | current.records  # another worker's, where it was first
        StripeInvoice.objects.filter(pk=row.pk).update(records=row.records)
    return str(row.records[str(part.pk)])


def _attach(row: StripeInvoice, part: Settlement, record: str) -> None:
    asking(row, f"attach:{part.pk}", lambda key: post("attach_payment", row, {"payment_record": record}, key))


def _credit(row: StripeInvoice) -> None:
    """Repeat our credit notes; of a paid invoice the money stays with us, as the employer's credit."""
    with acting_as(WORKER):
        ours = CreditNote.objects.filter(invoice_id=row.invoice_id, stripe_id="").exclude(pk__in=row.counted)
        notes = list(ours.order_by("number"))
    if not notes:
        return
    there = {
        note["metadata"].get("obj_uuid"): note
        for note in client.listed("credit_notes", params={"invoice": row.stripe_id})
    }
    for note in notes:
        made = there.get(str(note.pk)) or _write_note(row, note, fetch(row.stripe_id))
        with acting_as(WORKER):
            CreditNote.objects.filter(pk=note.pk).update(stripe_id=made["id"])


def _write_note(row: StripeInvoice, note: CreditNote, current: Json) -> Json:
    off = min(note.cents, current["amount_remaining"])
    params = {
        "invoice": row.stripe_id,
        "amount": note.cents,
        "reason": note.reason,
        "metadata": metadata(env=environment(), obj="credit_note", obj_uuid=note.pk),
    }
    if note.cents > off:
        params["out_of_band_amount"] = note.cents - off
    return asking(
        row, f"credit:{note.pk}", lambda key: client.request("credit_notes", "create", params=params, key=key)
    )


def refresh(*, stripe_id: str, now: datetime) -> None:
    """Take what was paid for an invoice at Stripe, each payment once; an invoice that is not ours is left, visibly."""
    with acting_as(WORKER):
        row = StripeInvoice.objects.filter(stripe_id=stripe_id).first()
    if row is None:
        log.info("stripe invoice %s is not ours: ignored", stripe_id)
        return
    for payment in client.listed("invoice_payments", params={"invoice": stripe_id}):
        intent = payment["payment"].get("payment_intent")
        if payment["status"] == "paid" and intent:
            _take(row, intent, payment["amount_paid"], now)


def _take(row: StripeInvoice, intent_id: str, cents: int, now: datetime) -> None:
    with acting_as(WORKER):
        account, invoice = lock(row.invoice_id)
        key = f"pi:{intent_id}:succeeded"
        settle(account, invoice, source=SettledBy.STRIPE, cents=cents, business_key=key, now=now)


def refresh_open(*, now: datetime) -> None:
    """Ask Stripe about every invoice that is still to be paid, in case a notice was lost."""
    with acting_as(WORKER):
        waiting = StripeInvoice.objects.filter(invoice__status=InvoiceStatus.ISSUED).exclude(stripe_id="")
        ids = list(waiting.values_list("stripe_id", flat=True))
    for stripe_id in ids:
        refresh(stripe_id=stripe_id, now=now)
