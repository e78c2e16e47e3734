"""Who acts, for which tenant: a PostgreSQL role and settings that hold for one transaction.

The app's login owns nothing and may read nothing; only as an actor does a query succeed, and row-level security
shows that actor its own rows. `SET LOCAL` semantics, never `SET`: a session's setting would leak through a pool.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from psycopg import generators
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus


class Role(StrEnum):
    """The PostgreSQL roles; migrations create them."""

    AUTH = "act_auth"  # not yet known who: sign-in, invitations, senders of webhooks before they are believed
    HR = "act_hr"
    EMPLOYEE = "act_employee"
    CLINIC = "act_clinic"
    OPERATOR = "act_operator"
    WORKER = "act_worker"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A role and the tenant it acts for; each id narrows the rows that policies show.

    `permissions` are what its user may do besides reading, for policies that ask (permissions.needs_permission).
    """

    role: Role
    user: UUID | None = None
    employer: UUID | None = None
    member: UUID | None = None
    clinic: UUID | None = None
    permissions: tuple[str, ...] = ()


AUTH = Actor(role=Role.AUTH)
WORKER = Actor(role=Role.WORKER)

_SETTINGS = ("role", "app.user", "app.employer", "app.member", "app.clinic", "app.permissions")
_ASSUME = "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in _SETTINGS)
_READ = "SELECT " + ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in _SETTINGS)


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Run the block as `actor` in one transaction, or in a savepoint of the open one.

    Inside an open transaction the former actor is restored at the end. A failed block rolls back to the
    savepoint, and PostgreSQL restores the settings with it.
    """
    if not connection.in_atomic_block:
        with _begun(actor):
            yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_READ)
        former = cursor.fetchone()
        cursor.execute(_ASSUME, _settings(actor))
        yield
        if not connection.needs_rollback:  # the rollback to the savepoint restores them, too
            connection.cursor().execute(_ASSUME, former)


def in_one_message(
    actor: Actor, statement: str, bound: Mapping[str, Any], *, meanwhile: Callable[[], object] = lambda: None
) -> str:
    """Run a statement as `actor` in a transaction of its own, and return the one text that it answers.

    For one statement about few rows (several are for `pipelined`): it goes to the server in one message with BEGIN and
    COMMIT, and is not prepared for a second use, which takes the server half the time. `meanwhile` is done while it is
    at work. Inside an open transaction it is `acting_as`.
    """
    if connection.in_atomic_block:
        with acting_as(actor), connection.cursor() as cursor:
            cursor.execute(statement, bound)
            return str(cursor.fetchone()[0])
    connection.ensure_connection()
    try:
        with connection.wrap_database_errors:
            return _in_one_message(connection.connection, actor, (statement, bound), meanwhile)
    except BaseException:
        connection.close()  # nobody knows in which state it is; what was not committed is rolled back
        raise


@contextmanager
def pipelined(actor: Actor, *, meanwhile: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Run the block's statements as `actor` in one transaction, sent with BEGIN and COMMIT in one go.

    For several statements, and for one that is worth planning once. The server is waited for once, at the end: only
    then have the block's cursors their rows, and an error is raised. `meanwhile` is done while it is at work; all was
    said to it by then. Inside an open transaction it is `acting_as`.
    """
    if connection.in_atomic_block:
        with acting_as(actor):
            yield
        return
    connection.ensure_connection()
    try:
        with connection.wrap_database_errors, connection.connection.pipeline():
            cursor = connection.cursor()
            cursor.execute("BEGIN")
            cursor.execute(_ASSUME, _settings(actor))
            yield
            cursor.execute("COMMIT")
            meanwhile()
    except BaseException:
        connection.close()  # nobody knows in which state it is; what was not committed is rolled back
        raise


def ask_for_answers() -> int:
    """Have the server answer what it was told as soon as it can; returns the descriptor that is readable then.

    For who waits for other things beside it, `meanwhile`: by itself the server keeps what it has to say to the end.
    All is sent before it returns: what stayed with us, the server would wait for while we wait for its answer.
    """
    line: Any = connection.connection
    line.pgconn.send_flush_request()
    line.wait(generators.send(line.pgconn))
    return int(line.fileno())


def _in_one_message(
    line: Any, actor: Actor, asked: tuple[str, Mapping[str, Any]], meanwhile: Callable[[], object]
) -> str:
    """psycopg's own generators, for its cursors do not return before the answer."""
    bind = line.cursor().mogrify
    words = "; ".join(["BEGIN", bind(_ASSUME, _settings(actor)), bind(*asked), "COMMIT"])
    line.pgconn.send_query(words.encode())
    line.wait(generators.send(line.pgconn))
    meanwhile()
    results = line.wait(generators.fetch_many(line.pgconn))
    for result in results:
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result)
    return str(results[2].get_value(0, 0).decode())


def _begun(actor: Actor) -> ExitStack:
    """Begin a transaction as `actor`.

    A kept connection that died meanwhile is noticed by its first statement, which is this one, and replaced: that
    saves the question whether it lives (CONN_HEALTH_CHECKS) before every transaction.
    """
    was_open = connection.connection is not None
    try:
        return _begin(actor)
    except (OperationalError, InterfaceError):
        connection.close()
        if not was_open:
            raise
        return _begin(actor)


def _begin(actor: Actor) -> ExitStack:
    """BEGIN goes along with the actor in one message: one wait for the server and not two."""
    with ExitStack() as stack:
        stack.enter_context(transaction.atomic())
        with connection.wrap_database_errors, connection.connection.pipeline():
            connection.cursor().execute(_ASSUME, _settings(actor))
        return stack.pop_all()


def _settings(actor: Actor) -> list[str]:
    ids = [_setting(v) for v in (actor.role, actor.user, actor.employer, actor.member, actor.clinic)]
    return [*ids, ",".join(actor.permissions)]


def _setting(value: object) -> str:
    return "" if value is None else str(value)
