"""What waits in the engine, for health checks, metrics, operators and the demo. The caller acts as worker or operator.

Each is one statement, written out: health is asked often, and the ORM takes longer to build one than PostgreSQL to
answer. Ready rows and stuck ones are counted by indexes of their own, so that what is done costs nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from workers.deliveries.claiming import AS_HELD_BACK
from workers.deliveries.models import OpenDelivery
from workers.emails.models import Email
from workers.events import LANES
from workers.kernel import clock
from workers.kernel.leases import Leased, Status
from workers.outbox.models import Job

_TABLES = {"deliveries": AS_HELD_BACK}
QUEUES: dict[str, type[Leased]] = {"jobs": Job, "deliveries": OpenDelivery, "emails": Email}
_LANES = {"jobs": "lane", "deliveries": "'webhooks'", "emails": "'mail'"}

_QUEUE = """
SELECT '{name}' AS queue, {lane} AS lane,
       count(*) FILTER (WHERE due_at <= %(now)s AND NOT leased) AS due,
       count(*) FILTER (WHERE leased) AS leased,
       count(*) FILTER (WHERE due_at > %(now)s AND NOT leased) AS later,
       0 AS parked, 0 AS dead,
       min(due_at) FILTER (WHERE due_at <= %(now)s AND NOT leased) AS oldest
FROM (SELECT *, coalesce(lease_until > %(machine_now)s, false) AS leased FROM {table} WHERE status = {ready}) AS ready
GROUP BY 2
UNION ALL
SELECT '{name}', {lane}, 0, 0, 0,
       count(*) FILTER (WHERE status = {parked}), count(*) FILTER (WHERE status = {dead}), NULL
FROM {table} WHERE status IN ({parked}, {dead}) GROUP BY 2
"""
_WAITING = " UNION ALL ".join(
    _QUEUE.format(
        name=name,
        lane=_LANES[name],
        table=_TABLES.get(name, model._meta.db_table),
        ready=Status.READY.value,
        parked=Status.PARKED.value,
        dead=Status.DEAD.value,
    )
    for name, model in QUEUES.items()
)
_TIMERS = """
SELECT (SELECT count(*) FROM workers_timer WHERE due_at <= %(now)s), (SELECT min(due_at) FROM workers_timer)
"""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Rows of one queue: `due` now, `leased` to a worker, `later` (backing off), `parked` behind a dead row, `dead`."""

    due: int = 0
    leased: int = 0
    later: int = 0
    parked: int = 0
    dead: int = 0
    oldest_due_at: datetime | None = None

    def __add__(self, other: "Waiting") -> "Waiting":
        return Waiting(
            due=self.due + other.due,
            leased=self.leased + other.leased,
            later=self.later + other.later,
            parked=self.parked + other.parked,
            dead=self.dead + other.dead,
            oldest_due_at=min(filter(None, (self.oldest_due_at, other.oldest_due_at)), default=None),
        )


def waiting_by_lane(*, now: datetime) -> dict[tuple[str, str], Waiting]:
    """Return what waits, per (queue, lane), of every lane."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"now": now, "machine_now": clock.machine_now()})
        return _add((queue, lane, _waiting(counts)) for queue, lane, *counts in cursor.fetchall())


def waiting(*, now: datetime) -> dict[str, Waiting]:
    """Return what waits, per queue, of every queue."""
    queues = dict.fromkeys(QUEUES, Waiting())
    for (queue, _), rows in waiting_by_lane(now=now).items():
        queues[queue] += rows
    return queues


def timers(*, now: datetime) -> tuple[int, datetime | None]:
    """Return how many timers should have fired by now, and when the earliest one is due."""
    with connection.cursor() as cursor:
        cursor.execute(_TIMERS, {"now": now})
        due, earliest = cursor.fetchone()
    return due, earliest


def _waiting(counts: list[Any]) -> Waiting:
    due, leased, later, parked, dead, oldest = counts
    return Waiting(due=due, leased=leased, later=later, parked=parked, dead=dead, oldest_due_at=oldest)


def _add(rows: Iterable[tuple[str, str, Waiting]]) -> dict[tuple[str, str], Waiting]:
    lanes = {("jobs", lane): Waiting() for lane in LANES}
    lanes |= {("deliveries", "webhooks"): Waiting(), ("emails", "mail"): Waiting()}
    for queue, lane, counts in rows:
        lanes[queue, lane] = lanes.get((queue, lane), Waiting()) + counts
    return lanes
