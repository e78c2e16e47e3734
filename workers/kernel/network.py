"""The rule of every door to another system: whoever waits for an answer holds no lock of ours.

A transaction that waits for the network keeps its locks and its snapshot for as long as the other side pleases.
"""

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus

# psycopg knows it from the last answer: nothing is asked of the server.
_OPEN = (TransactionStatus.ACTIVE, TransactionStatus.INTRANS, TransactionStatus.INERROR)


class InsideTransaction(RuntimeError):
    """A defect of the caller: another system was to be called while a transaction was open."""


def refuse_inside_transaction(door: str) -> None:
    """Raise InsideTransaction when this thread has a transaction open on any connection; `door` names who refuses.

    Call it in the thread that may hold one: a thread of a pool has connections of its own, and sees nothing.
    """
    for connection in connections.all(initialized_only=True):
        if _is_open(connection):
            raise InsideTransaction(
                f"{door} is never called inside a transaction: its locks would wait for the network. "
                "Commit first, and let an external reaction call."
            )


def _is_open(connection: BaseDatabaseWrapper) -> bool:
    """Whether a block is open in Django's eyes, or a transaction in the server's, begun by hand."""
    if connection.in_atomic_block or connection.connection is None:
        return connection.in_atomic_block
    return connection.connection.info.transaction_status in _OPEN
