"""Draining a lane: claim due jobs, run their reactions, and delete each job in the transaction of its effect."""

import logging
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from workers.events import Envelope, Reaction, decode, get_reaction
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.leases import LeaseLost, claim, fail, fenced, held, is_due
from workers.kernel.trace import traced
from workers.outbox.models import EventRecord, Job

log = logging.getLogger(__name__)
BATCH = 100
BATCH_LOCK_TIMEOUT = "50ms"  # far below PostgreSQL's deadlock_timeout of 1 s
MAX_ATTEMPTS = 12


def drain(lane: str) -> int:
    """Run what is due in `lane` until nothing is, and return how many jobs were run."""
    done = 0
    while jobs := _claim(lane):
        _run_all(jobs)
        done += len(jobs)
    return done


def _claim(lane: str) -> list[Job]:
    """Take due jobs whose key has no earlier open job: a key's events are heard in their order, dead ones park it."""
    earlier = Job.objects.filter(
        consumer=OuterRef("consumer"), ordering_key=OuterRef("ordering_key"), seq__lt=OuterRef("seq")
    )
    with acting_as(WORKER):
        jobs = claim(Job, now=clock.now(), limit=BATCH, only=Q(~Exists(earlier), lane=lane))
        records = EventRecord.objects.in_bulk([job.event_id for job in jobs])
        for job in jobs:
            job.event = records[job.event_id]
    return jobs


def _run_all(jobs: list[Job]) -> None:
    """Run a batch in one transaction; when one fails, each in its own, so that the others are undisturbed.

    A batch holds the locks of all its jobs, in no order that another batch would share: it waits for none for long.
    """
    together = [job for job in jobs if not _is_external(job)]
    try:
        with acting_as(WORKER), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [BATCH_LOCK_TIMEOUT])
            for job in together:
                _run_inside(job)
    except Exception:
        for job in together:
            _run_alone(job)
    for job in jobs:
        if job not in together:
            _run_alone(job)


def _is_external(job: Job) -> bool:
    try:
        return get_reaction(job.consumer).external
    except LookupError:
        return True


def _run_alone(job: Job) -> None:
    """Run one job; a failure is recorded and backs off, a lost lease leaves it to its new holder."""
    try:
        with traced(job.event.trace):
            _run_outside(job) if _is_external(job) else _run_in_own_transaction(job)
    except LeaseLost:
        log.warning("lease lost consumer=%s job=%s", job.consumer, job.pk)
    except Exception as error:
        log.exception("reaction failed consumer=%s job=%s attempt=%s", job.consumer, job.pk, job.attempts)
        with acting_as(WORKER):
            fail(job, error=repr(error), now=clock.now(), max_attempts=MAX_ATTEMPTS)


def _run_in_own_transaction(job: Job) -> None:
    with acting_as(WORKER):
        _run_inside(job)


def _run_inside(job: Job) -> None:
    """The effect and the end of its job are one transaction: this fence is what makes 'doubled' zero."""
    with traced(job.event.trace):
        _call(get_reaction(job.consumer), job)
    fenced(held(job).delete()[0])


def _run_outside(job: Job) -> None:
    """For reactions that talk to other systems: no transaction is open while they do."""
    if connection.in_atomic_block:
        raise RuntimeError("An external reaction runs outside any transaction.")
    _call(get_reaction(job.consumer), job)
    with acting_as(WORKER):
        fenced(held(job).delete()[0])


def _call(reaction: Reaction, job: Job) -> None:
    record = job.event
    envelope = Envelope(event_id=record.id, occurred_at=record.occurred_at, now=_now_for(record.occurred_at))
    reaction.call(decode(record.type, record.data), envelope)


def _now_for(occurred_at: datetime) -> datetime:
    """The present, never before the event itself: clocks of two machines may differ by a little."""
    return max(clock.now(), occurred_at)


def has_due(lane: str) -> bool:
    """Whether a bell would find work; the caller acts as a worker."""
    return Job.objects.filter(is_due(clock.now()), lane=lane).exists()
