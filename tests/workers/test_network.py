"""Every door to another system refuses while a transaction is open, however it was opened."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from django.core import mail
from django.db import connection, transaction

from billing.stripe import client as stripe
from tests.workers.deliveries.sending_one import post
from workers.deliveries import sending as deliveries
from workers.emails import sending as emails
from workers.emails.queueing import queue_email
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.network import InsideTransaction, refuse_inside_transaction

pytestmark = pytest.mark.usefixtures("committed_db")


@contextmanager
def by_hand():
    """A transaction that Django knows nothing of."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        yield
        cursor.execute("ROLLBACK")


@contextmanager
def failed():
    """One that has to be rolled back."""
    with by_hand():
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.connection.execute("SELECT 1 / 0")
        yield


@contextmanager
def without_autocommit():
    transaction.set_autocommit(False)
    connection.cursor().execute("SELECT 1")
    yield
    transaction.rollback()
    transaction.set_autocommit(True)


def on_another_connection():
    return transaction.atomic(using="owner")


def as_worker():
    return acting_as(WORKER)


TRANSACTIONS = [as_worker, transaction.atomic, by_hand, failed, without_autocommit, on_another_connection]
DOORS = [
    lambda: post("http://127.0.0.1:9/", headers={}, body=b""),
    deliveries.send_due,
    lambda: stripe.get_payment_intent("pi_1"),
    lambda: next(stripe.list_payment_intents(customer_id="cus_1")),
]


@pytest.mark.parametrize("opened", TRANSACTIONS)
def test_a_transaction_is_noticed(opened):
    with opened(), pytest.raises(InsideTransaction, match="The clinic is never called inside a transaction"):
        refuse_inside_transaction("The clinic")
    refuse_inside_transaction("The clinic")


@pytest.mark.parametrize("door", DOORS)
def test_a_door_refuses(door):
    with acting_as(WORKER), pytest.raises(InsideTransaction):
        door()


def test_no_email_is_sent_inside_a_transaction():
    with acting_as(WORKER):
        queue_email(key="k", to="a@home.example", template="benefits/sign_in_changed", context={}, now=clock.now())
    with pytest.raises(InsideTransaction), acting_as(WORKER):
        emails.send_due()
    assert mail.outbox == []
    emails.send_due()
    assert len(mail.outbox) == 1


def test_what_others_have_open_is_no_matter():
    with acting_as(WORKER), ThreadPoolExecutor(1) as pool:
        assert pool.submit(refuse_inside_transaction, "The clinic").result(10) is None


def test_a_connection_that_was_lost_holds_no_lock():
    connection.ensure_connection()
    connection.connection.pgconn.finish()
    refuse_inside_transaction("The clinic")
    connection.close()
    refuse_inside_transaction("The clinic")
