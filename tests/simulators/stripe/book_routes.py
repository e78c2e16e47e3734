"""The part of the API that books are kept with: invoices, connected accounts, transfers, payouts."""

from typing import Any

from tests.simulators.stripe import invoice_payments, invoices, transfers
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.operations import Operation, listing, names
from tests.simulators.stripe.simulation import Simulation

_INVOICE = names(
    "auto_advance collection_method currency customer days_until_due description metadata number "
    "pending_invoice_items_behavior"
)
_ITEM = names("amount currency customer description invoice metadata")
_TRANSFER = names("amount currency description destination metadata transfer_group")

OPERATIONS = (
    Operation("POST", "/v1/invoices", "InvoiceCreateParams", invoices.create, _INVOICE),
    Operation("GET", "/v1/invoices", "InvoiceListParams", invoices.list_invoices, listing("customer status")),
    Operation("GET", "/v1/invoices/{invoice}", "InvoiceRetrieveParams", invoices.retrieve),
    Operation("DELETE", "/v1/invoices/{invoice}", "InvoiceDeleteParams", invoices.delete),
    Operation(
        "POST",
        "/v1/invoices/{invoice}/finalize",
        "InvoiceFinalizeInvoiceParams",
        invoices.finalize,
        names("auto_advance"),
    ),
    Operation("POST", "/v1/invoices/{invoice}/send", "InvoiceSendInvoiceParams", invoices.send),
    Operation("POST", "/v1/invoices/{invoice}/void", "InvoiceVoidInvoiceParams", invoices.void),
    Operation(
        "POST", "/v1/invoices/{invoice}/pay", "InvoicePayParams", invoice_payments.pay, names("paid_out_of_band")
    ),
    Operation(
        "POST",
        "/v1/invoices/{invoice}/attach_payment",
        "InvoiceAttachPaymentParams",
        invoice_payments.attach,
        names("payment_record"),
    ),
    Operation(
        "POST",
        "/v1/payment_records/report_payment",
        "PaymentRecordReportPaymentParams",
        invoice_payments.report_payment,
        names("amount_requested customer_details guaranteed initiated_at metadata outcome payment_method_details"),
    ),
    Operation("POST", "/v1/invoiceitems", "InvoiceItemCreateParams", invoices.add_item, _ITEM),
    Operation("GET", "/v1/invoiceitems", "InvoiceItemListParams", invoices.list_items, listing("invoice customer")),
    Operation(
        "GET",
        "/v1/invoice_payments",
        "InvoicePaymentListParams",
        invoice_payments.list_payments,
        listing("invoice status"),
    ),
    Operation(
        "POST",
        "/v1/credit_notes",
        "CreditNoteCreateParams",
        invoice_payments.credit,
        names("amount invoice metadata out_of_band_amount reason"),
    ),
    Operation(
        "GET",
        "/v1/credit_notes",
        "CreditNoteListParams",
        invoice_payments.list_credit_notes,
        listing("invoice customer"),
    ),
    Operation("POST", "/v1/accounts", "AccountCreateParams", transfers.create_account, names("metadata type")),
    Operation("GET", "/v1/accounts/{account}", "AccountRetrieveParams", transfers.retrieve_account),
    Operation("POST", "/v1/transfers", "TransferCreateParams", transfers.create, _TRANSFER),
    Operation(
        "GET",
        "/v1/transfers",
        "TransferListParams",
        transfers.list_transfers,
        listing("destination transfer_group"),
    ),
    Operation("GET", "/v1/transfers/{transfer}", "TransferRetrieveParams", transfers.retrieve),
    Operation(
        "POST",
        "/v1/transfers/{transfer}/reversals",
        "TransferCreateReversalParams",
        transfers.reverse,
        names("amount metadata"),
    ),
    Operation(
        "GET",
        "/v1/transfers/{transfer}/reversals",
        "TransferListReversalsParams",
        transfers.list_reversals,
        listing(),
    ),
    Operation("GET", "/v1/payouts", "PayoutListParams", transfers.list_payouts, listing("status")),
    Operation("GET", "/v1/payouts/{payout}", "PayoutRetrieveParams", transfers.retrieve_payout),
)


def pay_invoice(simulation: Simulation, order: Json) -> Json:
    """POST /control/invoices/pay {"invoice": id}: the company pays on the hosted page, by card."""
    return invoice_payments.pay_hosted(simulation, order["invoice"])


def pay_out(simulation: Simulation, order: Json) -> Json:
    """POST /control/payouts {"off"?: cents}: the daily payout; `off` makes it wrong by so much."""
    return transfers.pay_out(simulation, off=int(order.get("off", 0)))


def empty_account(simulation: Simulation, order: Json) -> Json:
    """POST /control/accounts/empty {"account": id}: its owner has spent the money."""
    simulation.store.account_balances[order["account"]] = 0
    return order


def show_accounts(simulation: Simulation, _: Json) -> Json:
    """GET /control/accounts: what each connected account holds, in cents."""
    return dict(simulation.store.account_balances)


CONTROLS: dict[tuple[str, str], Any] = {
    ("POST", "/control/invoices/pay"): pay_invoice,
    ("POST", "/control/payouts"): pay_out,
    ("POST", "/control/accounts/empty"): empty_account,
    ("GET", "/control/accounts"): show_accounts,
}
