"""What the books announce: employers' invoices, clinics' transfers, reconciliation."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from billing.events import Number
from workers.events import Event

AccountId = Annotated[UUID, Meta(description="The employer's or clinic's account with us.")]
InvoiceId = Annotated[UUID, Meta(description="The employer's invoice.")]
Month = Annotated[date, Meta(description="The first day of the month.")]


@dataclass(frozen=True, kw_only=True)
class InvoiceMonthEnded(Event, name="billing.invoice.month-ended.v1"):
    """Timer: a month is over, and an employer's invoice for it is to be drafted."""

    account_id: AccountId
    month: Month


@dataclass(frozen=True, kw_only=True)
class InvoiceIssueDue(Event, name="billing.invoice.issue-due.v1"):
    """Timer: nobody objected to a draft, so it is to be issued."""

    invoice_id: InvoiceId


@dataclass(frozen=True, kw_only=True)
class InvoiceChanged(Event, name="billing.invoice.changed.v1"):
    """An invoice was issued, settled in part or in full, credited or voided: Stripe is to be told."""

    invoice_id: InvoiceId
    status: Annotated[str, Meta(description="The invoice's state: InvoiceStatus.", examples=["issued"])]


@dataclass(frozen=True, kw_only=True)
class InvoiceNoticeReceived(Event, name="billing.invoice-notice.received.v1"):
    """A verified Stripe event about an invoice was stored."""

    receipt_id: Annotated[UUID, Meta(description="The stored notice.")]


@dataclass(frozen=True, kw_only=True)
class TransferMonthEnded(Event, name="billing.transfer.month-ended.v1"):
    """Timer: a month is over, and what a clinic is owed for it is to be transferred."""

    account_id: AccountId
    month: Month


@dataclass(frozen=True, kw_only=True)
class TransferRequested(Event, name="billing.transfer.requested.v1"):
    """A clinic's batch was made up: Stripe is to be asked to transfer it, or to take back what was too much."""

    batch_id: Annotated[UUID, Meta(description="The clinic's sessions of a month.")]


@dataclass(frozen=True, kw_only=True)
class TransferRetryDue(Event, name="billing.transfer.retry-due.v1"):
    """Timer: a batch that Stripe could not transfer for want of funds is to be tried again."""

    batch_id: Annotated[UUID, Meta(description="The clinic's sessions of a month.")]
    number: Number


@dataclass(frozen=True, kw_only=True)
class ReconciliationDue(Event, name="billing.reconciliation.due.v1"):
    """Timer: the day's movements at Stripe are to be compared with the ledger."""

    on: Annotated[date, Meta(description="The day whose comparison this is.")]


@dataclass(frozen=True, kw_only=True)
class PayoutNoticeReceived(Event, name="billing.payout-notice.received.v1"):
    """A verified Stripe event about a payout was stored."""

    receipt_id: Annotated[UUID, Meta(description="The stored notice.")]
