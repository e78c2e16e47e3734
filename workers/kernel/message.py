"""A transaction that goes to the database in one message, BEGIN and COMMIT included, and is waited for once."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection
from psycopg import generators
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.waiting import READY_R

from workers.kernel.actor import Actor, acting_as, assuming

Statement = tuple[str, Mapping[str, Any]]
Rows = list[tuple[Any, ...]]


class Answers:
    """What the server answers to a message, for who does something else meanwhile.

    It answers in pieces: rows are on their way before the COMMIT is on disk, and only then has all come.
    """

    def __init__(self, line: Any) -> None:
        """All was said to the server: what stayed with us, it would wait for while we wait for its answer."""
        self._line = line
        self._coming = generators.fetch_many(line.pgconn)
        self._results: list[Any] | None = None
        self._go_on(None)

    def fileno(self) -> int:
        """What is readable when more has come."""
        return int(self._line.fileno())

    @property
    def have_come(self) -> bool:
        """Whether all has been taken: the server is done."""
        return self._results is not None

    def take(self) -> None:
        """Take what there is to read."""
        if self._results is None:
            self._go_on(READY_R)

    def rows(self) -> list[Rows]:
        """Wait for what has not come yet; the rows of each of the message's statements. Raises what one of them did."""
        results = self._line.wait(self._coming) if self._results is None else self._results
        for result in results:
            if result.status == ExecStatus.FATAL_ERROR:
                raise error_from_result(result)
        return [self._loaded(result) for result in results]

    def _go_on(self, ready: Any) -> None:
        try:
            self._coming.send(ready)
        except StopIteration as end:
            self._results = end.value

    def _loaded(self, result: Any) -> Rows:
        loading = Transformer(self._line)
        loading.set_pgresult(result)
        return loading.load_rows(0, result.ntuples, tuple) if result.ntuples else []


def in_one_message(
    actor: Actor, *statements: Statement, meanwhile: Callable[[Answers], object] = lambda _: None
) -> list[Rows]:
    """Run statements as `actor` in a transaction of their own, and return the rows of each.

    Nothing is prepared for a second use, which takes the server half the time. `meanwhile` is done while the server is
    at work. Inside an open transaction it is `acting_as`.
    """
    if connection.in_atomic_block:
        with acting_as(actor), connection.cursor() as cursor:
            return [_run(cursor, statement) for statement in statements]
    connection.ensure_connection()
    try:
        with connection.wrap_database_errors:
            return _in_one_message(connection.connection, actor, statements, meanwhile)
    except BaseException:
        connection.close()  # nobody knows in which state it is; what was not committed is rolled back
        raise


def _run(cursor: Any, statement: Statement) -> Rows:
    cursor.execute(*statement)
    return list(cursor.fetchall())


def _in_one_message(
    line: Any, actor: Actor, statements: tuple[Statement, ...], meanwhile: Callable[[Answers], object]
) -> list[Rows]:
    """psycopg's own generators, for its cursors do not return before the answer."""
    bind = line.cursor().mogrify
    words = ["BEGIN", bind(*assuming(actor)), *(bind(*statement) for statement in statements), "COMMIT"]
    line.pgconn.send_query("; ".join(words).encode())
    line.wait(generators.send(line.pgconn))
    answers = Answers(line)
    meanwhile(answers)
    return answers.rows()[2:-1]
