"""The statement that publishing is: the aggregates' versions, the events and their jobs.

One statement, however many: half of what publishing costs is going there and back. Nearly always one event is
announced. With its values as constants that is planned and run in less time than with a row that is handed from one
part of the statement to the next, so one event has a statement of its own (docs/design/engine.md).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from workers.events import Event, Reaction, reactions_to
from workers.kernel.aggregate import Aggregate
from workers.kernel.trace import trace_or_new

_INTO = {
    "event": "INSERT INTO workers_event "
    "(id, type, aggregate_type, aggregate_id, aggregate_version, tenant_id, occurred_at, data, trace)",
    "job": "INSERT INTO workers_job "
    "(lane, event_id, consumer, ordering_key, seq, status, due_at, attempts, last_error)",
}
_ONE = """
WITH moved AS (
    {moved} RETURNING id AS subject, version),
event AS (
    {event}
    SELECT %s, %s, %s, subject, version, %s, %s, %s, %s FROM moved),
job AS (
    {job}
    SELECT lane, %s, consumer, subject, version, 0, %s, 0, ''
    FROM moved, (VALUES {reactions}) AS reaction (type, lane, consumer) WHERE type <> '')
SELECT subject, version FROM moved
"""
_MANY = """
WITH told (id, type, subject, tenant, data, trace) AS (VALUES {told}),
moved AS (
    UPDATE "{table}" AS aggregate SET version = version + 1 FROM told WHERE aggregate.id = told.subject
    RETURNING told.id, told.type, told.subject, told.tenant, told.data, told.trace, aggregate.version),
event AS (
    {event}
    SELECT id, type, %s, subject, version, tenant, %s, data, trace FROM moved),
job AS (
    {job}
    SELECT lane, id, consumer, subject, version, 0, %s, 0, ''
    FROM moved JOIN (VALUES {reactions}) AS reaction (type, lane, consumer) USING (type))
SELECT subject, version FROM moved
"""
_SELECTED = """
WITH told AS ({selected}),
numbered AS MATERIALIZED (SELECT uuidv7() AS id, subject, version, tenant, data FROM ({gathered}) AS gathered),
event AS (
    {event}
    SELECT id, %(type)s, %(label)s, subject, version, tenant, %(now)s, data, %(trace)s FROM numbered),
job AS (
    {job}
    SELECT lane, id, consumer, subject, version, 0, %(now)s, 0, ''
    FROM numbered, unnest(%(lanes)s::text[], %(consumers)s::text[]) AS reaction (lane, consumer))
SELECT count(*) FROM numbered
"""
EACH = "SELECT * FROM told"
_MOVE = 'UPDATE "{table}" SET version = version + 1 WHERE id = %s'
_TOLD = "(%s, %s, %s, %s::uuid, %s::jsonb, %s)"
_REACTION = "(%s, %s, %s)"
_NOBODY = ("", "", "")  # who reacts to what nobody reacts to: VALUES wants a row
# Two transactions that announce about the same aggregates lock them in one order and do not wait for each other.
_LOCK = 'SELECT FROM "{table}" WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE'


class Announcement(NamedTuple):
    """An event with its id and its subject; `trace` is of the walk that it goes on, "" the present one."""

    id: UUID
    event: Event
    about: Aggregate
    trace: str = ""


def announce(told: Sequence[Announcement], *, now: datetime) -> dict[UUID, int]:
    """Write events about aggregates of one model, and a job per reaction; returns the new version of each aggregate.

    One that is not in the database has none, and nothing is written about it.
    """
    table = told[0].about._meta.db_table
    if len(told) > 1:
        return _announce_many(told, table, now)
    return announce_with(_MOVE.format(table=table), [told[0].about.pk], told[0], now=now)


def announce_with(moved: str, bound: Sequence[Any], one: Announcement, *, now: datetime) -> dict[UUID, int]:
    """Write one event with the INSERT or UPDATE of its aggregate; when that touches no row, nothing is written."""
    reactions, reacting = _reactions([one])
    event, kind, _, tenant, data, trace = _row(one, one.trace or trace_or_new())
    about = (event, kind, one.about._meta.label_lower, tenant, now, data, trace, event, now)
    with connection.cursor() as cursor:
        cursor.execute(_ONE.format(moved=moved, reactions=reactions, **_INTO), [*bound, *about, *reacting])
        return dict(cursor.fetchall())


def _announce_many(told: Sequence[Announcement], table: str, now: datetime) -> dict[UUID, int]:
    reactions, reacting = _reactions(told)
    rows = ", ".join([_TOLD] * len(told))
    about, present = (told[0].about._meta.label_lower, now, now), trace_or_new()
    values = chain.from_iterable(_row(one, one.trace or present) for one in told)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK.format(table=table), [[one.about.pk for one in told]])
        statement = _MANY.format(table=table, told=rows, reactions=reactions, **_INTO)
        cursor.execute(statement, [*values, *about, *reacting])
        return dict(cursor.fetchall())


def announce_selected(
    event: type[Event],
    about: type[Aggregate],
    selected: str,
    bound: Mapping[str, Any],
    *,
    now: datetime,
    gathered: str = EACH,
) -> int:
    """Write an event for each row that `gathered` makes of the statement's; returns how many."""
    reactions = reactions_to(event)
    told: dict[str, Any] = {
        "type": event.wire_name,
        "label": about._meta.label_lower,
        "now": now,
        "trace": trace_or_new(),
        "lanes": [reaction.lane for reaction in reactions],
        "consumers": [reaction.consumer for reaction in reactions],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SELECTED.format(selected=selected, gathered=gathered, **_INTO), {**bound, **told})
        return int(cursor.fetchone()[0])


def reactions_to_any(told: Sequence[Announcement]) -> list[Reaction]:
    """Return who reacts to any of the events."""
    return [reaction for kind in {type(one.event) for one in told} for reaction in reactions_to(kind)]


def _reactions(told: Sequence[Announcement]) -> tuple[str, list[str]]:
    """Return the rows of VALUES and what is bound to them."""
    rows = [(one.event.wire_name, one.lane, one.consumer) for one in reactions_to_any(told)] or [_NOBODY]
    return ", ".join([_REACTION] * len(rows)), [*chain.from_iterable(rows)]


def _row(one: Announcement, trace: str) -> tuple[Any, ...]:
    return one.id, one.event.wire_name, one.about.pk, one.about.tenant_id, json.dumps(one.event.to_payload()), trace
