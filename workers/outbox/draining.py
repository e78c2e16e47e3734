"""Draining a lane: claim due jobs, call their reactions, and delete each job in the transaction of its effect.

A batch runs in one transaction. When it fails, and for jobs that failed before or run apart, each has its own, so that
the others are undisturbed. What talks to other systems runs outside any, in one call where it hears a batch together.
A job whose worker never came back is a suspect: it may have been the cause. A worker holds few of them and nothing
else, and one that outlived two workers by itself.
"""

import logging
from collections import defaultdict
from datetime import datetime
from math import inf
from time import monotonic
from uuid import UUID

from django.db import connection

from workers.events import Reaction, SomeFailed, get_reaction, list_reactions
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.bells import ring
from workers.kernel.leases import ALWAYS_LOST, LeaseLost, is_due
from workers.kernel.metrics import count_dead, count_jobs, count_lost_leases, observe_effects
from workers.kernel.trace import traced
from workers.outbox.calling import call
from workers.outbox.claiming import Claim, claim_jobs, fail_job, finish_jobs, release_jobs
from workers.outbox.models import Job

log = logging.getLogger(__name__)
BATCH = 200
FIRST_BATCH = 25
# Where reactions wait for other systems, the other threads of the lane want some, too.
EXTERNAL_BATCH, FIRST_EXTERNAL_BATCH = 40, 5
SHORT, LONG = 0.25, 1.0  # seconds: after a shorter batch the next is twice as large, after a longer one half
OUT_OF_TIME = "There was no time left for it in its batch: from now on it runs alone."
BATCH_LOCK_TIMEOUT = "50ms"  # far below PostgreSQL's deadlock_timeout of 1 s


def drain(lane: str, *, seconds: float | None = None) -> int:
    """Run what is due in `lane` until nothing is, and return how many jobs were taken.

    After about `seconds` it stops and rings the lane for the rest. What was given back to run in small company has its
    turn before: the next drain would find it in large company again, as long as the lane is busy.
    """
    end = inf if seconds is None else monotonic() + seconds
    waits = any(it.external and it.lane == lane for it in list_reactions())
    most, limit = (EXTERNAL_BATCH, FIRST_EXTERNAL_BATCH) if waits else (BATCH, FIRST_BATCH)
    taken, given_back = 0, False
    floor: datetime | None = None
    while (start := monotonic()) < end or given_back:
        with acting_as(WORKER):
            claims = claim_jobs(lane, limit=limit, floor=floor)
        if not claims and floor is None:
            return taken
        floor = claims[0].due_at if len(claims) == limit else None
        taken += len(claims)
        company = _run(claims, end)
        given_back = company < len(claims)
        limit = min(company, _next_limit(limit, monotonic() - start, most))
    ring(lane)
    return taken


def _next_limit(limit: int, took: float, most: int) -> int:
    """Return how many jobs fit a batch that is neither lost to a time limit nor mostly commits."""
    if took < SHORT:
        return min(limit * 2, most)
    return max(limit // 2, 1) if took > LONG else limit


def _run(claims: list[Claim], end: float = inf) -> int:
    """Run what was claimed, and return how many jobs may be claimed next.

    What a killed worker left is given back where it came with too many others, and claimed again in small parts: if it
    kills this worker too, few others have lost an attempt.
    """
    ready = [claim for claim in claims if len(claims) <= claim.company]
    _release([claim for claim in claims if len(claims) > claim.company])
    together, outside, alone = _part(ready)
    given_up = [claim for batch in together for claim in _run_together(batch)]
    given_up += [claim for part in outside for claim in _run_outside_together(part)]
    _run_one_by_one(given_up + alone, end)
    return min((claim.company for claim in claims), default=BATCH)


def _release(claims: list[Claim], *, trouble: str = "") -> None:
    if claims:
        with acting_as(WORKER):
            release_jobs(claims, trouble=trouble)
        count_jobs(claims[0].lane, "released", len(claims))


def _part(claims: list[Claim]) -> tuple[list[list[Claim]], list[list[Claim]], list[Claim]]:
    """Return what shares a transaction, what one call outside any takes, and what runs alone.

    A part of one consumer's that is but one runs alone.
    """
    shared, own, outside = list[Claim](), defaultdict[str, list[Claim]](list), defaultdict[str, list[Claim]](list)
    alone = list[Claim]()
    for claim in claims:
        reaction = _reaction_of(claim)
        if reaction is None or claim.trouble or claim.company == 1:
            alone.append(claim)
        elif not (reaction.external or reaction.apart):
            shared.append(claim)
        elif reaction.together:
            (outside if reaction.external else own)[claim.consumer].append(claim)
        else:
            alone.append(claim)
    alone += [part[0] for part in (*own.values(), *outside.values()) if len(part) == 1]
    together, calls = ([part for part in parts.values() if len(part) > 1] for parts in (own, outside))
    return [shared, *together], calls, alone


def _reaction_of(claim: Claim) -> Reaction | None:
    try:
        return get_reaction(claim.consumer)
    except LookupError:
        return None


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
            call(ours)
    except Exception as error:
        return _give_up(claims, error)
    _count_finished(claims, finished)
    return []


def _run_outside_together(claims: list[Claim]) -> list[Claim]:
    """Run the jobs of one consumer by one call and no transaction; returns what has to run one by one: all or nothing.

    What was done for them is done, and will be found so: a reaction to the outside is called at least once.
    """
    try:
        failed = _call_outside(claims)
        with acting_as(WORKER):
            finished = finish_jobs([claim for claim in claims if claim.event_id not in failed])
    except Exception as error:
        return _give_up(claims, error)
    _count_finished([claim for claim in claims if claim.event_id not in failed], finished)
    for claim in claims:
        if claim.event_id in failed:
            with traced(claim.trace):
                _fail(claim, failed[claim.event_id])
    return []


def _give_up(claims: list[Claim], error: Exception) -> list[Claim]:
    log.info("batch given up jobs=%s error=%s: they run one by one", len(claims), type(error).__name__)
    return claims


def _count_finished(claims: list[Claim], finished: set[int]) -> None:
    _count_done([claim for claim in claims if claim.id in finished])
    if lost := len(claims) - len(finished):
        log.warning("leases lost jobs=%s", lost)
        count_lost_leases("jobs", lost)


def _count_done(claims: list[Claim]) -> None:
    if not claims:
        return
    now, lane = clock.now(), claims[0].lane
    count_jobs(lane, "done", len(claims))
    observe_effects(lane, [(now - claim.occurred_at).total_seconds() for claim in claims])


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
        reaction = get_reaction(claim.consumer)
        _run_outside(claim) if reaction.external else _run_inside(claim)
        _count_done([claim])
    except LeaseLost:
        log.warning("lease lost consumer=%s job=%s", claim.consumer, claim.id)
        count_lost_leases("jobs")
    except Exception as error:
        _fail(claim, error)


def _fail(claim: Claim, error: Exception) -> None:
    what = "reaction failed consumer=%s job=%s attempt=%s"
    log.error(what, claim.consumer, claim.id, claim.attempts, exc_info=error)
    with acting_as(WORKER):
        dead = fail_job(claim, error=error)
    count_jobs(claim.lane, "dead" if dead else "failed")
    count_dead("jobs", int(dead))


def _run_inside(claim: Claim) -> None:
    with acting_as(WORKER):
        _finish(claim)
        call([claim])


def _run_outside(claim: Claim) -> None:
    for error in _call_outside([claim]).values():
        raise error
    with acting_as(WORKER):
        _finish(claim)


def _call_outside(claims: list[Claim]) -> dict[UUID, Exception]:
    """For reactions that talk to other systems: no transaction is open while they do. Returns which events failed."""
    if connection.in_atomic_block:
        raise RuntimeError("An external reaction runs outside any transaction.")
    try:
        call(claims)
    except SomeFailed as some:
        return some.errors
    return {}


def _finish(claim: Claim) -> None:
    if not finish_jobs([claim]):
        raise LeaseLost


def has_due(lane: str) -> bool:
    """Whether a bell would find work; the caller acts as a worker."""
    return Job.objects.filter(is_due(clock.now()), lane=lane).exists()
