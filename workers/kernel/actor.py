"""Who acts, for which tenant: a PostgreSQL role and settings that hold for one transaction.

The app's login owns nothing and may read nothing; only as an actor does a query succeed, and row-level security
shows that actor its own rows. `SET LOCAL` semantics, never `SET`: a session's setting would leak through a pool.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction


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
        cursor.execute(*assuming(actor))
        yield
        if not connection.needs_rollback:  # the rollback to the savepoint restores them, too
            connection.cursor().execute(_ASSUME, former)


def assuming(actor: Actor) -> tuple[str, list[str]]:
    """The statement, and what is bound to it, by which a transaction that was begun acts as `actor`."""
    return _ASSUME, _settings(actor)


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
            connection.cursor().execute(*assuming(actor))
        return stack.pop_all()


def _settings(actor: Actor) -> list[str]:
    ids = [_setting(v) for v in (actor.role, actor.user, actor.employer, actor.member, actor.clinic)]
    return [*ids, ",".join(actor.permissions)]


def _setting(value: object) -> str:
    return "" if value is None else str(value)
