"""What waits in the engine, for health checks, operators and the demo. The caller acts as a worker or an operator."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from workers.deliveries.models import Delivery
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.leases import Leased, Status
from workers.outbox.models import Job

QUEUES: dict[str, type[Leased]] = {"jobs": Job, "deliveries": Delivery, "emails": Email}

# One statement, written out: health is asked often, and the ORM takes longer to build it than PostgreSQL to answer.
_QUEUE = """
SELECT '{name}',
       count(*) FILTER (WHERE status = {ready} AND due_at <= %(now)s AND NOT leased),
       count(*) FILTER (WHERE status = {ready} AND leased),
       count(*) FILTER (WHERE status = {ready} AND due_at > %(now)s AND NOT leased),
       count(*) FILTER (WHERE status = {dead}),
       min(due_at) FILTER (WHERE status = {ready} AND due_at <= %(now)s AND NOT leased)
FROM (SELECT *, coalesce(lease_until > %(machine_now)s, false) AS leased FROM {table} WHERE status <> {done}) AS open
"""
_WAITING = " UNION ALL ".join(
    _QUEUE.format(
        name=name, table=model._meta.db_table, ready=Status.READY.value, done=Status.DONE.value, dead=Status.DEAD.value
    )
    for name, model in QUEUES.items()
)
_TIMERS = """
SELECT (SELECT count(*) FROM workers_timer WHERE due_at <= %(now)s), (SELECT min(due_at) FROM workers_timer)
"""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Rows of one queue: `due` now, `leased` to a worker, `later` (backing off), `dead` (for a person)."""

    due: int
    leased: int
    later: int
    dead: int
    oldest_due_at: datetime | None


def waiting(*, now: datetime) -> dict[str, Waiting]:
    """Return what waits, per queue."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"now": now, "machine_now": clock.machine_now()})
        return {
            name: Waiting(due=due, leased=leased, later=later, dead=dead, oldest_due_at=oldest)
            for name, due, leased, later, dead, oldest in cursor.fetchall()
        }


def timers(*, now: datetime) -> tuple[int, datetime | None]:
    """Return how many timers should have fired by now, and when the earliest one is due."""
    with connection.cursor() as cursor:
        cursor.execute(_TIMERS, {"now": now})
        due, earliest = cursor.fetchone()
    return due, earliest
