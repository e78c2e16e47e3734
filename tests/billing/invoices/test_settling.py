"""Numbers, money and credit: nothing is lost, doubled or overdrawn, whoever comes at the same time."""

from datetime import date, datetime, timedelta
from functools import partial

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.invoices import queries
from billing.invoices.models import CreditReason, EmployerAccount, Invoice, Method, SettledBy
from billing.invoices.services import drafting, issuing, settling
from billing.invoices.services.accounts import ReferenceUsed, deposit
from billing.ledger.models import Journal
from billing.ledger.queries import balance, trial_balance
from billing.ledger.rules import Account, month_after
from tests.conftest import NOW
from tests.factories.benefits import make_hr
from tests.factories.books import (
    APRIL_3,
    FINANCE,
    MARCH,
    SIGNED,
    account_of,
    contribute_all,
    drafted,
    employer_with,
    issued,
)
from tests.racing import at_once
from workers.emails.models import Email
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import Invalid
from workers.kernel.ids import new_id

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def employer(db):
    """Thirty covered members, 240 dollars a month."""
    employer_id = employer_with(30)
    account_of(employer_id)
    return employer_id


def _pay(invoice, cents, reference="wire-1"):
    with acting_as(FINANCE):
        return settling.record_payment(
            invoice_id=invoice.pk, cents=cents, reference=reference, signature=SIGNED, now=APRIL_3
        )


def _credit(invoice, cents):
    with acting_as(FINANCE):
        return issuing.credit_invoice(
            invoice_id=invoice.pk, cents=cents, reason=CreditReason.ORDER_CHANGE, signature=SIGNED, now=APRIL_3
        )


def _deposit(employer, cents, reference="wire-9"):
    with acting_as(FINANCE):
        return deposit(employer_id=employer, cents=cents, reference=reference, signature=SIGNED, now=NOW)


def _account(employer):
    with acting_as(WORKER):
        return EmployerAccount.objects.get(employer_id=employer)


def _fresh(invoice):
    with acting_as(WORKER):
        return Invoice.objects.get(pk=invoice.pk)


def test_an_issued_invoice_is_numbered_due_and_receivable(employer):
    contribute_all(employer, [60_000] * 11)
    invoice = issued(employer)
    assert invoice.number == f"{_account(employer).prefix}-0001"
    assert invoice.due_on == APRIL_3.date() + timedelta(days=30)
    with acting_as(WORKER):
        assert balance(Account.RECEIVABLE_EMPLOYER, employer_id=employer) == invoice.total_cents == 674_000
        assert balance(Account.FEE_REVENUE, employer_id=employer) == -24_000
        assert balance(Account.RECEIVABLE_EMPLOYER_UNBILLED, employer_id=employer) == 10_000


def test_case_31_an_invoice_is_finalised_twice(employer):
    invoice = issued(employer)
    with acting_as(WORKER):
        issuing.issue(invoice_id=invoice.pk, now=APRIL_3 + timedelta(days=9))
    assert _fresh(invoice).issued_at == APRIL_3


def test_hr_and_the_address_for_bills_are_told_without_a_person(employer):
    hr = make_hr(employer)
    invoice = issued(employer)
    with acting_as(WORKER):
        mails = list(Email.objects.filter(template="billing/invoice_issued"))
    assert {mail.message["to"] for mail in mails} == {"bills@employer.example", hr.email}
    assert all(invoice.number in mail.message["subject"] for mail in mails)


def test_payment_in_full_closes_it(employer):
    invoice = _pay(issued(employer), 24_000)
    assert (invoice.status, invoice.due_cents) == ("paid", 0)
    with acting_as(WORKER):
        assert balance(Account.BANK) == 24_000
        assert balance(Account.RECEIVABLE_EMPLOYER, employer_id=employer) == 0


def test_case_30_a_short_payment_leaves_the_rest_due_and_more_becomes_credit(employer):
    invoice = issued(employer)
    assert _pay(invoice, 20_000, "a").due_cents == 4_000
    assert _pay(invoice, 5_000, "b").status == "paid"
    assert _account(employer).credit_cents == 1_000


def test_case_30_the_same_money_twice_is_taken_once_and_a_second_payment_is_credit(employer):
    invoice = issued(employer)
    for _ in range(2):
        _pay(invoice, 24_000, "a")
    assert _account(employer).credit_cents == 0
    _pay(invoice, 24_000, "b")
    assert _account(employer).credit_cents == 24_000


def test_one_reference_is_not_two_payments(employer):
    invoice = issued(employer)
    _pay(invoice, 100, "a")
    with pytest.raises(ReferenceUsed):
        _pay(invoice, 101, "a")


@pytest.mark.parametrize("cents", [0, -5])
def test_no_money_is_no_payment(employer, cents):
    invoice = issued(employer)
    with pytest.raises(Invalid):
        _pay(invoice, cents)
    with pytest.raises(Invalid):
        _deposit(employer, cents)


def test_a_draft_is_not_paid_and_not_credited(employer):
    draft = drafted(employer)
    with pytest.raises(settling.NotIssued):
        _pay(draft, 100)
    with pytest.raises(settling.NotIssued):
        _credit(draft, 100)


def test_money_for_a_voided_invoice_is_credit(employer):
    invoice = issued(employer)
    with acting_as(FINANCE):
        issuing.void(invoice_id=invoice.pk, signature=SIGNED, now=APRIL_3)
    _pay(invoice, 24_000)
    assert _account(employer).credit_cents == 24_000


def test_voiding_takes_the_journal_back_and_keeps_the_number(employer):
    first = issued(employer)
    with acting_as(FINANCE):
        issuing.void(invoice_id=first.pk, signature=SIGNED, now=APRIL_3)
        again = drafting.draft_again(employer_id=employer, month=MARCH, signature=SIGNED, now=APRIL_3)
        issuing.issue(invoice_id=again.pk, now=APRIL_3, signature=SIGNED)
    assert _fresh(first).number.endswith("-0001")
    assert _fresh(again).number.endswith("-0002")
    with acting_as(WORKER):
        assert balance(Account.RECEIVABLE_EMPLOYER, employer_id=employer) == 24_000
        assert [SIGNED.reason] == [
            one.reason for one in Journal.objects.filter(business_key=f"invoice:{first.pk}:voided")
        ]


def test_what_was_paid_on_is_not_voided(employer):
    invoice = _pay(issued(employer), 1)
    with pytest.raises(issuing.InvoiceSettled), acting_as(FINANCE):
        issuing.void(invoice_id=invoice.pk, signature=SIGNED, now=APRIL_3)


def test_a_credit_note_lowers_what_is_due(employer):
    invoice = issued(employer)
    note = _credit(invoice, 4_000)
    assert note.number == f"{invoice.number}-C1"
    assert _fresh(invoice).due_cents == 20_000
    assert _credit(invoice, 20_000).number.endswith("-C2")
    assert _fresh(invoice).status == "paid"


def test_crediting_what_was_paid_gives_credit_that_the_next_invoice_uses(employer):
    invoice = _pay(issued(employer), 24_000)
    _credit(invoice, 4_000)
    assert _account(employer).credit_cents == 4_000
    may = datetime.fromisoformat("2026-05-02T12:00:00+00:00")
    later = issued(employer, date(2026, 4, 1), may)
    assert later.due_cents == 20_000
    assert _account(employer).credit_cents == 0


def test_no_more_is_credited_than_was_asked_for(employer):
    invoice = issued(employer)
    for cents in (0, -1, 24_001):
        with pytest.raises(issuing.CreditTooLarge):
            _credit(invoice, cents)


def test_an_account_paid_in_advance_settles_at_once_and_tells_when_it_runs_low(db):
    employer = employer_with(30)
    account_of(employer, method=Method.PREFUNDED, low_water_cents=10_000)
    _deposit(employer, 30_000)
    assert issued(employer).status == "paid"
    assert _account(employer).prefunded_cents == 6_000
    with acting_as(WORKER):
        assert Email.objects.filter(template="billing/prefunded_low").exists()
        assert balance(Account.PREPAID_EMPLOYER, employer_id=employer) == -6_000
    may = datetime.fromisoformat("2026-05-02T12:00:00+00:00")
    assert issued(employer, date(2026, 4, 1), may).due_cents == 18_000
    assert _account(employer).prefunded_cents == 0


def test_a_deposit_is_taken_once_by_its_reference(employer):
    for _ in range(2):
        _deposit(employer, 500)
    assert _account(employer).prefunded_cents == 500
    with pytest.raises(ReferenceUsed):
        _deposit(employer, 501)


@pytest.mark.parametrize("column", ["prefunded_cents", "credit_cents"])
def test_the_database_refuses_an_overdrawn_account(employer, column):
    with pytest.raises(IntegrityError), acting_as(WORKER):
        EmployerAccount.objects.filter(employer_id=employer).update(**{column: -1})


def test_the_database_refuses_a_number_with_a_gap(employer):
    draft = drafted(employer)
    with pytest.raises(DatabaseError, match="no gap"), acting_as(WORKER):
        Invoice.objects.filter(pk=draft.pk).update(sequence=2, number="X-2")


# (what, cents): money, credit notes and deposits in any order
acts = st.lists(
    st.tuples(st.sampled_from(["pay", "credit", "deposit", "stripe", "next"]), st.integers(1, 40_000)), max_size=10
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts)
def test_whatever_comes_in_whatever_order_every_cent_is_somewhere(employer, sequence):
    with transaction.atomic():
        invoice, month = issued(employer), MARCH
        for what, cents in sequence:
            if what == "next":
                month = month_after(month)
                invoice = issued(employer, month, datetime.combine(month_after(month), NOW.timetz()))
            elif what == "deposit":
                _deposit(employer, cents, str(new_id()))
            elif what == "stripe":
                _take(invoice, cents)
            elif what == "pay":
                _pay(invoice, cents, str(new_id()))
            else:
                fresh = _fresh(invoice)
                _credit(invoice, min(cents, fresh.total_cents - fresh.credited_cents)) if (
                    fresh.total_cents > fresh.credited_cents
                ) else None
        _assert_books_agree(employer)
        transaction.set_rollback(True)


def _take(invoice, cents):
    with acting_as(WORKER):
        account, locked = settling.lock(invoice.pk)
        key = f"pi:{new_id()}:succeeded"
        settling.settle(account, locked, source=SettledBy.STRIPE, cents=cents, business_key=key, now=APRIL_3)


def _assert_books_agree(employer):
    account = _account(employer)
    with acting_as(WORKER):
        due = sum(invoice.due_cents for invoice in Invoice.objects.filter(employer_id=employer))
        assert balance(Account.RECEIVABLE_EMPLOYER, employer_id=employer) == due
        assert -balance(Account.PREPAID_EMPLOYER, employer_id=employer) == account.prefunded_cents >= 0
        assert -balance(Account.CUSTOMER_CREDIT, employer_id=employer) == account.credit_cents >= 0
        assert sum(total.balance_cents for total in trial_balance()) == 0
        for invoice in Invoice.objects.filter(employer_id=employer).prefetch_related("lines"):
            assert sum(line.amount_cents for line in invoice.lines.all()) == invoice.total_cents


def test_invoices_issued_at_once_take_numbers_without_gap_and_never_overdraw(committed_db):
    """Six months are issued at once from an account that pays for two and a half."""
    employer = employer_with(30)
    account_of(employer, method=Method.PREFUNDED)
    _deposit(employer, 60_000)
    drafts, month = [], MARCH
    for _ in range(6):
        drafts.append(drafted(employer, month, datetime.combine(month_after(month), NOW.timetz())))
        month = month_after(month)

    def issue(invoice_id):
        with acting_as(WORKER):
            issuing.issue(invoice_id=invoice_id, now=APRIL_3)

    def fail(invoice_id):
        with acting_as(WORKER):
            issuing.issue(invoice_id=invoice_id, now=APRIL_3)
            transaction.set_rollback(True)

    at_once(*[partial(act, draft.pk) for draft in drafts for act in (fail, issue)])
    with acting_as(WORKER):
        sequences = list(Invoice.objects.order_by("sequence").values_list("sequence", flat=True))
    assert sequences == [1, 2, 3, 4, 5, 6]
    assert _account(employer).prefunded_cents == 0
    _assert_books_agree(employer)


def test_two_payments_of_one_reference_at_once_are_one(committed_db):
    employer = employer_with(30)
    account_of(employer)
    invoice = issued(employer)
    at_once(*[lambda: _pay(invoice, 24_000, "wire-1")] * 4)
    assert _account(employer).credit_cents == 0
    _assert_books_agree(employer)


def test_ageing_names_who_owes_what_since_when(employer):
    issued(employer)
    with acting_as(FINANCE):
        [now_due] = queries.ageing(on=APRIL_3.date() + timedelta(days=30))
        [late] = queries.ageing(on=APRIL_3.date() + timedelta(days=70))
    assert now_due.cents["not_due"] == now_due.total_cents == 24_000
    assert late.cents["days_31_60"] == 24_000
    assert late.employer.startswith("Employer ")
