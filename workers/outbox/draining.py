"""Draining a lane: claim due jobs, call their reactions, and delete each job in the transaction of its effect.

A batch runs in one transaction. When it fails, and for jobs that failed before or run apart, each has its own, so that
the others are undisturbed. A job whose worker never came back runs last and alone: it may have been the cause.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from math import inf
from time import monotonic
from typing import Any

from django.db import connection

from workers.events import Envelope, Heard, decode, get_reaction, list_reactions
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.bells import ring
from workers.kernel.leases import ALWAYS_LOST, LeaseLost, is_due
from workers.kernel.metrics import count_dead, count_jobs, count_lost_leases, observe_effects, observe_reaction
from workers.kernel.trace import span, traced
from workers.outbox.claiming import Claim, claim_jobs, fail_job, finish_jobs, release_jobs, retake_job
from workers.outbox.models import Job

log = logging.getLogger(__name__)
BATCH = 200
EXTERNAL_BATCH = 5  # where reactions wait for other systems, the other threads of the lane want some, too
FIRST_BATCH = 25
SHORT, LONG = 0.25, 1.0  # seconds: after a shorter batch the next is twice as large, after a longer one half
OUT_OF_TIME = "There was no time left for it in its batch: from now on it runs alone."
BATCH_LOCK_TIMEOUT = "50ms"  # far below PostgreSQL's deadlock_timeout of 1 s


def drain(lane: str, *, seconds: float | None = None) -> int:
    """Run what is due in `lane` until nothing is, and return how many jobs were taken.

    After about `seconds` it stops and rings the lane for the rest.
    """
    end = inf if seconds is None else monotonic() + seconds
    most = EXTERNAL_BATCH if any(it.external and it.lane == lane for it in list_reactions()) else BATCH
    limit, taken = min(FIRST_BATCH, most), 0
    floor: datetime | None = None
    while (start := monotonic()) < end:
        with acting_as(WORKER):
            claims = claim_jobs(lane, limit=limit, floor=floor)
        if not claims and floor is None:
            return taken
        _run(claims, end)
        taken += len(claims)
        floor = claims[0].due_at if len(claims) == limit else None
        limit = _next_limit(limit, monotonic() - start, most)
    ring(lane)
    return taken


def _next_limit(limit: int, took: float, most: int) -> int:
    """Return how many jobs fit a batch that is neither lost to a time limit nor mostly commits."""
    if took < SHORT:
        return min(limit * 2, most)
    return max(limit // 2, 1) if took > LONG else limit


def _run(claims: list[Claim], end: float = inf) -> None:
    together, alone, suspects = _part(claims)
    _release(suspects)
    failed = [claim for batch in _batches(together) for claim in _run_together(batch)]
    _run_one_by_one(failed + alone, end)
    for suspect in suspects:
        if monotonic() < end:
            _run_suspect(suspect)


def _run_suspect(suspect: Claim) -> None:
    """Run a job while this worker holds no other: if it kills this one too, nothing else has lost an attempt.

    By a claim of its own and not with the next batch's: a killed worker leaves as many suspects as a batch has jobs.
    """
    with acting_as(WORKER):
        claim = retake_job(suspect)
    if claim is not None:
        _run_one_by_one([claim], inf)


def _release(claims: list[Claim], *, trouble: str = "") -> None:
    if claims:
        with acting_as(WORKER):
            release_jobs(claims, trouble=trouble)
        count_jobs(claims[0].lane, "released", len(claims))


def _part(claims: list[Claim]) -> tuple[list[Claim], list[Claim], list[Claim]]:
    """Return what can run together, what runs alone, and what may have killed its former worker."""
    suspects = [claim for claim in claims if claim.former_lease]
    others = [claim for claim in claims if not claim.former_lease]
    alone = [claim for claim in others if claim.trouble or _runs_apart(claim)]
    together = [claim for claim in others if not (claim.trouble or _runs_apart(claim))]
    return together, alone, suspects


def _runs_apart(claim: Claim) -> bool:
    try:
        reaction = get_reaction(claim.consumer)
    except LookupError:
        return True
    return reaction.external or (reaction.apart and not reaction.takes_batches)


def _batches(claims: Sequence[Claim]) -> list[list[Claim]]:
    """Return what shares a transaction: all but the parts that run apart."""
    parts: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        parts[claim.consumer if get_reaction(claim.consumer).apart else ""].append(claim)
    return list(parts.values())


def _is_external(claim: Claim) -> bool:
    try:
        return get_reaction(claim.consumer).external
    except LookupError:
        return True


def _run_together(claims: list[Claim]) -> list[Claim]:
    """Run a batch in one transaction, and return what has to run one by one: all of it when one failed.

    A batch holds the locks of all its jobs, in no order that another batch would share: it waits for none for long.
    """
    if not claims:
        return []
    try:
        with acting_as(WORKER), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [BATCH_LOCK_TIMEOUT])
            finished = finish_jobs(claims)
            ours = [claim for claim in claims if claim.id in finished]
            _call(ours)
    except Exception as error:
        log.info("batch given up jobs=%s error=%s: they run one by one", len(claims), type(error).__name__)
        return claims
    _count_done(ours)
    if lost := len(claims) - len(ours):
        log.warning("leases lost jobs=%s", lost)
        count_lost_leases("jobs", lost)
    return []


def _count_done(claims: list[Claim]) -> None:
    if not claims:
        return
    now, lane = clock.now(), claims[0].lane
    count_jobs(lane, "done", len(claims))
    observe_effects(lane, ((now - claim.occurred_at).total_seconds() for claim in claims))


def _run_one_by_one(claims: list[Claim], end: float) -> None:
    """Run each by itself while its lease and the drain last, the first in any case; the rest is given back."""
    for place, claim in enumerate(claims):
        if clock.machine_now() > claim.lease_until or (place and monotonic() > end):
            _release(claims[place:], trouble=OUT_OF_TIME)
            return
        with traced(claim.trace):
            _run_alone(claim)


def _run_alone(claim: Claim) -> None:
    """Run one job; a failure is recorded and backs off, a lost lease leaves it to its new holder."""
    try:
        if claim.attempts > Job.max_attempts:
            raise RuntimeError(ALWAYS_LOST)
        _run_outside(claim) if _is_external(claim) else _run_inside(claim)
        _count_done([claim])
    except LeaseLost:
        log.warning("lease lost consumer=%s job=%s", claim.consumer, claim.id)
        count_lost_leases("jobs")
    except Exception as error:
        log.exception("reaction failed consumer=%s job=%s attempt=%s", claim.consumer, claim.id, claim.attempts)
        with acting_as(WORKER):
            dead = fail_job(claim, error=error)
        count_jobs(claim.lane, "dead" if dead else "failed")
        count_dead("jobs", int(dead))


def _run_inside(claim: Claim) -> None:
    with acting_as(WORKER):
        _finish(claim)
        _call([claim])


def _run_outside(claim: Claim) -> None:
    """For reactions that talk to other systems: no transaction is open while they do."""
    if connection.in_atomic_block:
        raise RuntimeError("An external reaction runs outside any transaction.")
    _call([claim])
    with acting_as(WORKER):
        _finish(claim)


def _finish(claim: Claim) -> None:
    if not finish_jobs([claim]):
        raise LeaseLost


def _call(claims: Sequence[Claim]) -> None:
    """Call every reaction with its part of the claims, in their order."""
    parts: dict[str, list[Heard[Any]]] = defaultdict(list)
    for claim in claims:
        parts[claim.consumer].append(_heard(claim))
    for consumer, part in parts.items():
        start = monotonic()
        with span("reaction", trace=part[0].envelope.trace, consumer=consumer, events=str(len(part))):
            get_reaction(consumer).hear(part)
        observe_reaction(consumer, monotonic() - start)
        if log.isEnabledFor(logging.DEBUG):
            _tell(consumer, part)


def _tell(consumer: str, part: Sequence[Heard[Any]]) -> None:
    for heard in part:
        with traced(heard.envelope.trace):
            log.debug("reacted consumer=%s event=%s", consumer, heard.envelope.event_id)


def _heard(claim: Claim) -> Heard[Any]:
    """The present is never before the event itself: clocks of two machines may differ by a little."""
    envelope = Envelope(
        event_id=claim.event_id,
        occurred_at=claim.occurred_at,
        now=max(clock.now(), claim.occurred_at),
        trace=claim.trace,
    )
    return Heard(event=decode(claim.type, claim.data), envelope=envelope)


def has_due(lane: str) -> bool:
    """Whether a bell would find work; the caller acts as a worker."""
    return Job.objects.filter(is_due(clock.now()), lane=lane).exists()
