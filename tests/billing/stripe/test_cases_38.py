"""Fault case 38 of docs/design/billing.md: a backup older than Stripe is restored, and nobody is charged again."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connections
from psycopg import sql

from billing.ledger.queries import balance
from billing.ledger.rules import Account
from billing.reconciliation.services.running import reconcile
from tests.billing.stripe.world import World
from tests.conftest import _point_at, _server
from tests.databases import drop
from workers.kernel import clock
from workers.timers.models import Timer


@pytest.fixture
def card(world: World) -> World:
    """A member with a good card."""
    world.store_card()
    return world


@contextmanager
def backup(world: World, name: str) -> Iterator[str]:
    """A copy of the database as it is now, under another name."""
    copy = f"{name}_backup"
    connections.close_all()
    with _server() as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(copy), sql.Identifier(name)))
        try:
            yield copy
        finally:
            _point_at(name)
            drop(server, copy)


def restore(copy: str) -> None:
    """Go on with the copy."""
    connections.close_all()
    _point_at(copy)


@pytest.mark.parametrize("has_rounds", [True, False])
@pytest.mark.parametrize("days", [0, 9])
def test_case_38_a_backup_older_than_stripe_is_restored_and_nobody_is_charged_again(
    card: World, committed_db: str, days: int, has_rounds: bool
) -> None:
    card.agree(9_000, 2)
    with backup(card, committed_db) as copy:
        card.run()
        card.run_for(days=days)
        paid = card.charged()
        restore(copy)
        card.deafen()  # Stripe has told everything already
        if not has_rounds:  # an attempt that is late looks for itself
            card.read(Timer.objects.filter(kind="billing.stripe-round.due.v1").delete)
        card.recover()
        assert card.charged() == paid
        assert card.instalments() == ["paid", "paid" if days else "scheduled"]
        if not has_rounds:  # an answer that is given again shows no fee: it comes with the night's comparison
            reconcile(on=clock.now().date(), now=clock.now())
        card.assert_books(sum(paid))


def test_case_38_money_of_a_plan_that_the_backup_never_had_is_booked_and_a_person_looks(
    card: World, committed_db: str
) -> None:
    with backup(card, committed_db) as copy:
        card.agree(9_000)
        card.run()
        restore(copy)
        card.deafen()
        card.advance(hours=3)
        card.run()
        assert card.items() == ["orphan_payment"]
        assert card.read(lambda: balance(Account.CUSTOMER_CREDIT)) == -9_000
        assert (card.kept(), card.ledger()) == (9_000, 9_000)


def test_case_38_a_refund_that_the_backup_never_had_is_taken_over(card: World, committed_db: str) -> None:
    card.agree(9_000)
    card.run()
    with backup(card, committed_db) as copy:
        card.advance(hours=7)
        card.work()
        card.refund(4_000)
        card.run()
        restore(copy)
        card.deafen()
        card.advance(hours=1)
        card.run()
        assert card.refunds() == ["succeeded"]
        card.assert_books(5_000)
