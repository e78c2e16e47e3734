"""E-mails about invoices, to HR and to the address where invoices go: numbers and a link, no person."""

from datetime import datetime

from benefits import facade as benefits
from billing.invoices.models import EmployerAccount, Invoice, Method
from workers.emails.queueing import queue_email
from workers.kernel.money import dollars


def tell_issued(account: EmployerAccount, invoice: Invoice, *, now: datetime) -> None:
    """Mail an issued invoice, and that an account paid in advance is running low."""
    context = {"number": invoice.number, "total": dollars(invoice.total_cents), "due": dollars(invoice.due_cents)}
    addresses = {account.billing_email, *benefits.list_hr_emails(account.employer_id)}
    for address in sorted(addresses):
        key = f"invoice:{invoice.pk}:issued:{address}"
        queue_email(key=key, to=address, template="billing/invoice_issued", context=context, now=now)
    if account.method == Method.PREFUNDED and account.prefunded_cents < account.low_water_cents:
        _tell_low(account, invoice, addresses, now)


def _tell_low(account: EmployerAccount, invoice: Invoice, addresses: set[str], now: datetime) -> None:
    context = {"held": dollars(account.prefunded_cents), "low_water": dollars(account.low_water_cents)}
    for address in sorted(addresses | set(benefits.list_operator_emails("finance"))):
        key = f"prefunded-low:{invoice.pk}:{address}"
        queue_email(key=key, to=address, template="billing/prefunded_low", context=context, now=now)
