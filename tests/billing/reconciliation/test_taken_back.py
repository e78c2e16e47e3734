"""What an employer's bank takes back of a payment for an invoice is owed again, and a person hears of it."""

from datetime import date

import pytest

from billing.invoices.models import CreditReason, EmployerAccount
from billing.invoices.queries import ageing
from billing.invoices.services.issuing import credit_invoice
from billing.invoices.services.settling import record_payment
from billing.ledger.queries import balance
from billing.ledger.rules import Account
from billing.reconciliation.services.running import reconcile
from billing.work_items.models import WorkItem
from tests.billing.invoices.at_stripe import fresh, invoices_at_stripe, pay_at_stripe
from tests.factories.books import APRIL_3, FINANCE, SIGNED, account_of, employer_with, issued
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as


def _paid_by_employer(world):
    """An employer's invoice over 240 dollars, paid at Stripe, and the charge."""
    employer = employer_with(30)
    account_of(employer)
    world.advance(seconds=(APRIL_3 - clock.now()).total_seconds())
    invoice = issued(employer)
    world.run()
    pay_at_stripe(world, invoices_at_stripe(world)[0]["id"])
    assert fresh(invoice).status == "paid"
    return invoice, world.bench.read("charges")[0]["id"]


def _reconcile_all(world):
    """Nothing differs a day later, and our books hold what Stripe does, to the cent."""
    world.advance(hours=24)
    assert reconcile(on=clock.now().date(), now=clock.now()).open_differences == 0
    theirs = sum(one.net for one in world.bench.stripe.v1.balance_transactions.list({"limit": 100}).data)
    with acting_as(WORKER):
        assert balance(Account.STRIPE_BALANCE) == theirs


def _taken_back(world, charge):
    dispute = world.bench.order("disputes", charge=charge)
    world.run()
    _reconcile_all(world)
    return dispute["id"]


@pytest.mark.parametrize(("outcome", "status", "owed"), [("lost", "issued", 24_000), ("won", "paid", 0)])
def test_what_a_bank_takes_back_of_an_employers_payment_is_owed_again_and_work(world, outcome, status, owed):
    invoice, charge = _paid_by_employer(world)
    dispute = _taken_back(world, charge)
    assert (fresh(invoice).status, fresh(invoice).due_cents, fresh(invoice).pay_url) == ("issued", 24_000, "")
    with acting_as(WORKER):
        assert [age.total_cents for age in ageing(on=clock.now().date())] == [24_000]
        item = WorkItem.objects.get()
    assert (item.kind, item.amount_cents, item.reference) == ("invoice_taken_back", 24_000, dispute)
    assert (item.subject_id, item.detail) == (invoice.pk, {"number": invoice.number})
    world.bench.order("disputes/end", dispute=dispute, outcome=outcome)
    world.run()
    for _ in range(2):
        _reconcile_all(world)
    assert (fresh(invoice).status, fresh(invoice).due_cents) == (status, owed)
    assert world.items() == (["invoice_taken_back"] if owed else [])
    with acting_as(WORKER):
        assert balance(Account.RECEIVABLE_EMPLOYER, employer_id=invoice.employer_id) == owed


@pytest.mark.parametrize(("by_bank", "due", "left"), [(30_000, 0, 6_000), (10_000, 14_000, 0)])
def test_what_is_taken_back_is_the_employers_credit_first(world, by_bank, due, left):
    invoice, charge = _paid_by_employer(world)
    with acting_as(FINANCE):
        record_payment(invoice_id=invoice.pk, cents=by_bank, reference="wire", signature=SIGNED, now=clock.now())
    _taken_back(world, charge)
    assert fresh(invoice).due_cents == due
    _assert_held(invoice, left, unexplained=0)


def test_what_is_taken_back_after_it_was_credited_and_spent_nobody_can_explain(world):
    invoice, charge = _paid_by_employer(world)
    with acting_as(FINANCE):
        credit_invoice(
            invoice_id=invoice.pk, cents=24_000, reason=CreditReason.DUPLICATE, signature=SIGNED, now=clock.now()
        )
    assert issued(invoice.employer_id, month=date(2026, 4, 1)).status == "paid"
    _taken_back(world, charge)
    assert (fresh(invoice).status, fresh(invoice).due_cents) == ("paid", 0)
    _assert_held(invoice, 0, unexplained=24_000)


def _assert_held(invoice, cents, *, unexplained):
    employer = invoice.employer_id
    with acting_as(WORKER):
        assert EmployerAccount.objects.get(employer_id=employer).credit_cents == cents
        assert balance(Account.CUSTOMER_CREDIT, employer_id=employer) == -cents
        assert balance(Account.SUSPENSE, employer_id=employer) == unexplained
