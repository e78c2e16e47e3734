"""Firing: due timers become events."""

from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.outbox.models import EventRecord
from workers.outbox.publishing import announce
from workers.timers.models import Timer

BATCH = 500


def fire_due() -> int:
    """Turn every due timer into its event, oldest first, and return how many fired.

    A timer is deleted and its event and jobs are inserted in one transaction, so it fires once.
    """
    fired = 0
    while batch := _fire_batch():
        fired += batch
    return fired


def _fire_batch() -> int:
    now = clock.now()
    with acting_as(WORKER):
        due = Timer.objects.filter(due_at__lte=now).order_by("due_at", "id")
        timers = list(due.select_for_update(skip_locked=True)[:BATCH])
        Timer.objects.filter(pk__in=[timer.pk for timer in timers]).delete()
        announce([_record(timer) for timer in timers])
    return len(timers)


def _record(timer: Timer) -> EventRecord:
    """The timer itself is the event's aggregate: it happens once and is in no order with its subject's events."""
    return EventRecord(
        type=timer.kind,
        aggregate_type="workers.timer",
        aggregate_id=timer.pk,
        aggregate_version=1,
        tenant_id=timer.tenant_id,
        occurred_at=timer.due_at,
        data=timer.payload,
    )
