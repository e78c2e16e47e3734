"""Invoices at Stripe: asked for once, whatever is lost, and never for another sum than ours."""

import json

import pytest

from billing.invoices.models import CreditReason, EmployerAccount, Invoice, StripeInvoice
from billing.invoices.services import issuing, settling, stripe_sync
from billing.ledger.queries import balance, find_journal
from billing.ledger.rules import Account
from tests.factories.books import (
    APRIL_3,
    FINANCE,
    SIGNED,
    account_of,
    contribute_all,
    deposit_of,
    employer_with,
    issued,
)
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as


@pytest.fixture
def employer(world):
    """Thirty covered members, 240 dollars a month; it is the third of April."""
    employer_id = employer_with(30)
    account_of(employer_id)
    world.advance(seconds=(APRIL_3 - clock.now()).total_seconds())
    return employer_id


def _at_stripe(world):
    """The invoices in the simulator, with its own items and payments."""
    return [one.to_dict() for one in world.bench.stripe.v1.invoices.list().data]


def _fresh(invoice):
    with acting_as(WORKER):
        return Invoice.objects.get(pk=invoice.pk)


def _requests(world, method="POST"):
    return [line["path"] for line in world.bench.read("log") if line["method"] == method]


def _pay_at_stripe(world, stripe_id):
    world.bench.order("invoices/pay", invoice=stripe_id)
    world.run()


def _recover(world):
    """Give failed jobs their time."""
    for _ in range(12):
        world.advance(minutes=10)
        world.run()


def test_an_issued_invoice_is_drafted_filled_finalized_and_sent(world, employer):
    contribute_all(employer, [60_000] * 11)
    invoice = issued(employer)
    world.run()
    [there] = _at_stripe(world)
    assert (there["status"], there["total"], there["number"]) == ("open", 674_000, invoice.number)
    assert there["customer_email"] == "bills@employer.example"
    assert _fresh(invoice).pay_url == there["hosted_invoice_url"]
    asked = [path.rpartition("/")[2] for path in _requests(world) if "/v1/invoice" in path]
    assert asked == ["invoices", "invoiceitems", "invoiceitems", "finalize", "send"]


def test_no_byte_sent_to_stripe_names_care_a_member_or_the_company(world, employer):
    contribute_all(employer, [60_000] * 11)
    issued(employer)
    world.run()
    sent = json.dumps([line["params"] for line in world.bench.read("log") if "invoice" in line["path"]]).lower()
    for word in ("ketamine", "therapy", "care", "session", "clinic", "treatment", "standard", "employer "):
        assert word not in sent


def test_what_is_paid_on_the_hosted_page_is_taken_once(world, employer):
    invoice = issued(employer)
    world.run()
    [there] = _at_stripe(world)
    _pay_at_stripe(world, there["id"])
    assert _fresh(invoice).status == "paid"
    stripe_sync.refresh(stripe_id=there["id"], now=APRIL_3)
    with acting_as(WORKER):
        assert balance(Account.RECEIVABLE_EMPLOYER, employer_id=employer) == 0
        assert balance(Account.CUSTOMER_CREDIT, employer_id=employer) == 0
        assert balance(Account.STRIPE_BALANCE, employer_id=employer) == 24_000


def test_money_by_bank_closes_it_at_stripe_and_twice_is_credit(world, employer):
    invoice = issued(employer)
    world.run()
    with acting_as(FINANCE):
        settling.record_payment(invoice_id=invoice.pk, cents=24_000, reference="wire", signature=SIGNED, now=APRIL_3)
    world.run()
    [there] = _at_stripe(world)
    assert there["status"] == "paid"
    assert world.charged() == []


def test_paid_at_stripe_and_by_bank_leaves_the_second_as_credit(world, employer):
    invoice = issued(employer)
    world.run()
    [there] = _at_stripe(world)
    _pay_at_stripe(world, there["id"])
    with acting_as(FINANCE):
        settling.record_payment(invoice_id=invoice.pk, cents=24_000, reference="wire", signature=SIGNED, now=APRIL_3)
    world.run()
    with acting_as(WORKER):
        assert EmployerAccount.objects.get(employer_id=employer).credit_cents == 24_000


def test_an_invoice_settled_in_advance_is_never_sent(world, employer):
    deposit_of(employer, 30_000)
    issued(employer)
    world.run()
    assert _at_stripe(world) == []


def test_what_was_settled_in_part_is_taken_off(world, employer):
    deposit_of(employer, 10_000)
    issued(employer)
    world.run()
    [there] = _at_stripe(world)
    assert there["total"] == 14_000


def test_a_voided_invoice_is_voided_at_stripe(world, employer):
    invoice = issued(employer)
    world.run()
    with acting_as(FINANCE):
        issuing.void(invoice_id=invoice.pk, signature=SIGNED, now=APRIL_3)
    world.run()
    assert [one["status"] for one in _at_stripe(world)] == ["void"]


def test_a_credit_note_is_repeated_at_stripe_once(world, employer):
    invoice = issued(employer)
    world.run()
    for cents in (4_000, 1_000):
        with acting_as(FINANCE):
            issuing.credit_invoice(
                invoice_id=invoice.pk, cents=cents, reason=CreditReason.DUPLICATE, signature=SIGNED, now=APRIL_3
            )
        world.run()
        stripe_sync.sync(invoice_id=invoice.pk, now=APRIL_3)
    [there] = _at_stripe(world)
    assert there["amount_remaining"] == 19_000
    assert len(world.bench.stripe.v1.credit_notes.list().data) == 2


@pytest.mark.parametrize(
    "path", ["/v1/customers", "/v1/invoices", "/v1/invoiceitems", "/v1/invoices/*/finalize", "/v1/invoices/*/send"]
)
@pytest.mark.parametrize(
    ("kind", "stage"), [("drop", "before"), ("drop", "after"), ("error", "before"), ("error", "after")]
)
def test_whatever_is_lost_one_invoice_over_our_total_is_open(world, employer, path, kind, stage):
    contribute_all(employer, [60_000] * 11)
    world.bench.order("faults", method="POST", path=path, kind=kind, stage=stage)
    invoice = issued(employer)
    world.run()
    _recover(world)
    assert [(one["status"], one["total"]) for one in _at_stripe(world)] == [("open", 674_000)]
    assert _fresh(invoice).pay_url
    assert world.open_jobs() == 0


def test_a_payment_whose_notice_was_lost_is_found_by_asking(world, employer):
    invoice = issued(employer)
    world.run()
    world.deafen()
    [there] = _at_stripe(world)
    _pay_at_stripe(world, there["id"])
    assert _fresh(invoice).status == "issued"
    stripe_sync.refresh_open(now=APRIL_3)
    assert _fresh(invoice).status == "paid"


def test_a_draft_that_somebody_changed_at_stripe_is_not_sent(world, employer):
    """Another sum than ours: a person has to look, and nothing goes out."""
    invoice = issued(employer)
    world.bench.order("faults", kind="drop", stage="before", method="POST", path="/v1/invoices/*/finalize")
    world.run()
    with acting_as(WORKER):
        row = StripeInvoice.objects.get(invoice=invoice)
    customer = row.params["customer"]
    item = {"customer": customer, "invoice": row.stripe_id, "amount": 500, "currency": "usd"}
    world.bench.stripe.v1.invoice_items.create(item)
    with pytest.raises(stripe_sync.InvoiceDiffers, match="24500"):
        stripe_sync.sync(invoice_id=invoice.pk, now=APRIL_3)
    assert [one["status"] for one in _at_stripe(world)] == ["draft"]


def test_a_foreign_invoice_is_ignored(world, employer):
    customer = world.bench.stripe.v1.customers.create({"email": "x@example.com"}).id
    params = {
        "customer": customer,
        "collection_method": "send_invoice",
        "days_until_due": 1,
        "pending_invoice_items_behavior": "exclude",
    }
    foreign = world.bench.stripe.v1.invoices.create(params)
    stripe_sync.refresh(stripe_id=foreign.id, now=APRIL_3)
    with acting_as(WORKER):
        assert find_journal(f"pi:{foreign.id}:succeeded") is None
