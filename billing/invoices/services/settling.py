"""Money for an invoice, from wherever it comes: taken once, and what is too much becomes the employer's credit.

What a bank takes back of it is negative money: it comes out of the credit first, then the invoice is open again.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.events.books import InvoiceChanged
from billing.invoices.models import EmployerAccount, Invoice, InvoiceStatus, SettledBy, Settlement
from billing.invoices.services.accounts import ReferenceUsed
from billing.ledger.rules import Account, credit, debit, without_zeros
from billing.ledger.services import Signature, post
from billing.ledger.services.posting import BY_PROGRAM
from billing.work_items.services import close_if_open, open_item
from workers.kernel.errors import DomainError, Invalid
from workers.outbox.publishing import publish

_FROM = {
    SettledBy.STRIPE: Account.STRIPE_BALANCE,
    SettledBy.BANK: Account.BANK,
    SettledBy.PREFUNDED: Account.PREPAID_EMPLOYER,
    SettledBy.CREDIT: Account.CUSTOMER_CREDIT,
}
# Columns of an account that a settlement draws from.
_DRAWN = {SettledBy.PREFUNDED: "prefunded_cents", SettledBy.CREDIT: "credit_cents"}


class NotIssued(DomainError):
    """The invoice is a draft."""

    code = "invoice_not_issued"


def lock(invoice_id: UUID) -> tuple[EmployerAccount, Invoice]:
    """Return an invoice and its account, both locked, the account first: the order everywhere. Raises NotFound."""
    account = EmployerAccount.locked(invoices=invoice_id)
    return account, Invoice.locked(pk=invoice_id)


def record_payment(*, invoice_id: UUID, cents: int, reference: str, signature: Signature, now: datetime) -> Invoice:
    """Record money that came to our bank for an invoice: too little, too much, or once more, as it may be.

    The same reference again changes nothing. Raises NotFound, Invalid, NotIssued and ReferenceUsed.
    """
    if cents <= 0:
        raise Invalid("A payment is more than nothing.", errors={"cents": ["Write positive cents."]})
    with transaction.atomic():
        account, invoice = lock(invoice_id)
        if invoice.status == InvoiceStatus.DRAFT:
            raise NotIssued("This invoice is a draft: issue it first.")
        key = f"bank:{account.pk}:{reference}"
        former = Settlement.objects.filter(business_key=key).first()
        if former is not None and (former.invoice_id, former.cents) != (invoice.pk, cents):
            raise ReferenceUsed(f"{reference} was recorded before, for other money.")
        settle(account, invoice, source=SettledBy.BANK, cents=cents, business_key=key, signature=signature, now=now)
    return invoice


def settle(
    account: EmployerAccount,
    invoice: Invoice,
    *,
    source: SettledBy,
    cents: int,
    business_key: str,
    now: datetime,
    signature: Signature = BY_PROGRAM,
) -> None:
    """Take `cents` once for a locked invoice of a locked account, and announce what became of the invoice.

    What the invoice no longer needs (it is void, paid, or owes less) becomes the employer's credit. Negative cents were
    taken back; what of them is neither in the credit any more nor paid on this invoice nobody can explain.
    """
    if Settlement.objects.filter(business_key=business_key).exists():
        return
    applied, excess = _shared(cents, account, invoice)
    Settlement.objects.create(
        invoice=invoice,
        employer_id=invoice.employer_id,
        source=source,
        cents=cents,
        applied_cents=applied,
        business_key=business_key,
        received_at=now,
        by_user_id=signature.user_id,
    )
    employer = invoice.employer_id
    legs = [
        debit(_FROM[source], cents, employer_id=employer),
        credit(Account.RECEIVABLE_EMPLOYER, applied, employer_id=employer),
        credit(Account.CUSTOMER_CREDIT, excess, employer_id=employer),
        credit(Account.SUSPENSE, cents - applied - excess, employer_id=employer),
    ]
    kind = f"invoice_paid_by_{source}" if cents > 0 else "invoice_taken_back"
    post(business_key=business_key, kind=kind, legs=without_zeros(legs), at=now, signature=signature)
    _move(account, source, cents, excess=excess)
    invoice.paid_cents += applied
    close_if_settled(invoice, now)


def _shared(cents: int, account: EmployerAccount, invoice: Invoice) -> tuple[int, int]:
    """How much of it is the invoice's, and how much the employer's credit."""
    if cents > 0:
        applied = min(cents, invoice.due_cents)
        return applied, cents - applied
    excess = max(cents, -account.credit_cents)
    return max(cents - excess, -invoice.paid_cents), excess


def take_back(*, intent_id: str, cents: int, business_key: str, dispute_id: str, now: datetime) -> None:
    """Book what a bank took back (negative cents) or gave back of what was paid for an invoice at Stripe, once.

    A person hears of it until the bank gives it back. A payment for no invoice is left.
    """
    paid = Settlement.objects.filter(business_key=f"pi:{intent_id}:succeeded").first()
    if paid is None:
        return
    account, invoice = lock(paid.invoice_id)
    settle(account, invoice, source=SettledBy.STRIPE, cents=cents, business_key=business_key, now=now)
    key = f"invoice-taken-back:{dispute_id}"
    if cents > 0:
        close_if_open(key=key, resolution="The bank gave it back.", now=now)
        return
    open_item(
        kind="invoice_taken_back",
        key=key,
        subject_id=invoice.pk,
        reference=dispute_id,
        amount_cents=-cents,
        number=invoice.number,
        now=now,
    )


def _move(account: EmployerAccount, source: SettledBy, cents: int, *, excess: int) -> None:
    """The database refuses a balance below nothing."""
    account.credit_cents += excess
    if column := _DRAWN.get(source):
        setattr(account, column, getattr(account, column) - cents)
    account.save(update_fields=["credit_cents", "prefunded_cents"])


def close_if_settled(invoice: Invoice, now: datetime) -> None:
    """Save a locked invoice, paid when nothing is due any more, and announce it.

    Of one that is open again Stripe's page asks for nothing: to Stripe it stays paid.
    """
    if invoice.status == InvoiceStatus.ISSUED and invoice.due_cents == 0:
        invoice.status, invoice.paid_at = InvoiceStatus.PAID, now
    elif invoice.status == InvoiceStatus.PAID and invoice.paid_cents + invoice.credited_cents < invoice.total_cents:
        invoice.status, invoice.paid_at, invoice.pay_url = InvoiceStatus.ISSUED, None, ""
    invoice.save(update_fields=["status", "paid_cents", "credited_cents", "paid_at", "pay_url"])
    publish(InvoiceChanged(invoice_id=invoice.pk, status=invoice.status), about=invoice, now=now)


def draw(account: EmployerAccount, invoice: Invoice, *, now: datetime, signature: Signature) -> None:
    """Settle a locked invoice from what the employer overpaid, then from what it paid in advance."""
    for source, held in (
        (SettledBy.CREDIT, account.credit_cents),
        (SettledBy.PREFUNDED, account.prefunded_cents),
    ):
        if cents := min(held, invoice.due_cents):
            key = f"invoice:{invoice.pk}:{source}"
            settle(account, invoice, source=source, cents=cents, business_key=key, now=now, signature=signature)
