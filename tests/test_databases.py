"""The copy that tests share is as new for each, whatever the one before it left there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections

from billing.ledger.models import Journal
from billing.ledger.rules import Account, credit, debit
from billing.ledger.services import post
from tests.conftest import NOW
from tests.databases import Fresh
from workers.kernel.actor import WORKER, acting_as
from workers.outbox.models import Job


def _by_owner(*statements: str) -> None:
    with connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connections["owner"].close()


def _rows() -> None:
    with acting_as(WORKER):
        legs = [debit(Account.BANK, 5), credit(Account.STRIPE_BALANCE, 5)]
        post(business_key="k", kind="x", legs=legs, at=NOW)


def _column() -> None:
    _by_owner("ALTER TABLE billing_journal ADD COLUMN colour text")


def _rule() -> None:
    _by_owner("ALTER TABLE billing_journal DISABLE TRIGGER journal_no_truncate")


def _given() -> None:
    _by_owner("DELETE FROM auth_permission")


def _session() -> None:
    """Of a process that was killed, or of a browser's last request; nobody holds on to it on purpose."""
    _column()
    gone = connection.get_new_connection(connection.get_connection_params())
    gone.execute("BEGIN")
    _sessions.append(gone)


_sessions: list[Any] = []


@pytest.mark.parametrize("left", [_rows, _column, _rule, _given, _session])
def test_what_a_test_leaves_is_gone_before_the_next(
    committed_db: str, fresh_database: Fresh, left: Callable[[], None]
) -> None:
    left()
    connection.close()
    fresh_database.renew()
    while _sessions:
        _sessions.pop().close()
    with acting_as(WORKER):
        assert not Journal.objects.exists()
        assert not Job.objects.exists()
    with connections["owner"].cursor() as owner:
        owner.execute("SELECT count(*) FROM auth_permission")
        assert owner.fetchone()[0] > 0
        owner.execute("SELECT count(*) FROM information_schema.columns WHERE column_name = 'colour'")
        assert owner.fetchone()[0] == 0
        owner.execute("SELECT tgenabled FROM pg_trigger WHERE tgname = 'journal_no_truncate'")
        assert owner.fetchone()[0] == "O"
