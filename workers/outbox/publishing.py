"""Publishing: an event and its jobs, written in the transaction of what happened."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from workers.events import Event, event_type, reactions_to
from workers.kernel.aggregate import Aggregate
from workers.kernel.bells import ring
from workers.kernel.trace import current_trace
from workers.outbox.models import EventRecord, Job


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
    records = [_record(event, about, now) for event, about in events]
    announce(records)
    return [record.id for record in records]


def announce(records: list[EventRecord]) -> None:
    """Insert event records and the jobs of their reactions, and ring the lanes concerned after the commit."""
    EventRecord.objects.bulk_create(records)
    jobs = [
        Job(
            lane=reaction.lane,
            event=record,
            consumer=reaction.consumer,
            ordering_key=record.aggregate_id,
            seq=record.aggregate_version,
            due_at=record.occurred_at,
        )
        for record in records
        for reaction in reactions_to(event_type(record.type))
    ]
    Job.objects.bulk_create(jobs)
    for lane in {job.lane for job in jobs}:
        ring(lane)


def _record(event: Event, about: Aggregate, now: datetime) -> EventRecord:
    return EventRecord(
        type=event.wire_name,
        aggregate_type=about._meta.label_lower,
        aggregate_id=about.pk,
        aggregate_version=about.version,
        tenant_id=about.tenant_id,
        occurred_at=now,
        data=event.to_payload(),
        trace=current_trace(),
    )
