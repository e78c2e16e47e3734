"""What waits in the engine, for health checks, operators and the demo. The caller acts as a worker or an operator."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from workers.deliveries.models import Delivery
from workers.emails.models import Email
from workers.kernel.leases import Leased, Status
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
    is_ready, is_due, is_leased = Q(status=Status.READY), Q(due_at__lte=now), Q(lease_until__gt=now)
    counts = model._default_manager.exclude(status=Status.DONE).aggregate(
        due=Count("pk", filter=is_ready & is_due),
        leased=Count("pk", filter=is_ready & is_leased),
        later=Count("pk", filter=is_ready & ~is_due & (Q(lease_until=None) | Q(lease_until__lte=now))),
        dead=Count("pk", filter=Q(status=Status.DEAD)),
        oldest_due_at=Min("due_at", filter=is_ready & is_due),
    )
    return Waiting(**counts)
