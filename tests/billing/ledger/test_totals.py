"""Running totals are the sum of the postings, whatever was posted, by however many at once."""

import random
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.ledger import queries
from billing.ledger.models import SLOTS, Journal, RunningTotal
from billing.ledger.rules import Account, credit, debit
from billing.ledger.services import post, reverse
from tests.racing import at_once
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id

AT = datetime(2026, 3, 2, tzinfo=UTC)
accounts = st.sampled_from(list(Account))
# (debited, credited, cents, days after AT, whether it is taken back)
moves = st.tuples(accounts, accounts, st.integers(1, 10**12), st.integers(-400, 400), st.booleans())


def _move(debited: Account, credited: Account, cents: int, days: int = 0) -> Journal:
    legs = [debit(debited, cents), credit(credited, cents)]
    return post(business_key=f"move:{new_id()}", kind="move", legs=legs, at=AT + timedelta(days=days))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(moves, max_size=12))
def test_after_any_sequence_the_totals_are_the_sums_of_the_postings(db, sequence):
    with acting_as(WORKER), transaction.atomic():
        for debited, credited, cents, days, is_taken_back in sequence:
            journal = _move(debited, credited, cents, days)
            if is_taken_back:
                reverse(journal=journal, business_key=f"r:{journal.pk}", kind="reversed", at=AT)
        found = queries.trial_balance()
        assert found == queries.recomputed_trial_balance()
        assert sum(total.balance_cents for total in found) == 0
        assert sum(total.debit_cents for total in found) == sum(total.credit_cents for total in found)
        transaction.set_rollback(True)


def test_many_that_post_at_once_to_the_same_accounts_lose_no_cent_and_do_not_deadlock(committed_db):
    """Each transaction posts several journals over the same accounts in an order of its own, and some roll back."""
    names = [Account.STRIPE_BALANCE, Account.BANK, Account.REVENUE, Account.STRIPE_FEES]

    def work(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - not for secrets
        for _ in range(12):
            with acting_as(WORKER):
                for _ in range(3):
                    debited, credited = chance.sample(names, 2)
                    _move(debited, credited, chance.randint(1, 1000))
                transaction.set_rollback(chance.random() < 0.2)

    at_once(*[partial(work, seed) for seed in range(8)])
    with acting_as(WORKER):
        assert queries.trial_balance() == queries.recomputed_trial_balance()
        assert sum(total.balance_cents for total in queries.trial_balance()) == 0
        slots = set(RunningTotal.objects.values_list("slot", flat=True))
    assert len(slots) > 1
    assert slots <= set(range(SLOTS))


def test_whoever_posts_waits_for_nobody_else(committed_db):
    """Two transactions that are both open post to the same accounts."""
    with acting_as(WORKER):
        _move(Account.BANK, Account.REVENUE, 5)
        posted = threading.Event()

        def other() -> None:
            try:
                with acting_as(WORKER):
                    _move(Account.BANK, Account.REVENUE, 7)
                posted.set()
            finally:
                connection.close()

        thread = threading.Thread(target=other)
        thread.start()
        assert posted.wait(timeout=10), "it waited for the transaction of the test"
        thread.join()
    with acting_as(WORKER):
        assert queries.balance(Account.BANK) == 12


@pytest.mark.parametrize("actor", [WORKER, Actor(role=Role.OPERATOR)])
def test_nobody_writes_a_total_by_hand(db, actor):
    with pytest.raises(DatabaseError, match="follow the postings"), acting_as(actor):
        RunningTotal.objects.create(
            account="bank", currency="usd", month=AT.date(), slot=0, debit_cents=1, credit_cents=0, postings=1
        )
    with pytest.raises(DatabaseError, match="follow the postings"), acting_as(actor):
        RunningTotal.objects.update(debit_cents=1)


def test_not_even_the_owner_does(committed_db):
    owner = connections["owner"]
    for statement in ("DELETE FROM billing_runningtotal", "TRUNCATE billing_runningtotal"):
        with pytest.raises(DatabaseError, match="follow the postings"), owner.cursor() as cursor:
            cursor.execute(statement)
    owner.close()


def test_a_statement_begins_with_what_was_held_and_adds_line_by_line(as_worker):
    _move(Account.BANK, Account.REVENUE, 1000, days=-40)
    for cents in (30, 20, 10):
        _move(Account.BANK, Account.REVENUE, cents)
    _move(Account.REVENUE, Account.BANK, 5, days=3)
    _move(Account.BANK, Account.REVENUE, 77, days=60)
    whole = queries.statement(Account.BANK, month=AT.date())
    assert whole.opening_cents == 1000
    assert [line.balance_cents for line in whole.lines] == [1030, 1050, 1060, 1055]
    assert whole.closing_cents == 1055
    assert whole.is_last


def test_pages_of_a_statement_join_without_gap(as_worker):
    for cents in range(1, 8):
        _move(Account.BANK, Account.REVENUE, cents, days=cents % 3)
    whole = queries.statement(Account.BANK, month=AT.date())
    after: UUID | None = None
    lines: list[queries.StatementLine] = []
    for _ in range(4):
        page = queries.statement(Account.BANK, month=AT.date(), after=after, limit=2)
        assert page.opening_cents == (lines[-1].balance_cents if lines else 0)
        lines += page.lines
        after = lines[-1].posting.pk
    assert lines == whole.lines
    assert page.is_last


def test_a_trial_balance_through_a_month_leaves_later_ones_out(as_worker):
    _move(Account.BANK, Account.REVENUE, 100, days=-30)
    _move(Account.BANK, Account.REVENUE, 7)
    [bank] = [t for t in queries.trial_balance(through=AT.date() - timedelta(days=30)) if t.account == Account.BANK]
    assert bank.balance_cents == 100
