"""Months of the books are closed in their order, and nothing is booked in a closed one."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.ledger import queries
from billing.ledger.models import BookClosing, Journal
from billing.ledger.rules import Account, credit, debit
from billing.ledger.services import Signature, post
from billing.ledger.services.closing import MonthClosed, MonthNotOver, MonthOpen, close, reopen
from billing.ledger.services.posting import ReasonMissing
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id

NOW = datetime(2026, 4, 3, 12, tzinfo=UTC)
FEBRUARY, MARCH, APRIL = date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)
BY_ME = Signature(user_id=None, reason="the accountant has checked it")


def _post(at: datetime, cents: int = 500) -> Journal:
    legs = [debit(Account.BANK, cents), credit(Account.REVENUE, cents)]
    return post(business_key=f"k:{new_id()}", kind="k", legs=legs, at=at)


def test_what_happened_in_a_closed_month_is_booked_at_the_first_open_instant(as_worker):
    close(month=MARCH, signature=BY_ME, now=NOW)
    late = datetime(2026, 3, 31, 23, 59, tzinfo=UTC)
    journal = _post(late)
    assert journal.at == datetime(2026, 4, 1, tzinfo=UTC)
    assert journal.occurred_at == late
    assert queries.opening_balances(APRIL) == {}
    assert queries.balance(Account.BANK) == 500


def test_what_happens_later_is_booked_when_it_happens(as_worker):
    close(month=MARCH, signature=BY_ME, now=NOW)
    assert _post(NOW).at == NOW


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.timedeltas(timedelta(days=-100), timedelta(days=60)), max_size=6),
    st.sampled_from([FEBRUARY, MARCH]),
)
def test_a_closed_month_never_changes(db, distances, month):
    with acting_as(WORKER), transaction.atomic():
        _post(datetime(2026, 2, 5, tzinfo=UTC), 123)
        closing = close(month=month, signature=BY_ME, now=NOW)
        for distance in distances:
            _post(NOW + distance)
        held = {t.account.value: t.balance_cents for t in queries.trial_balance(through=month) if t.balance_cents}
        assert held == closing.balances
        transaction.set_rollback(True)


def test_a_reopened_month_takes_postings_again_and_both_acts_are_kept(as_worker):
    close(month=MARCH, signature=BY_ME, now=NOW)
    reopen(month=MARCH, signature=Signature(user_id=None, reason="a clinic's bill came late"), now=NOW)
    assert queries.closed_through() == date(2026, 2, 28)
    at = datetime(2026, 3, 9, tzinfo=UTC)
    assert _post(at).at == at
    told = [(row.is_reopening, row.closed_through, row.reason) for row in queries.list_closings()]
    assert told == [
        (True, date(2026, 2, 28), "a clinic's bill came late"),
        (False, date(2026, 3, 31), "the accountant has checked it"),
    ]


def test_a_month_that_is_not_over_stays_open(as_worker):
    with pytest.raises(MonthNotOver, match="April 2026 ends on 2026-04-30"):
        close(month=APRIL, signature=BY_ME, now=NOW)


def test_what_is_closed_is_not_closed_again_and_what_is_open_not_opened(as_worker):
    with pytest.raises(MonthOpen):
        reopen(month=MARCH, signature=BY_ME, now=NOW)
    close(month=MARCH, signature=BY_ME, now=NOW)
    for month in (FEBRUARY, MARCH):
        with pytest.raises(MonthClosed, match="2026-03-31"):
            close(month=month, signature=BY_ME, now=NOW)


@pytest.mark.parametrize("act", [close, reopen])
def test_neither_is_done_without_a_reason(as_worker, act):
    if act is reopen:
        close(month=MARCH, signature=BY_ME, now=NOW)
    with pytest.raises(ReasonMissing):
        act(month=MARCH, signature=Signature(user_id=None, reason="  "), now=NOW)


def test_an_operator_closes_in_their_own_name_only(db):
    operator = Actor(role=Role.OPERATOR, user=new_id())
    with pytest.raises(IntegrityError, match="carries its author"), acting_as(operator):
        close(month=MARCH, signature=Signature(user_id=new_id(), reason="x"), now=NOW)
    with acting_as(operator):
        close(month=MARCH, signature=Signature(user_id=operator.user, reason="x"), now=NOW)


def test_the_history_is_not_rewritten_by_the_owner_either(committed_db):
    with acting_as(WORKER):
        close(month=MARCH, signature=BY_ME, now=NOW)
    owner = connections["owner"]
    for statement in ("UPDATE billing_bookclosing SET closed_through = NULL", "DELETE FROM billing_bookclosing"):
        with pytest.raises(DatabaseError, match="close or reopen a month by a new row"), owner.cursor() as cursor:
            cursor.execute(statement)
    owner.close()
    with acting_as(WORKER):
        assert BookClosing.objects.count() == 1


def test_whoever_closes_waits_for_those_who_are_posting(committed_db):
    """A posting that began before the closing is in what was closed; none slips in after the sums were taken."""
    closed: list[BookClosing] = []
    at = datetime(2026, 3, 30, tzinfo=UTC)

    def close_march() -> None:
        try:
            with acting_as(WORKER):
                closed.append(close(month=MARCH, signature=BY_ME, now=NOW))
        finally:
            connection.close()

    closer = threading.Thread(target=close_march)
    with acting_as(WORKER):
        _post(at)
        closer.start()
        closer.join(timeout=0.5)
        assert closer.is_alive(), "it closed the month under an open posting"
    closer.join(timeout=20)
    assert closed[0].balances == {"bank": 500, "revenue": -500}
    with acting_as(WORKER):
        assert _post(at + timedelta(hours=1)).at == datetime(2026, 4, 1, tzinfo=UTC)
