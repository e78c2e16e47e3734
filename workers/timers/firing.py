"""Firing: due timers become events."""

from datetime import datetime
from time import monotonic
from typing import Any

from django.db import connection

from workers.events import list_events, list_reactions
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.bells import ring
from workers.kernel.metrics import count_timers

BATCH = 500

_IS_DUE = "SELECT EXISTS (SELECT FROM workers_timer WHERE due_at <= %s)"  # nearly every tick ends with this look

# A timer is deleted and its event and jobs are inserted by one statement, so it fires once. It is its event's
# aggregate itself: it happens once and is in no order with its subject's events. One of a kind that this process does
# not know is left for those that do, as while a new version is brought out.
_FIRE = """
WITH due AS MATERIALIZED (
    SELECT id FROM workers_timer WHERE due_at <= %(now)s AND kind = ANY(%(known)s)
    ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED),
fired AS (
    DELETE FROM workers_timer AS timer USING due WHERE timer.id = due.id RETURNING timer.*),
event AS (
    INSERT INTO workers_event
        (id, type, aggregate_type, aggregate_id, aggregate_version, tenant_id, occurred_at, data, trace)
    SELECT id, kind, 'workers.timer', id, 1, tenant_id, due_at, payload, trace FROM fired),
job AS (
    INSERT INTO workers_job (lane, event_id, consumer, ordering_key, seq, status, due_at, attempts, last_error)
    SELECT lane, fired.id, consumer, fired.id, 1, 0, due_at, 0, ''
    FROM fired JOIN unnest(%(kind)s::text[], %(lane)s::text[], %(consumer)s::text[])
         AS reaction (kind, lane, consumer) USING (kind)
    ORDER BY due_at, fired.id
    RETURNING lane)
SELECT (SELECT count(*) FROM fired), (SELECT array_agg(DISTINCT lane) FROM job)
"""

_STRANGE = """
SELECT kind, count(*), max(due_at)
FROM (SELECT kind, due_at FROM workers_timer WHERE due_at <= %(now)s ORDER BY due_at LIMIT %(limit)s) AS due
WHERE kind <> ALL (%(known)s) GROUP BY kind
"""


def fire_due(*, seconds: float | None = None) -> int:
    """Turn every due timer into its event, oldest first, and return how many fired; after about `seconds` it stops."""
    end = None if seconds is None else monotonic() + seconds
    fired = 0
    while (end is None or monotonic() < end) and (batch := _fire_batch()):
        fired += batch
    return fired


def _fire_batch() -> int:
    now = clock.now()
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute(_IS_DUE, [now])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_FIRE, _parameters(now))
        count, lanes = cursor.fetchone()
        for lane in lanes or ():
            ring(lane)
    count_timers(count)
    return int(count)


def strange_kinds(*, now: datetime, most: int) -> list[tuple[str, int, datetime]]:
    """Return the kinds of due timers that this process does not know: name, how many, the latest; of the `most` oldest.

    They wait for a release that knows them. The caller acts as a worker or an operator.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STRANGE, {"now": now, "limit": most, "known": _known()})
        found: list[tuple[str, int, datetime]] = cursor.fetchall()
    return found


def _known() -> list[str]:
    return [event.wire_name for event in list_events()]


def _parameters(now: datetime) -> dict[str, Any]:
    reactions = list_reactions()
    return {
        "now": now,
        "limit": BATCH,
        "known": _known(),
        "kind": [reaction.event.wire_name for reaction in reactions],
        "lane": [reaction.lane for reaction in reactions],
        "consumer": [reaction.consumer for reaction in reactions],
    }
