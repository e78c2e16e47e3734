"""Publishing: an event and its jobs, written in the transaction of what happened."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from workers.events import Event, reactions_to
from workers.kernel.aggregate import Aggregate
from workers.kernel.bells import ring
from workers.kernel.errors import NotFound
from workers.kernel.ids import new_id
from workers.outbox.announcing import EACH, Announcement, announce, announce_selected, announce_with, reactions_to_any

log = logging.getLogger(__name__)
NO_TRACES: Mapping[UUID, str] = MappingProxyType({})


def publish(event: Event, *, about: Aggregate, now: datetime) -> UUID:
    """Announce `event` about an aggregate, in the caller's transaction, and return the event's id.

    Takes the aggregate's row lock until the transaction ends: its events commit in the order of their versions.
    """
    return publish_all([(event, about)], now=now)[0]


def publish_all(
    events: Sequence[tuple[Event, Aggregate]], *, now: datetime, traces: Mapping[UUID, str] = NO_TRACES
) -> list[UUID]:
    """Announce many events as `publish` does, with two statements per kind of aggregate however many they are.

    `traces` are those of the walks on which they go, by aggregate; where none is given, the present one goes on.
    Each aggregate may appear once: raises ValueError. Raises NotFound for one that is not in the database.
    """
    if len({about.pk for _, about in events}) != len(events):
        raise ValueError("publish_all takes one event per aggregate: publish the others one by one.")
    announcements = [Announcement(new_id(), event, about, traces.get(about.pk, "")) for event, about in events]
    for model in {type(about) for _, about in events}:
        _announce([one for one in announcements if type(one.about) is model], now)
    return [one.id for one in announcements]


def publish_with(insert: str, bound: Sequence[Any], event: Event, *, about: Aggregate, now: datetime) -> bool:
    """Insert an aggregate and announce `event` about it by one statement; False when `insert` inserts nothing.

    `insert` is an INSERT with `ON CONFLICT DO NOTHING` and no RETURNING; `bound` are its parameters.
    """
    one = Announcement(new_id(), event, about)
    return _follow([one], announce_with(insert, bound, one, now=now)) == 1


def publish_selected(
    event: type[Event],
    *,
    about: type[Aggregate],
    selected: str,
    bound: Mapping[str, Any],
    now: datetime,
    gathered: str = EACH,
) -> int:
    """Announce an event about each row of a statement of SQL, however many; returns how many they are.

    `selected` is an INSERT or UPDATE of aggregates that moves their versions itself and ends in RETURNING subject (the
    aggregate's id), version, tenant and data (the event's payload, jsonb); `bound` are its named parameters. `gathered`
    is a SELECT of the same four columns from its rows, called `told`, where one event speaks of many.
    """
    count = announce_selected(event, about, selected, bound, now=now, gathered=gathered)
    if count:
        for lane in {reaction.lane for reaction in reactions_to(event)}:
            ring(lane)
    return count


def _announce(told: Sequence[Announcement], now: datetime) -> None:
    if _follow(told, announce(told, now=now)) != len(told):
        raise NotFound(f"There is no such {told[0].about._meta.verbose_name} to announce something about.")


def _follow(told: Sequence[Announcement], versions: Mapping[UUID, int]) -> int:
    """Ring for what was announced, and return how many events that are."""
    if versions:
        for lane in {reaction.lane for reaction in reactions_to_any(told)}:
            ring(lane)
    for one in told:
        if one.about.pk in versions:
            one.about.version = versions[one.about.pk]
            log.debug("published event=%s type=%s", one.id, one.event.wire_name)
    return len(versions)
