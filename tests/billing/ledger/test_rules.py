"""What makes legs a journal."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.ledger.rules import (
    CHART,
    Account,
    AccountType,
    BadJournal,
    Leg,
    check,
    credit,
    debit,
    first_of_month,
    month_after,
    month_before,
    safe_cell,
    without_zeros,
)

cents = st.integers(min_value=1, max_value=10**12)


@given(st.lists(cents, min_size=1, max_size=6))
def test_debits_and_one_credit_of_their_sum_are_a_journal(amounts):
    legs = [debit(Account.BANK, amount) for amount in amounts]
    check([*legs, credit(Account.STRIPE_BALANCE, sum(amounts))])


@given(st.lists(cents, min_size=1, max_size=6), st.integers(min_value=-1000, max_value=1000).filter(bool))
def test_a_journal_off_by_any_cent_is_refused(amounts, off):
    legs = [debit(Account.BANK, amount) for amount in amounts]
    total = sum(amounts) + off
    with pytest.raises(BadJournal):
        check([*legs, credit(Account.STRIPE_BALANCE, total)])


@pytest.mark.parametrize("legs", [[], [debit(Account.BANK, 0)], [debit(Account.BANK, 5)]])
def test_fewer_than_two_legs_are_refused(legs):
    with pytest.raises(BadJournal, match="two legs"):
        check(legs)


def test_a_leg_of_zero_cents_is_refused():
    with pytest.raises(BadJournal, match="zero cents"):
        check([debit(Account.BANK, 5), credit(Account.REVENUE, 5), debit(Account.BANK, 0)])


def test_currencies_do_not_balance_each_other():
    euros = Leg(account=Account.REVENUE, amount_cents=-5, currency="eur")
    with pytest.raises(BadJournal, match="'eur': -5"):
        check([debit(Account.BANK, 5), euros])


def test_zero_legs_can_be_left_out():
    legs = [debit(Account.BANK, 5), debit(Account.STRIPE_FEES, 0), credit(Account.REVENUE, 5)]
    assert without_zeros(legs) == [legs[0], legs[2]]


def test_the_chart_describes_every_account_and_numbers_each_once():
    assert set(CHART) == set(Account)
    assert {account.type for account in Account} == set(AccountType)
    assert len({entry.number for entry in CHART.values()}) == len(CHART)
    assert all(entry.meaning for entry in CHART.values())


@pytest.mark.parametrize(
    ("text", "cell"), [("=1+1", "'=1+1"), ("-5", "'-5"), ("\tx", "'\tx"), ("a=1", "a=1"), ("", "")]
)
def test_no_cell_is_a_formula(text, cell):
    assert safe_cell(text) == cell


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)))
def test_months_follow_each_other(day):
    first = first_of_month(day)
    assert first <= day < month_after(first)
    assert month_before(month_after(first)) == first
    assert month_after(first).day == 1
