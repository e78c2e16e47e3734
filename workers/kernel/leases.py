"""Rows that are claimed for a while: what jobs, deliveries and e-mails have in common.

    ready --claim--> leased --finish--> gone or done
      ^                |----fail------> ready, due after a back-off; dead at the last attempt
      '---lease ends---'

A lease is measured by the machine's clock: moving the other one must not take work out of hands that are at it.
`attempts` grows at the claim, so that a row whose worker dies counts too, and is the fence: to finish a row one must
still hold the attempt that was claimed. Each is claimed by a statement of its own (the claiming.py beside its model),
for the jobs' order, the endpoints' limits, and what readers of e-mail want.
"""

from datetime import datetime, timedelta
from random import SystemRandom
from typing import ClassVar, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from workers.kernel import clock

BACK_OFF_BASE = timedelta(seconds=1)
BACK_OFF_LIMIT = timedelta(hours=1)
ALWAYS_LOST = "The worker died or hung at every attempt."
_random = SystemRandom()


class LeaseLost(Exception):
    """Another worker took the row since: whatever was done in this transaction is rolled back."""


class Status(models.IntegerChoices):
    """What becomes of a claimable row. Dead rows wait for a person, parked ones for the dead row before them."""

    READY = 0
    DONE = 1
    PARKED = 2
    DEAD = 9


STUCK = (Status.PARKED, Status.DEAD)


class Leased(models.Model):
    """The columns a claim needs. A row is dead after `max_attempts`."""

    max_attempts: ClassVar[int]

    status = models.PositiveSmallIntegerField(choices=Status.choices, default=Status.READY)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True, default="")

    class Meta:
        abstract = True


L = TypeVar("L", bound=Leased)


def is_leased() -> Q:
    """Matches rows that a worker holds now."""
    return Q(lease_until__gt=clock.machine_now())


def is_due(now: datetime) -> Q:
    """Matches rows that a claim at `now` would take."""
    return Q(status=Status.READY, due_at__lte=now) & (Q(lease_until=None) | Q(lease_until__lte=clock.machine_now()))


def lease_end() -> datetime:
    """Return when a lease that begins now ends, by the machine's clock."""
    return clock.machine_now() + timedelta(seconds=settings.LEASE_SECONDS)


def held(row: L) -> models.QuerySet[L]:
    """The row as a query that matches only while the claim still holds: the fence."""
    return type(row)._default_manager.filter(pk=row.pk, attempts=row.attempts, status=Status.READY)


def fail(row: Leased, *, error: BaseException | str, now: datetime) -> bool:
    """Make a row that is still held due again after a back-off, or dead after its last attempt.

    Returns whether it is dead now.
    """
    dead = row.attempts >= row.max_attempts
    count = held(row).update(
        status=Status.DEAD if dead else Status.READY,
        lease_until=None,
        due_at=now if dead else now + back_off(row.attempts),  # of a dead row it tells since when it is
        last_error=describe(error),
    )
    return dead and count == 1


def describe(error: BaseException | str) -> str:
    """Return what is kept of an error: its class and message, cut to 2,000 characters that PostgreSQL can store."""
    text = error if isinstance(error, str) else repr(error)
    return text.replace("\x00", "").encode(errors="replace").decode()[:2000]


def back_off(attempts: int) -> timedelta:
    """1 s, 2 s, 4 s … at most an hour, give or take a fifth, so that what failed together does not return together."""
    base = min(BACK_OFF_BASE * 2 ** min(attempts - 1, 20), BACK_OFF_LIMIT)
    return timedelta(seconds=base.total_seconds() * _random.uniform(0.8, 1.2))
