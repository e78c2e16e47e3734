"""What an operator does about jobs: put dead ones back to work, stop one by hand, or give one up."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from workers.kernel.bells import ring
from workers.kernel.leases import Status, describe, is_leased
from workers.outbox.claiming import park_followers
from workers.outbox.models import Job


def replay(jobs: QuerySet[Job], *, now: datetime) -> int:
    """Give the dead ones among `jobs` all their attempts again, from now on, and return how many they are.

    What was parked behind them follows.
    """
    with transaction.atomic():
        count = jobs.filter(status=Status.DEAD).update(status=Status.READY, attempts=0, due_at=now, lease_until=None)
        unpark()
        _ring_all()
    return count


def park(jobs: QuerySet[Job], *, reason: str) -> int:
    """Make those of `jobs` dead that wait and that nobody holds, and return how many they are: a stop by hand."""
    with transaction.atomic():
        waiting = jobs.filter(status=Status.READY).exclude(is_leased()).select_for_update(skip_locked=True)
        ids = list(waiting.values_list("pk", flat=True))
        count = Job.objects.filter(pk__in=ids).update(status=Status.DEAD, last_error=describe(reason), lease_until=None)
        park_followers(ids)
    return count


def drop(jobs: QuerySet[Job]) -> int:
    """Delete the dead ones among `jobs`, whose effect then never happens, and return how many they were.

    What was parked behind them goes on.
    """
    with transaction.atomic():
        count, _ = jobs.filter(status=Status.DEAD).delete()
        unpark()
        _ring_all()
    return count


def unpark() -> None:
    """Make every parked job ready that no dead one is before any more."""
    dead = Job.objects.filter(
        status=Status.DEAD,
        consumer=OuterRef("consumer"),
        ordering_key=OuterRef("ordering_key"),
        seq__lt=OuterRef("seq"),
    )
    Job.objects.filter(~Exists(dead), status=Status.PARKED).update(status=Status.READY)


def _ring_all() -> None:
    for lane in Job.objects.filter(status=Status.READY).values_list("lane", flat=True).distinct():
        ring(lane)
