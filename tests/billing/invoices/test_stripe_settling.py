"""What settles an invoice, told to Stripe and by Stripe: each cent once, from wherever it comes."""

import pytest

from billing.invoices.models import CreditReason, EmployerAccount
from billing.invoices.services import issuing, settling, stripe_settling, stripe_sync
from billing.ledger.queries import balance, find_journal
from billing.ledger.rules import Account
from tests.billing.invoices.at_stripe import fresh, invoices_at_stripe, pay_at_stripe, recover
from tests.factories.books import (
    APRIL_3,
    FINANCE,
    SIGNED,
    issued,
)
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as


def test_what_is_paid_on_the_hosted_page_is_taken_once(world, employer):
    invoice = issued(employer)
    world.run()
    [there] = invoices_at_stripe(world)
    pay_at_stripe(world, there["id"])
    assert fresh(invoice).status == "paid"
    stripe_settling.refresh(stripe_id=there["id"], now=APRIL_3)
    with acting_as(WORKER):
        assert balance(Account.RECEIVABLE_EMPLOYER, employer_id=employer) == 0
        assert balance(Account.CUSTOMER_CREDIT, employer_id=employer) == 0
        assert balance(Account.STRIPE_BALANCE, employer_id=employer) == 24_000


def test_case_30_money_out_of_band_closes_it_at_stripe_and_twice_is_credit(world, employer):
    invoice = issued(employer)
    world.run()
    with acting_as(FINANCE):
        settling.record_payment(invoice_id=invoice.pk, cents=24_000, reference="wire", signature=SIGNED, now=APRIL_3)
    world.run()
    [there] = invoices_at_stripe(world)
    assert there["status"] == "paid"
    assert world.charged() == []


def _by_bank(world, invoice, cents, reference):
    with acting_as(FINANCE):
        settling.record_payment(
            invoice_id=invoice.pk, cents=cents, reference=reference, signature=SIGNED, now=clock.now()
        )
    world.run()


def test_a_part_by_bank_is_no_longer_asked_for_at_stripe(world, employer):
    invoice = issued(employer)
    world.run()
    for cents, left in ((10_000, 14_000), (4_000, 10_000)):
        _by_bank(world, invoice, cents, f"wire {cents}")
        stripe_sync.sync(invoice_id=invoice.pk, now=clock.now())  # told again, done once
        [there] = invoices_at_stripe(world)
        assert (there["status"], there["amount_remaining"]) == ("open", left)
    pay_at_stripe(world, there["id"])
    assert world.charged() == [10_000]
    assert fresh(invoice).status == "paid"
    with acting_as(WORKER):
        assert EmployerAccount.objects.get(employer_id=employer).credit_cents == 0
        assert balance(Account.RECEIVABLE_EMPLOYER, employer_id=employer) == 0


def test_the_rest_by_bank_closes_it(world, employer):
    invoice = issued(employer)
    world.run()
    _by_bank(world, invoice, 10_000, "one")
    _by_bank(world, invoice, 14_000, "two")
    [there] = invoices_at_stripe(world)
    assert (there["status"], there["amount_remaining"]) == ("paid", 0)


@pytest.mark.parametrize("path", ["/v1/payment_records/report_payment", "/v1/invoices/*/attach_payment"])
@pytest.mark.parametrize(
    ("kind", "stage"), [("drop", "before"), ("drop", "after"), ("error", "before"), ("error", "after")]
)
def test_whatever_is_lost_a_part_is_told_once(world, employer, path, kind, stage):
    invoice = issued(employer)
    world.run()
    world.bench.order("faults", method="POST", path=path, kind=kind, stage=stage)
    _by_bank(world, invoice, 10_000, "wire")
    recover(world)
    [there] = invoices_at_stripe(world)
    assert (there["status"], there["amount_remaining"]) == ("open", 14_000)
    assert world.open_jobs() == 0


def test_a_credit_note_from_before_stripe_knew_the_invoice_counts_once(world, employer):
    invoice = issued(employer)
    with acting_as(FINANCE):
        issuing.credit_invoice(
            invoice_id=invoice.pk, cents=4_000, reason=CreditReason.DUPLICATE, signature=SIGNED, now=APRIL_3
        )
    world.run()
    [there] = invoices_at_stripe(world)
    assert (there["total"], there["amount_remaining"]) == (20_000, 20_000)
    assert world.bench.stripe.v1.credit_notes.list().data == []


def test_case_30_paid_at_stripe_and_by_bank_leaves_the_second_as_credit(world, employer):
    invoice = issued(employer)
    world.run()
    [there] = invoices_at_stripe(world)
    pay_at_stripe(world, there["id"])
    with acting_as(FINANCE):
        settling.record_payment(invoice_id=invoice.pk, cents=24_000, reference="wire", signature=SIGNED, now=APRIL_3)
    world.run()
    with acting_as(WORKER):
        assert EmployerAccount.objects.get(employer_id=employer).credit_cents == 24_000


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
    [there] = invoices_at_stripe(world)
    assert there["amount_remaining"] == 19_000
    assert len(world.bench.stripe.v1.credit_notes.list().data) == 2


def test_a_payment_whose_notice_was_lost_is_found_by_asking(world, employer):
    invoice = issued(employer)
    world.run()
    world.deafen()
    [there] = invoices_at_stripe(world)
    pay_at_stripe(world, there["id"])
    assert fresh(invoice).status == "issued"
    stripe_settling.refresh_open(now=APRIL_3)
    assert fresh(invoice).status == "paid"


def test_a_foreign_invoice_is_ignored(world, employer):
    customer = world.bench.stripe.v1.customers.create({"email": "x@example.com"}).id
    params = {
        "customer": customer,
        "collection_method": "send_invoice",
        "days_until_due": 1,
        "pending_invoice_items_behavior": "exclude",
    }
    foreign = world.bench.stripe.v1.invoices.create(params)
    stripe_settling.refresh(stripe_id=foreign.id, now=APRIL_3)
    with acting_as(WORKER):
        assert find_journal(f"pi:{foreign.id}:succeeded") is None
