"""Publishing: an event and its jobs, written in the transaction of what happened."""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from workers.events import Event, reactions_to
from workers.kernel.aggregate import Aggregate
from workers.kernel.bells import ring
from workers.kernel.ids import new_id
from workers.kernel.trace import current_trace

# One statement for events and jobs, however many: half of what publishing costs is going to the database and back.
_ANNOUNCE = """
WITH event AS (
    INSERT INTO workers_event
        (id, type, aggregate_type, aggregate_id, aggregate_version, tenant_id, occurred_at, data, trace)
    SELECT id, type, aggregate_type, aggregate_id, version, tenant_id, %(now)s, data::jsonb, %(trace)s
    FROM unnest(%(id)s::uuid[], %(type)s::text[], %(aggregate_type)s::text[], %(aggregate_id)s::uuid[],
                %(version)s::int[], %(tenant_id)s::uuid[], %(data)s::text[])
         AS told (id, type, aggregate_type, aggregate_id, version, tenant_id, data))
INSERT INTO workers_job
    (lane, event_id, consumer, ordering_key, seq, status, due_at, attempts, last_error)
SELECT lane, told.id, consumer, aggregate_id, version, 0, %(now)s, 0, ''
FROM unnest(%(id)s::uuid[], %(type)s::text[], %(aggregate_id)s::uuid[], %(version)s::int[])
     WITH ORDINALITY AS told (id, type, aggregate_id, version, place)
JOIN unnest(%(reacting_type)s::text[], %(lane)s::text[], %(consumer)s::text[])
     AS reaction (type, lane, consumer) USING (type)
ORDER BY told.place
"""


def publish(event: Event, *, about: Aggregate, now: datetime) -> UUID:
    """Announce `event` about an aggregate, in the caller's transaction, and return the event's id.

    Takes the aggregate's row lock until the transaction ends: its events commit in the order of their versions.
    """
    return publish_all([(event, about)], now=now)[0]


def publish_all(events: Sequence[tuple[Event, Aggregate]], *, now: datetime) -> list[UUID]:
    """Announce many events as `publish` does, with a handful of statements however many they are.

    Each aggregate may appear once. Raises ValueError.
    """
    subjects = {about.pk: about for _, about in events}
    if len(subjects) != len(events):
        raise ValueError("publish_all takes one event per aggregate: publish the others one by one.")
    for model in {type(about) for about in subjects.values()}:
        model.next_versions([about for about in subjects.values() if type(about) is model])
    ids = [new_id() for _ in events]
    if events:
        _announce(events, ids, now)
    return ids


def _announce(events: Sequence[tuple[Event, Aggregate]], ids: list[UUID], now: datetime) -> None:
    reactions = [reaction for kind in {type(event) for event, _ in events} for reaction in reactions_to(kind)]
    with connection.cursor() as cursor:
        cursor.execute(
            _ANNOUNCE,
            {
                "now": now,
                "trace": current_trace(),
                "id": ids,
                "type": [event.wire_name for event, _ in events],
                "aggregate_type": [about._meta.label_lower for _, about in events],
                "aggregate_id": [about.pk for _, about in events],
                "version": [about.version for _, about in events],
                "tenant_id": [about.tenant_id for _, about in events],
                "data": [json.dumps(event.to_payload()) for event, _ in events],
                "reacting_type": [reaction.event.wire_name for reaction in reactions],
                "lane": [reaction.lane for reaction in reactions],
                "consumer": [reaction.consumer for reaction in reactions],
            },
        )
    for lane in {reaction.lane for reaction in reactions}:
        ring(lane)
