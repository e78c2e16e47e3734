"""Claiming: which deliveries are sent now, a few of each endpoint, so that a dead or slow one starves nobody.

One statement decides. It locks the endpoints it takes from, skipping those that another claim has locked, so that their
limits (`max_inflight`, `rate_per_s`, one probe of a half-open breaker) hold over all machines. Rows that were claimed
between this statement's snapshot and its lock are not in the snapshot: an endpoint whose `claims` moved since is passed
over, and found by the next claim.

What is under way at an endpoint is found by `under_way`, which each claim writes: the keys of what was leased then. An
index over leases would be written with each lease; without one neither of a claim's columns is indexed, and a row is
claimed without touching any index (PostgreSQL's HOT). Messages are read by their keys, once they are claimed.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

from workers.deliveries.models import Delivery, Direction, Endpoint, EndpointSecret, EndpointState
from workers.deliveries.rules import Answer
from workers.deliveries.signing import Signer, signer
from workers.deliveries.transfer import DEADLINE
from workers.kernel import clock
from workers.kernel.encryption import CannotDecrypt, open_sealed
from workers.kernel.leases import Status

MARGIN = timedelta(seconds=10)  # for recording, beyond the longest attempt
RATE_WINDOW = timedelta(seconds=1)  # an endpoint that was idle may get this much of its rate at once
UNLIMITED = 32_767  # per second: more than one endpoint's `max_inflight` lets through
_BODY: Any = Delivery._meta.get_field("body")

_DUE = """
    d.endpoint_id = e.id AND d.status = %(ready)s AND d.due_at <= %(now)s
    AND (d.lease_until IS NULL OR d.lease_until <= %(machine_now)s)
    AND NOT (e.ordered AND d.ordering_key IS NOT NULL AND EXISTS (
        SELECT FROM workers_open_delivery AS earlier
        WHERE earlier.endpoint_id = d.endpoint_id AND earlier.ordering_key = d.ordering_key
          AND earlier.seq < d.seq AND earlier.status = %(ready)s))
"""
# `room`: how many more may be under way, and how many slots of the rate have come free. Whether anything is due is
# asked of each endpoint's part of an index: by EXISTS the planner joins, and reads all that waits anywhere. Because of
# OFFSET 0 what is under way is found by its key: an index of what is ready comes and goes faster than its statistics,
# and would be read from end to end as if it were short.
_OPEN = f"""
    FROM workers_endpoint AS e
    CROSS JOIN LATERAL (
        SELECT count(*) AS number, array_agg(known.delivery_id) AS ids FROM (
            SELECT h.delivery_id, h.status, h.lease_until FROM workers_open_delivery AS h
            WHERE h.delivery_id = ANY (e.under_way) OFFSET 0
        ) AS known
        WHERE known.status = %(ready)s AND known.lease_until > %(machine_now)s
    ) AS held
    CROSS JOIN LATERAL (
        SELECT least(
            CASE WHEN e.breaker_until IS NULL THEN e.max_inflight ELSE 1 END - held.number,
            floor(extract(epoch FROM %(machine_now)s - greatest(e.paced_until, %(window)s))
                  * coalesce(e.rate_per_s, %(unlimited)s))) AS room
    ) AS free
    WHERE e.state = %(active)s AND (e.breaker_until IS NULL OR e.breaker_until <= %(now)s) AND free.room >= 1
      AND (SELECT true FROM workers_open_delivery AS d WHERE {_DUE} ORDER BY d.due_at LIMIT 1)
"""  # noqa: S608 - put together from constants, as the next ones
_CLAIM = f"""
WITH locked AS MATERIALIZED (
    SELECT e.id, e.ordered, e.claims, e.failing_since IS NOT NULL OR e.breaker_until IS NOT NULL AS is_ailing,
        held.ids AS held, free.room {_OPEN}
    ORDER BY e.claimed_at NULLS FIRST LIMIT %(limit)s
    FOR NO KEY UPDATE OF e SKIP LOCKED
), chosen AS MATERIALIZED (
    SELECT e.*, least(e.room, greatest(%(limit)s / count(*) OVER (), 1))::bigint AS share FROM locked AS e
    WHERE e.claims = (SELECT seen.claims FROM workers_endpoint AS seen WHERE seen.id = e.id)
), taken AS MATERIALIZED (
    SELECT due.delivery_id AS id, e.id AS endpoint_id, e.held, e.is_ailing FROM chosen AS e CROSS JOIN LATERAL (
        SELECT d.delivery_id FROM workers_open_delivery AS d WHERE {_DUE}
        ORDER BY d.due_at, d.delivery_id LIMIT e.share FOR UPDATE SKIP LOCKED
    ) AS due
), counted AS (
    UPDATE workers_endpoint AS e SET claims = e.claims + 1, claimed_at = %(machine_now)s, under_way = t.held || t.ids,
        paced_until = greatest(e.paced_until, %(window)s) + interval '1 second' * cardinality(t.ids) / e.rate_per_s
    FROM (SELECT endpoint_id, held, array_agg(id) AS ids FROM taken GROUP BY endpoint_id, held) AS t
    WHERE e.id = t.endpoint_id
), claimed AS (
    UPDATE workers_open_delivery AS d SET attempts = d.attempts + 1, lease_until = %(until)s
    FROM taken WHERE d.delivery_id = taken.id
    RETURNING d.delivery_id, d.attempts, taken.is_ailing
)
SELECT m.id::text, m.endpoint_id::text, m.event_id::text, m.message_id::text, c.attempts, m.body, m.type, m.trace,
    c.is_ailing
FROM claimed AS c CROSS JOIN LATERAL (SELECT * FROM workers_delivery AS d WHERE d.id = c.delivery_id OFFSET 0) AS m
ORDER BY m.id
"""  # noqa: S608 - constants
# For whoever counts what waits: what an endpoint holds back is due when it lets go, and while it is paused, never.
AS_HELD_BACK = f"""(
    SELECT d.*, greatest(d.stored_due_at, CASE e.state WHEN '{EndpointState.ACTIVE}' THEN e.breaker_until
                                          ELSE 'infinity' END) AS due_at
    FROM (SELECT status, lease_until, endpoint_id, due_at AS stored_due_at FROM workers_open_delivery) AS d
    JOIN workers_endpoint AS e ON e.id = d.endpoint_id
) AS deliveries"""  # noqa: S608 - constants
_HAS_DUE = f"SELECT EXISTS (SELECT {_OPEN})"


class Claimed(NamedTuple):
    """A delivery that this process holds until its lease ends. `is_ailing`: its endpoint's last attempt failed.

    Its ids are text, for they are only passed on: four UUIDs, made and written again, cost more than a signature.
    """

    id: str
    endpoint_id: str
    event_id: str
    message_id: str
    attempts: int
    sealed: bytes
    type: str
    trace: str
    is_ailing: bool

    def body(self) -> bytes:
        """The message as it is sent."""
        sealed = open_sealed(self.sealed, bound_to=_BODY.place(self.id))
        return msgspec.json.decode(sealed, type=str).encode()


class Result(NamedTuple):
    """An attempt that was made at `at`, and its answer."""

    claimed: Claimed
    at: datetime
    answer: Answer


@dataclass(frozen=True)
class Target:
    """Where an endpoint's deliveries go, and what signs them: while a secret is rotated, both."""

    url: str
    signers: tuple[Signer, ...]


def claim(*, now: datetime, limit: int) -> list[Claimed]:
    """Take up to about `limit` due deliveries, as evenly as may be from the endpoints longest not served."""
    return claimed_by(ask(now=now, limit=limit))


def ask(*, now: datetime, limit: int) -> CursorWrapper:
    """Say a claim to the database, which may answer later (`actor.pipelined`): then by `claimed_by`."""
    cursor = connection.cursor()
    cursor.execute(_CLAIM, _parameters(now) | {"limit": limit, "until": clock.machine_now() + _lease()})
    return cursor


def claimed_by(cursor: CursorWrapper) -> list[Claimed]:
    """Return what a claim took."""
    with cursor:
        return [Claimed._make(row) for row in cursor.fetchall()]


def has_due() -> bool:
    """Whether a bell would find work; the caller acts as a worker."""
    with connection.cursor() as cursor:
        cursor.execute(_HAS_DUE, _parameters(clock.now()))
        return bool(cursor.fetchone()[0])


def find_targets(endpoint_ids: set[str], *, now: datetime) -> dict[str, Target]:
    """Return where these endpoints are and the signers of every secret that is valid now, newest first."""
    secrets: dict[UUID, list[Signer]] = {UUID(pk): [] for pk in endpoint_ids}
    for secret in EndpointSecret.objects.filter(endpoint__in=secrets, direction=Direction.OUT).order_by("-id"):
        if secret.valid_until is None or secret.valid_until > now:
            with suppress(CannotDecrypt):  # its endpoint has nothing to sign with, and no other is held up
                secrets[secret.endpoint_id].append(signer(secret.value))
    urls = Endpoint.objects.filter(pk__in=secrets).values_list("pk", "url")
    return {str(pk): Target(url=url, signers=tuple(secrets[pk])) for pk, url in urls}


def _parameters(now: datetime) -> dict[str, datetime | int | str]:
    machine_now = clock.machine_now()
    return {
        "now": now,
        "machine_now": machine_now,
        "window": machine_now - RATE_WINDOW,
        "unlimited": UNLIMITED,
        "ready": Status.READY.value,
        "active": EndpointState.ACTIVE.value,
    }


def _lease() -> timedelta:
    """LEASE_SECONDS, but longer than an attempt may take: who is at it must not lose it."""
    return max(timedelta(seconds=settings.LEASE_SECONDS), timedelta(seconds=DEADLINE) + MARGIN)
