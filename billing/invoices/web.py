"""HR's pages of its account and its invoices, in which no member can be made out (rules.py)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.invoices import queries
from billing.invoices.models import CreditReason, EmployerAccount, Invoice, InvoiceStatus, Method, SettledBy
from billing.invoices.rules import LineKind
from workers.kernel.errors import NotFound
from workers.kernel.money import dollars
from workers.kernel.web import Page, rows_of

_SHOWN = 50
STATUS_WORDS: Mapping[str, Any] = {
    InvoiceStatus.ISSUED: _("To be paid"),
    InvoiceStatus.PAID: _("Settled"),
    InvoiceStatus.VOID: _("Void"),
}
PAID_BY_WORDS: Mapping[str, Any] = {
    SettledBy.STRIPE: _("Paid online"),
    SettledBy.BANK: _("Bank transfer"),
    SettledBy.PREFUNDED: _("From what was paid in advance"),
    SettledBy.CREDIT: _("From your credit"),
}
REASON_WORDS: Mapping[str, Any] = {
    CreditReason.DUPLICATE: _("billed twice"),
    CreditReason.ORDER_CHANGE: _("something was changed"),
    CreditReason.UNSATISFACTORY: _("something was not as it should be"),
}
METHOD_WORDS: Mapping[str, Any] = {
    Method.INVOICE: _("Each invoice is paid by itself"),
    Method.PREFUNDED: _("Invoices are taken from what was paid in advance"),
}
LINE_WORDS: Mapping[str, Any] = {
    LineKind.MEMBER_FEE: _("Fee per member"),
    LineKind.CONTRIBUTIONS: _("What the plan paid toward care, of many people together"),
}


class BillingPage(Page):
    """A page for admins with the permission `billing`; to others it does not exist."""

    roles = ("hr_admin",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound for who lacks the permission."""
        if "billing" not in getattr(self.request.user, "permissions", ()):
            raise NotFound("There is nothing here.")
        return super().get_context_data(**kwargs)


class Invoices(BillingPage):
    """The account and the invoices, the newest first."""

    template_name = "billing/invoices.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Without an account nothing was agreed on, and there are no invoices."""
        user: Any = self.request.user
        page = rows_of(self.request, queries.list_invoices(), ordering="-id", size=_SHOWN)
        shown = replace(page, rows=[_shown(invoice) for invoice in page.rows])
        return super().get_context_data(page=shown, account=_account(user.employer_id), **kwargs)


class OneInvoice(BillingPage):
    """An invoice with its lines and what settled it; made to be printed."""

    template_name = "billing/invoice.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound."""
        invoice = queries.get_invoice(kwargs["invoice_id"])
        lines = [
            {
                "words": LINE_WORDS.get(line.kind, line.kind),
                "description": line.description if line.kind == LineKind.MEMBER_FEE else "",
                "quantity": line.quantity,
                "unit": dollars(line.unit_cents),
                "amount": dollars(line.amount_cents),
            }
            for line in invoice.lines.all()
        ]
        return super().get_context_data(
            one=_shown(invoice), lines=lines, settled=_settled(invoice), credits=_credits(invoice), **kwargs
        )


def _settled(invoice: Invoice) -> list[dict[str, Any]]:
    return [
        {
            "words": PAID_BY_WORDS.get(one.source, one.source),
            "amount": dollars(one.applied_cents),
            "at": one.received_at,
        }
        for one in invoice.settlements.all()
    ]


def _credits(invoice: Invoice) -> list[dict[str, Any]]:
    return [
        {
            "number": one.number,
            "words": REASON_WORDS.get(one.reason, one.reason),
            "amount": dollars(one.cents),
            "at": one.issued_at,
        }
        for one in invoice.credit_notes.all()
    ]


def _shown(invoice: Invoice) -> dict[str, Any]:
    return {
        "invoice": invoice,
        "words": STATUS_WORDS.get(invoice.status, invoice.status),
        "code": "cancelled" if invoice.status == InvoiceStatus.VOID else invoice.status,
        "total": dollars(invoice.total_cents),
        "due": dollars(invoice.due_cents),
        "is_due": invoice.status == InvoiceStatus.ISSUED,
        "paid": dollars(invoice.paid_cents),
        "credited": dollars(invoice.credited_cents),
    }


def _account(employer_id: Any) -> dict[str, Any] | None:
    try:
        account: EmployerAccount = queries.get_account(employer_id)
    except NotFound:
        return None
    return {
        "method": METHOD_WORDS[account.method],
        "is_prefunded": account.method == Method.PREFUNDED,
        "prefunded": dollars(account.prefunded_cents),
        "is_low": account.method == Method.PREFUNDED and account.prefunded_cents < account.low_water_cents,
        "credit": dollars(account.credit_cents) if account.credit_cents else "",
    }
