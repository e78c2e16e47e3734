"""The books as files, judged by programs that are not ours."""

import csv
import io
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from beancount import loader
from beancount.core import data, realization
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.ledger import queries
from billing.ledger.rules import Account, credit, debit
from billing.ledger.services import Signature, post
from billing.ledger.services.exporting import account_name, amount, to_beancount, to_csv
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

MARCH = date(2026, 3, 1)
AT = datetime(2026, 3, 2, tzinfo=UTC)
accounts = st.sampled_from(list(Account))
moves = st.tuples(accounts, accounts, st.integers(1, 10**11), st.integers(-60, 60))


def _move(debited: Account, credited: Account, cents: int, days: int = 0, reason: str = "") -> UUID:
    """Post a journal about a member, whose id is returned."""
    member = new_id()
    post(
        business_key=f"move:{new_id()}",
        kind="move",
        legs=[debit(debited, cents, member_id=member), credit(credited, cents)],
        at=AT + timedelta(days=days),
        signature=Signature(user_id=None, reason=reason),
    )
    return member


def _loaded(text: str) -> realization.RealAccount:
    entries, errors, _ = loader.load_string(text)
    assert [error.message for error in errors] == []
    books: realization.RealAccount = realization.realize([one for one in entries if isinstance(one, data.Transaction)])
    return books


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(moves, max_size=8))
def test_beancount_finds_no_error_and_holds_what_our_running_totals_hold(db, sequence):
    with acting_as(WORKER), transaction.atomic():
        for move in sequence:
            _move(*move)
        books = _loaded(to_beancount(MARCH))
        held = queries.opening_balances(date(2026, 4, 1))
        transaction.set_rollback(True)
    for account in Account:
        found = realization.get(books, account_name(account))
        units = found.balance.get_currency_units("USD").number if found is not None else Decimal(0)
        assert units == Decimal(held.get(account, 0)) / 100


def test_bean_check_itself_accepts_the_file(as_worker, tmp_path):
    _move(Account.BANK, Account.STRIPE_BALANCE, 105, reason='a "quoted" \\ reason\nin two lines')
    _move(Account.BANK, Account.REVENUE, 99, days=-40)
    path = tmp_path / "books.beancount"
    path.write_text(to_beancount(MARCH))
    bean_check = Path(sys.executable).with_name("bean-check")
    done = subprocess.run([bean_check, path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_bean_check_notices_a_total_that_is_a_cent_off(as_worker):
    """Guards the test above: the assertions at the file's end do bite."""
    _move(Account.BANK, Account.REVENUE, 105)
    wrong = to_beancount(MARCH).replace("balance Assets:Bank  1.05 ~", "balance Assets:Bank  1.06 ~")
    _, errors, _ = loader.load_string(wrong)
    assert any("Balance failed for 'Assets:Bank'" in error.message for error in errors)


def test_csv_has_a_line_per_leg_without_members_and_formulas(as_worker):
    member = _move(Account.BANK, Account.STRIPE_BALANCE, 105, reason="=HYPERLINK()")
    rows = list(csv.DictReader(io.StringIO(to_csv(MARCH))))
    told = [(row["number"], row["account"], row["debit_cents"], row["credit_cents"], row["reason"]) for row in rows]
    assert told == [
        ("1000", "bank", "105", "0", "'=HYPERLINK()"),
        ("1050", "stripe_balance", "0", "105", "'=HYPERLINK()"),
    ]
    assert str(member) not in to_csv(MARCH) + to_beancount(MARCH)


@pytest.mark.parametrize(("cents", "text"), [(-105, "-1.05 USD"), (5, "0.05 USD"), (-5, "-0.05 USD"), (0, "0.00 USD")])
def test_amounts(cents, text):
    assert amount(cents) == text
