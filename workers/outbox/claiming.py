"""Taking jobs and giving them back: every statement by which a worker touches the table of jobs.

A claim takes only the first open job of a key, so what comes later waits for it; a dead job parks its key.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from sys import maxsize
from typing import Any
from uuid import UUID

from django.db import connection

from workers.kernel import clock
from workers.kernel.leases import Status, fail, lease_end
from workers.outbox.models import Job

SUSPECTS, SECOND = 10, 2  # jobs that one worker's death left and that run together, at their second attempt

# `floor` bounds the scan from below: entries of deleted jobs that an old snapshot keeps alive lie at the low end of
# the index and would be visited by every claim (25.8 ms instead of 0.9 for 200,000 of them).
_CLAIM = f"""
WITH due AS MATERIALIZED (
    SELECT id, lease_until AS former_lease FROM workers_job AS job
    WHERE lane = %(lane)s AND status = {Status.READY.value}
      AND due_at <= %(now)s AND due_at >= coalesce(%(floor)s::timestamptz, '-infinity')
      AND (lease_until IS NULL OR lease_until <= %(machine_now)s)
      AND NOT EXISTS (
        SELECT FROM workers_job AS earlier
        WHERE earlier.consumer = job.consumer AND earlier.ordering_key = job.ordering_key AND earlier.seq < job.seq)
    ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE workers_job AS job SET attempts = attempts + 1, lease_until = %(until)s
FROM due, workers_event AS event
WHERE job.id = due.id AND event.id = job.event_id
RETURNING job.id, job.attempts, job.last_error, job.consumer, job.due_at, job.lease_until, due.former_lease,
          event.id, event.type, event.occurred_at, event.data::text, event.trace
"""  # noqa: S608 - the number of a status

_HELD = f"job.id = held.id AND job.attempts = held.attempts AND job.status = {Status.READY.value}"
_FINISH = f"""
DELETE FROM workers_job AS job USING unnest(%s::bigint[], %s::int[]) AS held (id, attempts)
WHERE {_HELD} RETURNING job.id
"""  # noqa: S608 - the number of a status
_RELEASE = f"""
UPDATE workers_job AS job SET attempts = job.attempts - 1, lease_until = held.former_lease,
    last_error = coalesce(nullif(job.last_error, ''), %s)
FROM unnest(%s::bigint[], %s::int[], %s::timestamptz[]) AS held (id, attempts, former_lease) WHERE {_HELD}
"""  # noqa: S608 - the number of a status
# A dead row that somebody is reviving or dropping is passed over: nobody would let go what is parked behind it later.
_PARK = f"""
WITH dead AS MATERIALIZED (
    SELECT consumer, ordering_key, seq FROM workers_job AS dead
    WHERE status = {Status.DEAD.value} AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s::bigint[]))
      AND EXISTS (SELECT FROM workers_job AS job WHERE job.consumer = dead.consumer
                  AND job.ordering_key = dead.ordering_key AND job.seq > dead.seq AND job.status = {Status.READY.value})
    FOR SHARE SKIP LOCKED)
UPDATE workers_job AS job SET status = {Status.PARKED.value} FROM dead
WHERE job.consumer = dead.consumer AND job.ordering_key = dead.ordering_key
  AND job.seq > dead.seq AND job.status = {Status.READY.value}
"""  # noqa: S608 - the number of a status


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in a worker's hands, with its event. `data` is the payload's JSON.

    `trouble` is what went wrong before, here or in its batch; `former_lease` is set when the worker that had it before
    never came back.
    """

    lane: str
    id: int
    attempts: int
    trouble: str
    consumer: str
    due_at: datetime
    lease_until: datetime
    former_lease: datetime | None
    event_id: UUID
    type: str
    occurred_at: datetime
    data: str
    trace: str

    @property
    def company(self) -> int:
        """How many jobs a worker may hold that holds this one, which the last worker may have died of.

        Most workers die of something else and leave a batch; a second death leaves so few that each can run alone.
        """
        if not self.former_lease:
            return maxsize
        return SUSPECTS if self.attempts == SECOND else 1


def claim_jobs(lane: str, *, limit: int, floor: datetime | None = None) -> list[Claim]:
    """Take up to `limit` due jobs of a lane for LEASE_SECONDS, oldest first; none that was due before `floor`."""
    moment = {"now": clock.now(), "machine_now": clock.machine_now(), "until": lease_end()}
    rows = _execute(_CLAIM, {"lane": lane, "limit": limit, "floor": floor, **moment})
    return sorted((Claim(lane, *row) for row in rows), key=lambda claim: (claim.due_at, claim.id))


def finish_jobs(claims: Sequence[Claim]) -> set[int]:
    """Delete the jobs that are still held, and return their ids: the fence, which makes 'doubled' zero.

    To be called in the transaction of their effects, and before these: the rows stay locked until it commits.
    """
    return {row[0] for row in _execute(_FINISH, _ids(claims))}


def release_jobs(claims: Sequence[Claim], *, trouble: str = "") -> None:
    """Give back what was claimed and not run, as if it had never been taken, but for the `trouble` it may have made."""
    _execute(_RELEASE, [trouble, *_ids(claims), [claim.former_lease for claim in claims]])


def fail_job(claim: Claim, *, error: BaseException) -> bool:
    """Let the job back off, or make it dead after its last attempt; a dead job parks the later ones of its key.

    Returns whether it is dead now.
    """
    dead = fail(Job(pk=claim.id, attempts=claim.attempts), error=error, now=clock.now())
    if dead:
        park_followers([claim.id])
    return dead


def park_followers(ids: Iterable[int] | None = None) -> None:
    """Take the later jobs of dead ones (None: of all) out of the index of due jobs: a claim need not step over them."""
    _execute(_PARK, {"ids": None if ids is None else list(ids)})


def _ids(claims: Sequence[Claim]) -> list[Any]:
    return [[claim.id for claim in claims], [claim.attempts for claim in claims]]


def _execute(statement: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []
