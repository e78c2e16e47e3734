"""Publishing: an event and its jobs, written in the transaction of what happened."""

import json
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from workers.events import Event, reactions_to
from workers.kernel.aggregate import Aggregate
from workers.kernel.bells import ring
from workers.kernel.errors import NotFound
from workers.kernel.ids import new_id
from workers.kernel.trace import trace_or_new

log = logging.getLogger(__name__)

# One statement for versions, events and jobs, however many: half of what publishing costs is going there and back.
# The aggregates are locked in the order of their ids, so that two transactions do not wait for each other.
_ANNOUNCE = """
WITH told AS (
    SELECT * FROM unnest(%(id)s::uuid[], %(type)s::text[], %(subject)s::uuid[], %(tenant)s::uuid[], %(data)s::text[])
        WITH ORDINALITY AS told (id, type, subject, tenant, data, place)),
subject AS (
    SELECT id FROM "{table}" WHERE id = ANY(%(subject)s::uuid[]) ORDER BY id FOR NO KEY UPDATE),
moved AS (
    UPDATE "{table}" AS aggregate SET version = version + 1 FROM subject WHERE aggregate.id = subject.id
    RETURNING aggregate.id AS subject, aggregate.version),
event AS (
    INSERT INTO workers_event
        (id, type, aggregate_type, aggregate_id, aggregate_version, tenant_id, occurred_at, data, trace)
    SELECT id, type, %(model)s, subject, version, tenant, %(now)s, data::jsonb, %(trace)s
    FROM told JOIN moved USING (subject)),
job AS (
    INSERT INTO workers_job (lane, event_id, consumer, ordering_key, seq, status, due_at, attempts, last_error)
    SELECT lane, id, consumer, subject, version, 0, %(now)s, 0, ''
    FROM told JOIN moved USING (subject)
    JOIN unnest(%(reacting)s::text[], %(lane)s::text[], %(consumer)s::text[])
        AS reaction (type, lane, consumer) USING (type)
    ORDER BY place)
SELECT subject, version FROM moved
"""


class Announcement(NamedTuple):
    """An event with its id and its subject."""

    id: UUID
    event: Event
    about: Aggregate


def publish(event: Event, *, about: Aggregate, now: datetime) -> UUID:
    """Announce `event` about an aggregate, in the caller's transaction, and return the event's id.

    Takes the aggregate's row lock until the transaction ends: its events commit in the order of their versions.
    """
    return publish_all([(event, about)], now=now)[0]


def publish_all(events: Sequence[tuple[Event, Aggregate]], *, now: datetime) -> list[UUID]:
    """Announce many events as `publish` does, with one statement per kind of aggregate however many they are.

    Each aggregate may appear once: raises ValueError. Raises NotFound for one that is not in the database.
    """
    if len({about.pk for _, about in events}) != len(events):
        raise ValueError("publish_all takes one event per aggregate: publish the others one by one.")
    announcements = [Announcement(new_id(), event, about) for event, about in events]
    for model in {type(about) for _, about in events}:
        _announce(model, [one for one in announcements if type(one.about) is model], now)
    return [one.id for one in announcements]


def _announce(model: type[Aggregate], told: Sequence[Announcement], now: datetime) -> None:
    reactions = [reaction for kind in {type(one.event) for one in told} for reaction in reactions_to(kind)]
    with connection.cursor() as cursor:
        cursor.execute(
            _ANNOUNCE.format(table=model._meta.db_table),
            {
                "now": now,
                "trace": trace_or_new(),
                "model": model._meta.label_lower,
                "id": [one.id for one in told],
                "type": [one.event.wire_name for one in told],
                "subject": [one.about.pk for one in told],
                "tenant": [one.about.tenant_id for one in told],
                "data": [json.dumps(one.event.to_payload()) for one in told],
                "reacting": [reaction.event.wire_name for reaction in reactions],
                "lane": [reaction.lane for reaction in reactions],
                "consumer": [reaction.consumer for reaction in reactions],
            },
        )
        versions = dict(cursor.fetchall())
    if len(versions) != len(told):
        raise NotFound(f"There is no such {model._meta.verbose_name} to announce something about.")
    for one in told:
        one.about.version = versions[one.about.pk]
    for lane in {reaction.lane for reaction in reactions}:
        ring(lane)
    if log.isEnabledFor(logging.DEBUG):
        for one in told:
            log.debug("published event=%s type=%s", one.id, one.event.wire_name)
