"""Issuing invoices, voiding and crediting them."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from billing.events.books import InvoiceChanged
from billing.invoices.models import CreditNote, CreditReason, EmployerAccount, Invoice, InvoiceStatus
from billing.invoices.rules import LineKind
from billing.invoices.services import notices
from billing.invoices.services.settling import NotIssued, close_if_settled, draw, lock
from billing.ledger.queries import find_journal
from billing.ledger.rules import Account, Leg, credit, debit, without_zeros
from billing.ledger.services import Signature, post, reverse
from billing.ledger.services.posting import BY_PROGRAM
from workers.kernel.errors import DomainError, Invalid
from workers.outbox.publishing import publish


class InvoiceSettled(DomainError):
    """Something was paid or credited: the invoice stands."""

    code = "invoice_settled"


class CreditTooLarge(Invalid):
    """More would be credited than the invoice was for."""

    code = "credit_too_large"


def issue(*, invoice_id: UUID, now: datetime, signature: Signature = BY_PROGRAM) -> Invoice:
    """Give a draft its number, ask for the money, and settle it from what the employer has with us already.

    One that is no draft any more is left as it is. Raises NotFound.
    """
    with transaction.atomic():
        account, invoice = lock(invoice_id)
        if invoice.status != InvoiceStatus.DRAFT:
            return invoice
        _number(account, invoice, now)
        invoice.status, invoice.issued_at = InvoiceStatus.ISSUED, now
        invoice.due_on = now.date() + timedelta(days=account.net_days)
        invoice.save(update_fields=["status", "issued_at", "due_on", "sequence", "number"])
        key = f"invoice:{invoice.pk}:issued"
        post(business_key=key, kind="invoice_issued", legs=_issued_legs(invoice), at=now, signature=signature)
        draw(account, invoice, now=now, signature=signature)
        publish(InvoiceChanged(invoice_id=invoice.pk, status=invoice.status), about=invoice, now=now)
        notices.tell_issued(account, invoice, now=now)
    return invoice


def _number(account: EmployerAccount, invoice: Invoice, now: datetime) -> None:
    """The account's lock lets one invoice after the other take a number, and a rollback gives it back."""
    last = Invoice.objects.filter(account=account, sequence__isnull=False).order_by("-sequence").first()
    invoice.sequence = 1 + (last.sequence or 0 if last else 0)
    invoice.number = f"{account.prefix}-{invoice.sequence:04d}"


def _issued_legs(invoice: Invoice) -> list[Leg]:
    employer = invoice.employer_id
    sums = dict.fromkeys(LineKind, 0)
    for line in invoice.lines.all():
        sums[LineKind(line.kind)] += line.amount_cents
    legs = [
        debit(Account.RECEIVABLE_EMPLOYER, invoice.total_cents, employer_id=employer),
        credit(Account.FEE_REVENUE, sums[LineKind.MEMBER_FEE], employer_id=employer),
        credit(Account.RECEIVABLE_EMPLOYER_UNBILLED, sums[LineKind.CONTRIBUTIONS], employer_id=employer),
    ]
    return without_zeros(legs)


def void(*, invoice_id: UUID, signature: Signature, now: datetime) -> Invoice:
    """Take an invoice back on which nothing was paid; its number stays used. Raises NotFound and InvoiceSettled."""
    with transaction.atomic():
        _, invoice = lock(invoice_id)
        if invoice.status == InvoiceStatus.VOID:
            return invoice
        if invoice.paid_cents or invoice.credited_cents:
            raise InvoiceSettled("Something was paid or credited on this invoice: write a credit note.")
        issued = find_journal(f"invoice:{invoice.pk}:issued")
        if issued is not None:
            key = f"invoice:{invoice.pk}:voided"
            reverse(journal=issued, business_key=key, kind="invoice_voided", at=now, signature=signature)
        invoice.status, invoice.voided_at = InvoiceStatus.VOID, now
        invoice.save(update_fields=["status", "voided_at"])
        publish(InvoiceChanged(invoice_id=invoice.pk, status=invoice.status), about=invoice, now=now)
    return invoice


def credit_invoice(
    *, invoice_id: UUID, cents: int, reason: CreditReason, signature: Signature, now: datetime
) -> CreditNote:
    """Take a part of an issued invoice back: off what is due, and what was paid already becomes the employer's credit.

    It lowers our fees: contributions are not ours to forgo. Raises NotFound, NotIssued and CreditTooLarge.
    """
    with transaction.atomic():
        account, invoice = lock(invoice_id)
        if invoice.status not in (InvoiceStatus.ISSUED, InvoiceStatus.PAID):
            raise NotIssued(f"This invoice is {invoice.status}: only an issued one is credited.")
        left = invoice.total_cents - invoice.credited_cents
        if not 0 < cents <= left:
            raise CreditTooLarge(f"Between 1 and {left} cents of this invoice can be credited.")
        note = _write_note(invoice, cents, reason, signature, now)
        off = min(cents, invoice.due_cents)
        _post_credit(note, off, signature, now)
        account.credit_cents += cents - off
        account.save(update_fields=["credit_cents"])
        invoice.paid_cents -= cents - off
        invoice.credited_cents += cents
        close_if_settled(invoice, now)
    return note


def _write_note(invoice: Invoice, cents: int, reason: CreditReason, signature: Signature, now: datetime) -> CreditNote:
    return CreditNote.objects.create(
        invoice=invoice,
        employer_id=invoice.employer_id,
        number=f"{invoice.number}-C{invoice.credit_notes.count() + 1}",
        cents=cents,
        reason=reason,
        issued_at=now,
        by_user_id=signature.user_id,
    )


def _post_credit(note: CreditNote, off: int, signature: Signature, now: datetime) -> None:
    employer = note.employer_id
    legs = [
        debit(Account.FEE_REVENUE, note.cents, employer_id=employer),
        credit(Account.RECEIVABLE_EMPLOYER, off, employer_id=employer),
        credit(Account.CUSTOMER_CREDIT, note.cents - off, employer_id=employer),
    ]
    key = f"credit-note:{note.pk}"
    post(business_key=key, kind="credit_note", legs=without_zeros(legs), at=now, signature=signature)
