"""Months become drafts, once, and what is held back or pooled goes somewhere named."""

from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction

from billing.invoices import queries
from billing.invoices.models import BatchedContribution, ContributionBatch, Invoice, InvoiceLine
from billing.invoices.services import drafting, issuing
from billing.invoices.services.accounts import AccountExists, FeeIsAgreed, agree_fee
from billing.ledger.queries import balance
from billing.ledger.rules import Account, month_after
from tests.conftest import NOW
from tests.factories.books import (
    APRIL_3,
    FINANCE,
    MARCH,
    SIGNED,
    account_of,
    contribute,
    contribute_all,
    drafted,
    employer_with,
    find_drafted,
    issued,
)
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import NotFound
from workers.kernel.ids import new_id
from workers.timers.models import Timer

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def employer(db):
    """Thirty covered members, eight dollars each a month."""
    employer_id = employer_with(30)
    account_of(employer_id)
    return employer_id


def _lines(invoice):
    with acting_as(WORKER):
        return [
            (line.kind, line.quantity, line.unit_cents, line.amount_cents)
            for line in InvoiceLine.objects.filter(invoice=invoice)
        ]


def test_a_month_is_billed_per_covered_member(employer):
    draft = drafted(employer)
    assert (draft.status, draft.number, draft.total_cents) == ("draft", "", 24_000)
    assert _lines(draft) == [("member_fee", 30, 800, 24_000)]


def test_opening_an_account_waits_for_the_months_end(employer):
    with acting_as(WORKER):
        timer = Timer.objects.get(kind="billing.invoice.month-ended.v1")
    assert timer.due_at == datetime.fromisoformat("2026-04-01T12:00:00+00:00")
    assert timer.payload["month"] == "2026-03-01"
    drafted(employer)
    drafted(employer)
    with acting_as(WORKER):
        assert Timer.objects.filter(kind="billing.invoice.month-ended.v1").count() == 2
        assert Timer.objects.filter(kind="billing.invoice.issue-due.v1").count() == 1


def test_drafting_twice_makes_one(employer):
    contribute_all(employer, [60_000] * 11)
    assert drafted(employer) == drafted(employer)
    with acting_as(WORKER):
        assert ContributionBatch.objects.count() == 1


def test_eleven_contributions_are_shown_rounded_down_and_the_residual_waits(employer):
    contribute_all(employer, [60_007] * 11)
    draft = drafted(employer)
    assert _lines(draft)[1:] == [("contributions", 1, 650_000, 650_000)]
    with acting_as(WORKER):
        assert queries.residual_cents(employer) == 60_007 * 11 - 650_000
        assert queries.held_contributions(employer, before=month_after(MARCH)) == []


def test_what_was_left_of_one_batch_is_in_the_next(employer):
    contribute_all(employer, [60_007] * 11)
    drafted(employer)
    contribute_all(employer, [58_180] * 11, at=APRIL_3)  # alone they are below 6,500 dollars
    later = drafted(employer, date(2026, 4, 1), datetime.fromisoformat("2026-05-01T12:00:00+00:00"))
    assert _lines(later)[1:] == [("contributions", 1, 650_000, 650_000)]
    with acting_as(WORKER):
        assert queries.residual_cents(employer) == 11 * (60_007 + 58_180) - 2 * 650_000


def test_ten_are_held_back_until_there_are_eleven(employer):
    contribute_all(employer, [60_000] * 10)
    assert _lines(drafted(employer)) == [("member_fee", 30, 800, 24_000)]
    april = date(2026, 4, 1)
    contribute(employer, 60_000, at=APRIL_3)
    later = drafted(employer, april, datetime.fromisoformat("2026-05-01T12:00:00+00:00"))
    assert _lines(later)[1:] == [("contributions", 1, 650_000, 650_000)]


def test_what_comes_after_the_month_waits_for_the_next(employer):
    contribute_all(employer, [60_000] * 11, at=APRIL_3)
    assert len(_lines(drafted(employer))) == 1


def test_a_small_employers_contributions_are_pooled_after_a_year_and_never_shown(db):
    employer = employer_with(5)
    account_of(employer)
    contribute_all(employer, [60_000, 30_000])
    month = MARCH
    for _ in range(13):
        now = datetime.combine(month_after(month), NOW.timetz())
        shown = _lines(drafted(employer, month, now))
        assert shown == [("member_fee", 5, 800, 4_000)]
        month = month_after(month)
    with acting_as(WORKER):
        [batch] = ContributionBatch.objects.all()
        assert (batch.is_pooled, batch.total_cents, batch.month) == (True, 90_000, date(2027, 3, 1))
        assert balance(Account.POOLED_CONTRIBUTIONS) == 90_000
        assert balance(Account.RECEIVABLE_EMPLOYER_UNBILLED, employer_id=employer) == 0


def test_every_contribution_is_in_one_batch_ever(employer):
    contribute_all(employer, [60_000] * 11)
    drafted(employer)
    with acting_as(WORKER):
        kept = BatchedContribution.objects.all()[0]
        other = ContributionBatch.objects.create(
            employer_id=employer,
            month=MARCH,
            is_pooled=True,
            members=1,
            total_cents=0,
            shown_cents=0,
            residual_cents=0,
        )
        with pytest.raises(IntegrityError), transaction.atomic():
            BatchedContribution.objects.create(posting_id=kept.posting_id, batch=other)


def test_an_invoice_in_place_of_a_voided_one_shows_the_same_contributions(employer):
    """A new batch would be the old one and one more member: their difference would be that member."""
    contribute_all(employer, [60_000] * 11)
    first = issued(employer)
    with acting_as(FINANCE):
        issuing.void(invoice_id=first.pk, signature=SIGNED, now=APRIL_3)
    contribute(employer, 123_400)
    with acting_as(FINANCE):
        again = drafting.draft_again(employer_id=employer, month=MARCH, signature=SIGNED, now=APRIL_3)
    assert _lines(again) == _lines(first)
    assert again.pk != first.pk


def test_a_month_that_is_not_over_is_not_drafted_by_hand(employer):
    with pytest.raises(drafting.MonthNotOver), acting_as(FINANCE):
        drafting.draft_again(employer_id=employer, month=MARCH, signature=SIGNED, now=NOW)


def test_nobody_covered_nothing_billed(db):
    employer = employer_with(0)
    account_of(employer)
    assert find_drafted(employer) is None
    with pytest.raises(drafting.NothingToBill), acting_as(FINANCE):
        drafting.draft_again(employer_id=employer, month=MARCH, signature=SIGNED, now=APRIL_3)


def test_a_fee_counts_from_its_month_on(employer):
    with acting_as(FINANCE):
        agree_fee(employer_id=employer, fee_cents=900, month=date(2026, 4, 1), now=NOW)
    assert drafted(employer).total_cents == 24_000
    may = datetime.fromisoformat("2026-05-02T12:00:00+00:00")
    assert drafted(employer, date(2026, 4, 1), may).total_cents == 27_000


@pytest.mark.parametrize("month", [date(2026, 2, 1), MARCH])
def test_a_fee_is_not_agreed_for_the_past_or_twice(employer, month):
    with pytest.raises(FeeIsAgreed), acting_as(FINANCE):
        agree_fee(employer_id=employer, fee_cents=900, month=month, now=NOW)


def test_an_employer_has_one_account(employer):
    with pytest.raises(AccountExists):
        account_of(employer)
    with pytest.raises(NotFound):
        account_of(new_id())


def test_the_database_refuses_lines_that_do_not_sum_to_the_total(committed_db):
    employer = employer_with(3)
    account = account_of(employer)
    with pytest.raises(IntegrityError, match="do not sum to its total"), acting_as(WORKER):
        Invoice.objects.create(account=account, employer_id=employer, month=MARCH, total_cents=5)


def test_case_31_a_line_after_finalising_is_refused_by_the_database(committed_db):
    employer = employer_with(3)
    account_of(employer)
    draft = drafted(employer)
    with pytest.raises(IntegrityError, match="do not sum to its total"), acting_as(WORKER):
        InvoiceLine.objects.create(
            invoice=draft,
            employer_id=employer,
            number=9,
            kind="member_fee",
            description="one more",
            quantity=1,
            unit_cents=1,
            amount_cents=1,
        )


def test_not_even_the_owner_rewrites_or_deletes_an_invoice(committed_db):
    employer = employer_with(3)
    account_of(employer)
    drafted(employer)
    owner = connections["owner"]
    for statement, why in (
        ("DELETE FROM billing_invoice", "void it"),
        ("TRUNCATE billing_invoice CASCADE", "void it|append-only"),
        ("UPDATE billing_invoiceline SET amount_cents = 1", "append-only"),
    ):
        with pytest.raises(DatabaseError, match=why), owner.cursor() as cursor:
            cursor.execute(statement)
    owner.close()


def test_a_worker_does_not_change_a_total(employer):
    draft = drafted(employer)
    with pytest.raises(DatabaseError, match="never rewritten"), acting_as(WORKER):
        Invoice.objects.filter(pk=draft.pk).update(total_cents=1)


def test_drafts_are_issued_after_two_days(employer):
    draft = drafted(employer)
    with acting_as(WORKER):
        timer = Timer.objects.get(kind="billing.invoice.issue-due.v1")
    assert timer.due_at == APRIL_3 + timedelta(days=2)
    assert timer.payload["invoice_id"] == str(draft.pk)
