"""What the books do: invoices are drafted and sent, clinics are paid, Stripe's movements are compared."""

from billing.events.books import (
    InvoiceChanged,
    InvoiceIssueDue,
    InvoiceMonthEnded,
    InvoiceNoticeReceived,
    PayoutNoticeReceived,
    ReconciliationDue,
    TransferMonthEnded,
    TransferRequested,
    TransferRetryDue,
)
from billing.invoices.services import drafting, heeding, issuing, stripe_sync
from billing.reconciliation.services import running
from billing.transfers.services import batching, sending
from workers.events import Envelope, reacts_to


@reacts_to(InvoiceMonthEnded, lane="billing")
def draft_invoice(event: InvoiceMonthEnded, envelope: Envelope) -> None:
    """Draft an employer's invoice for a month that is over."""
    drafting.draft_month(account_id=event.account_id, month=event.month, now=envelope.now)


@reacts_to(InvoiceIssueDue, lane="billing")
def issue_invoice(event: InvoiceIssueDue, envelope: Envelope) -> None:
    """Issue a draft to which nobody objected."""
    issuing.issue(invoice_id=event.invoice_id, now=envelope.now)


@reacts_to(InvoiceChanged, lane="billing", external=True)
def tell_stripe(event: InvoiceChanged, envelope: Envelope) -> None:
    """Bring Stripe to what an invoice says."""
    stripe_sync.sync(invoice_id=event.invoice_id, now=envelope.now)


@reacts_to(InvoiceNoticeReceived, lane="billing", external=True)
def heed_invoice_notice(event: InvoiceNoticeReceived, envelope: Envelope) -> None:
    """Take what was paid for an invoice at Stripe."""
    heeding.heed(receipt_id=event.receipt_id, now=envelope.now)


@reacts_to(TransferMonthEnded, lane="billing")
def make_up_transfer(event: TransferMonthEnded, envelope: Envelope) -> None:
    """Put what a clinic is owed for a month into a batch."""
    batching.make_up(account_id=event.account_id, month=event.month, now=envelope.now)


@reacts_to(TransferRequested, lane="billing", external=True)
def transfer_to_clinic(event: TransferRequested, envelope: Envelope) -> None:
    """Ask Stripe to transfer a clinic's month."""
    sending.send(batch_id=event.batch_id, now=envelope.now)


@reacts_to(TransferRetryDue, lane="billing", external=True)
def retry_transfer(event: TransferRetryDue, envelope: Envelope) -> None:
    """Ask again for what our balance could not bear."""
    sending.send(batch_id=event.batch_id, now=envelope.now)


@reacts_to(ReconciliationDue, lane="billing", external=True)
def reconcile(event: ReconciliationDue, envelope: Envelope) -> None:
    """Compare the day's movements at Stripe with the ledger."""
    running.reconcile(on=event.on, now=envelope.now)


@reacts_to(PayoutNoticeReceived, lane="billing", external=True)
def reconcile_payout(event: PayoutNoticeReceived, envelope: Envelope) -> None:
    """A payout is explained as soon as it is made; the first one ever begins the daily comparisons."""
    running.reconcile(on=envelope.now.date(), now=envelope.now)
