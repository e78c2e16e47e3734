"""The tables of invoices: who owes, for what, what settled it, and the batches of contributions behind it."""

from billing.invoices.models.accounts import Deposit, EmployerAccount, FeeTerms, Method
from billing.invoices.models.batches import BatchedContribution, ContributionBatch
from billing.invoices.models.invoices import Invoice, InvoiceLine, InvoiceStatus
from billing.invoices.models.settlements import CreditNote, CreditReason, SettledBy, Settlement, StripeInvoice

__all__ = [
    "BatchedContribution",
    "ContributionBatch",
    "CreditNote",
    "CreditReason",
    "Deposit",
    "EmployerAccount",
    "FeeTerms",
    "Invoice",
    "InvoiceLine",
    "InvoiceStatus",
    "Method",
    "SettledBy",
    "Settlement",
    "StripeInvoice",
]
