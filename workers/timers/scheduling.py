"""Scheduling: an event that is to be announced later."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from workers.events import Event
from workers.kernel.aggregate import Aggregate
from workers.kernel.trace import trace_or_new
from workers.timers.models import Timer


def schedule(
    event: Event, *, about: Aggregate, due_at: datetime, generation: int = 0, zone: ZoneInfo | None = None
) -> None:
    """Announce `event` about an aggregate at `due_at`: one at a time of an (event, aggregate, generation).

    What has fired is forgotten: the same generation scheduled after that fires again.
    There is no cancelling: to move something, raise its generation and schedule again; whoever reacts re-reads the
    aggregate and does nothing when the event's moment has been superseded.

    With a `zone` it is the time on the clocks there that is meant: the timer keeps to it when the zone's rules change.
    """
    schedule_all([timer_for(event, about=about, due_at=due_at, generation=generation, zone=zone)])


def timer_for(
    event: Event,
    *,
    about: Aggregate,
    due_at: datetime,
    generation: int = 0,
    zone: ZoneInfo | None = None,
    trace: str = "",
) -> Timer:
    """Return a timer as `schedule` sets it, not saved: `schedule_all` sets many by one statement.

    `trace` is of the walk that it goes on, where one batch goes on many.
    """
    return Timer(
        kind=event.wire_name,
        subject_type=about._meta.label_lower,
        subject_id=about.pk,
        generation=generation,
        tenant_id=about.tenant_id,
        due_at=due_at,
        wall_time="" if zone is None else due_at.astimezone(zone).replace(tzinfo=None).isoformat(),
        zone="" if zone is None else zone.key,
        payload=event.to_payload(),
        trace=trace or trace_or_new(),
    )


def schedule_all(timers: Sequence[Timer]) -> None:
    """Set timers as `schedule` does, by one statement."""
    Timer.objects.bulk_create(timers, ignore_conflicts=True)
