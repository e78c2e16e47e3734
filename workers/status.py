"""What waits in the engine, for health checks, operators and the demo. The caller acts as a worker or an operator."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from workers.deliveries.models import Delivery
from workers.emails.models import Email
from workers.kernel.leases import Leased, Status, is_due, is_leased
from workers.outbox.models import Job
from workers.timers.models import Timer

QUEUES: dict[str, type[Leased]] = {"jobs": Job, "deliveries": Delivery, "emails": Email}


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
    return {name: _waiting(model, now) for name, model in QUEUES.items()}


def timers_due(*, now: datetime) -> int:
    """Return how many timers should have fired by now."""
    return Timer.objects.filter(due_at__lte=now).count()


def next_timer_at() -> datetime | None:
    """Return when the next timer is due, or None."""
    return Timer.objects.aggregate(at=Min("due_at"))["at"]  # type: ignore[no-any-return]


def _waiting(model: type[Leased], now: datetime) -> Waiting:
    due, leased = is_due(now), is_leased() & Q(status=Status.READY)
    counts = model._default_manager.exclude(status=Status.DONE).aggregate(
        due=Count("pk", filter=due),
        leased=Count("pk", filter=leased),
        later=Count("pk", filter=Q(status=Status.READY) & ~due & ~leased),
        dead=Count("pk", filter=Q(status=Status.DEAD)),
        oldest_due_at=Min("due_at", filter=due),
    )
    return Waiting(**counts)
