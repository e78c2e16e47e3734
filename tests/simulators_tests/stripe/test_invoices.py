"""Invoices to companies, as strict as Stripe."""

from typing import Any

import pytest
from stripe import InvalidRequestError

from tests.simulators_tests.stripe.bench import Bench


def _draft(bench: Bench, **more: Any) -> Any:
    customer = bench.stripe.v1.customers.create({"email": "bills@example.com"}).id
    params: Any = {
        "customer": customer,
        "collection_method": "send_invoice",
        "days_until_due": 30,
        "pending_invoice_items_behavior": "exclude",
        "auto_advance": False,
        **more,
    }
    return bench.stripe.v1.invoices.create(params)


def _add(bench: Bench, invoice: Any, cents: int) -> Any:
    params: Any = {"customer": invoice.customer, "invoice": invoice.id, "amount": cents, "currency": "usd"}
    return bench.stripe.v1.invoice_items.create(params)


def _open(bench: Bench, cents: int = 5_000) -> Any:
    invoice = _draft(bench)
    _add(bench, invoice, cents)
    return bench.stripe.v1.invoices.finalize_invoice(invoice.id)


def test_items_make_the_total_and_finalizing_opens_it(bench):
    invoice = _draft(bench, number="A-1")
    for cents in (3_000, -500):
        _add(bench, invoice, cents)
    opened = bench.stripe.v1.invoices.finalize_invoice(invoice.id)
    assert (opened.status, opened.total, opened.number) == ("open", 2_500, "A-1")
    assert bench.stripe.v1.invoices.send_invoice(invoice.id).hosted_invoice_url


def test_after_finalizing_nothing_is_added_and_nothing_finalized_again(bench):
    invoice = _open(bench)
    with pytest.raises(InvalidRequestError, match="no longer be edited"):
        _add(bench, invoice, 1)
    with pytest.raises(InvalidRequestError, match="already finalized"):
        bench.stripe.v1.invoices.finalize_invoice(invoice.id)
    with pytest.raises(InvalidRequestError, match="draft"):
        bench.stripe.v1.invoices.delete(invoice.id)


def test_a_number_is_used_once(bench):
    _draft(bench, number="A-2")
    with pytest.raises(InvalidRequestError, match="used already"):
        _draft(bench, number="A-2")


def test_a_customer_without_address_gets_no_invoice(bench):
    customer = bench.stripe.v1.customers.create().id
    with pytest.raises(InvalidRequestError, match="Missing email"):
        _draft(bench, customer=customer)


def test_the_company_pays_on_the_hosted_page(bench):
    invoice = _open(bench)
    bench.order("invoices/pay", invoice=invoice.id)
    assert bench.stripe.v1.invoices.retrieve(invoice.id).status == "paid"
    [payment] = bench.stripe.v1.invoice_payments.list({"invoice": invoice.id}).data
    assert (payment.amount_paid, payment.status) == (5_000, "paid")
    assert bench.charged() == [("succeeded", 5_000)]
    assert "invoice.paid" in [event.type for event in bench.stripe.v1.events.list().data]


def test_paid_out_of_band_moves_no_money(bench):
    invoice = _open(bench)
    bench.stripe.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})
    assert bench.stripe.v1.invoices.retrieve(invoice.id).status == "paid"
    assert bench.charged() == []


def test_an_open_one_is_voided_and_a_paid_one_not(bench):
    invoice = _open(bench)
    assert bench.stripe.v1.invoices.void_invoice(invoice.id).status == "void"
    with pytest.raises(InvalidRequestError, match="is void"):
        bench.stripe.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})


def test_credit_lowers_what_is_open_and_of_what_was_paid_has_to_go_somewhere(bench):
    invoice = _open(bench)
    note = bench.stripe.v1.credit_notes
    note.create({"invoice": invoice.id, "amount": 1_000})
    assert bench.stripe.v1.invoices.retrieve(invoice.id).amount_remaining == 4_000
    bench.order("invoices/pay", invoice=invoice.id)
    with pytest.raises(InvalidRequestError, match="must equal"):
        note.create({"invoice": invoice.id, "amount": 500})
    note.create({"invoice": invoice.id, "amount": 500, "out_of_band_amount": 500})
