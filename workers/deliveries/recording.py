"""Recording what came of attempts: many results in one transaction, fenced by the attempts that were claimed."""

import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any

import msgspec
from django.db import connection
from django.db.backends.utils import CursorWrapper

from workers.deliveries.claiming import Result
from workers.deliveries.events import EndpointDisabled
from workers.deliveries.models import Attempt, Endpoint, EndpointState, OpenDelivery
from workers.deliveries.rules import BREAKER_FAILURES, GONE, Answer, Fate, Health, fate_of, health_after, wait_after
from workers.deliveries.telling import tell
from workers.kernel import clock
from workers.kernel.ids import new_id_text
from workers.kernel.leases import Status
from workers.kernel.metrics import count_dead
from workers.outbox.publishing import publish

log = logging.getLogger(__name__)
_random = SystemRandom()
_SNIPPET: Any = Attempt._meta.get_field("response_snippet")
_STATUSES = {"ready": Status.READY.value, "done": Status.DONE.value}
_STATUS = {Fate.DONE: Status.DONE, Fate.AGAIN: Status.READY, Fate.DEAD: Status.DEAD}

# What was taken is open no more. A row that somebody else claimed since keeps what they make of it: its attempt is not
# recorded here. `former` is no constant to the planner, which would else read all that is ready rather than these rows
# by their keys.
_RECORD = """
WITH result AS (
    SELECT *, %(ready)s::smallint AS former FROM jsonb_to_recordset(%(results)s::jsonb) AS r (
        id uuid, attempts int, status int, due_at timestamptz, error text,
        attempt_id uuid, at timestamptz, code int, duration_ms int, ip inet, snippet text)
), taken AS (
    DELETE FROM workers_open_delivery AS d USING result AS r
    WHERE d.delivery_id = r.id AND d.attempts = r.attempts AND d.status = r.former AND r.status = %(done)s
    RETURNING d.delivery_id AS id, d.attempts, d.owner_id, d.earlier_attempts
), failed AS (
    UPDATE workers_open_delivery AS d
    SET status = r.status, due_at = r.due_at, last_error = r.error, lease_until = NULL
    FROM result AS r
    WHERE d.delivery_id = r.id AND d.attempts = r.attempts AND d.status = r.former AND r.status <> %(done)s
    RETURNING d.delivery_id AS id, d.attempts, d.owner_id, d.earlier_attempts
), finished AS (
    SELECT * FROM taken UNION ALL SELECT * FROM failed
), noted AS (
    INSERT INTO workers_delivery_attempt
        (id, delivery_id, owner_id, number, at, status_code, error_class, duration_ms, ip, response_snippet)
    SELECT r.attempt_id, r.id, f.owner_id, f.earlier_attempts + r.attempts, r.at, r.code,
        CASE WHEN r.code IS NULL THEN r.error ELSE '' END, r.duration_ms, r.ip, decode(r.snippet, 'hex')
    FROM result AS r JOIN finished AS f USING (id, attempts)
)
SELECT r.id::text, r.attempts FROM result AS r LEFT JOIN finished AS f USING (id, attempts) WHERE f.id IS NULL
"""


def record(results: Sequence[Result]) -> None:
    """Store the attempts, decide what is next for their deliveries, and how their endpoints are doing.

    Endpoints are locked before deliveries, so that two recordings never wait for each other.
    """
    if results:
        disabled = _update_health([result for result in results if says_something(result)], clock.now())
        tell(results, note(results, disabled))


def says_something(result: Result) -> bool:
    """Whether an answer changes what is known of its endpoint; of most that it is well is known."""
    return not result.answer.is_our_fault and (result.claimed.is_ailing or not result.answer.is_good)


def note(results: Sequence[Result], disabled: Collection[str] = ()) -> CursorWrapper:
    """Store the attempts and what is next for their deliveries; endpoints that are `disabled` take no more of them.

    The database may answer later (`actor.pipelined`): then `tell` what it says.
    """
    now = clock.now()
    rows = [_row(result, result.claimed.endpoint_id in disabled, now) for result in results]
    cursor = connection.cursor()
    cursor.execute(_RECORD, {"results": msgspec.json.encode(rows).decode(), **_STATUSES})
    return cursor


class _Row(msgspec.Struct, omit_defaults=True):
    """What `_RECORD` takes of a result; what is left out is NULL there."""

    id: str
    attempts: int
    status: int
    attempt_id: str
    at: datetime
    duration_ms: int
    code: int | None
    ip: str | None
    due_at: datetime | None = None
    error: str = ""
    snippet: str | None = None


def _row(result: Result, is_disabled: bool, now: datetime) -> _Row:
    claimed, answer = result.claimed, result.answer
    fate = fate_of(answer, attempts=claimed.attempts)
    if fate == Fate.AGAIN and is_disabled:
        fate = Fate.DEAD
    pk = new_id_text()
    return _Row(
        id=claimed.id,
        attempts=claimed.attempts,
        status=_STATUS[fate].value,
        due_at=_due_after(fate, answer, claimed.attempts, now),
        error="" if answer.is_good else answer.reason,
        attempt_id=pk,
        at=result.at,
        code=answer.status_code,
        duration_ms=answer.duration_ms,
        ip=answer.ip,
        snippet=_SNIPPET.seal(answer.snippet, pk=pk).hex() if answer.snippet else None,
    )


def _due_after(fate: Fate, answer: Answer, attempts: int, now: datetime) -> datetime | None:
    """When it is tried again; of a dead one since when it is."""
    if fate == Fate.AGAIN:
        return now + wait_after(answer, attempts=attempts, chance=_random.random())
    return now if fate == Fate.DEAD else None


def _update_health(results: Sequence[Result], now: datetime) -> set[str]:
    """Note how endpoints are doing that failed now or before; return those that take no deliveries any more."""
    answers: dict[str, list[Answer]] = defaultdict(list)
    for result in results:
        answers[result.claimed.endpoint_id].append(result.answer)
    if not answers:
        return set()
    endpoints = Endpoint.objects.select_for_update(no_key=True).filter(pk__in=answers).order_by("pk")
    return {str(endpoint.pk) for endpoint in endpoints if _is_disabled_after(endpoint, answers[str(endpoint.pk)], now)}


def _is_disabled_after(endpoint: Endpoint, answers: Sequence[Answer], now: datetime) -> bool:
    health = Health(
        failing_since=endpoint.failing_since, failures=endpoint.failures, breaker_until=endpoint.breaker_until
    )
    for answer in answers:
        health = health_after(health, answer, now=now)
        if health.gone:
            break
    endpoint.failing_since, endpoint.failures = health.failing_since, health.failures
    endpoint.breaker_until = health.breaker_until
    endpoint.save(update_fields=["failing_since", "failures", "breaker_until"])
    if health.gone and endpoint.state != EndpointState.DISABLED and _is_certain(endpoint, answers, now):
        _disable(endpoint, health.gone, now)
    return endpoint.state == EndpointState.DISABLED


def _is_certain(endpoint: Endpoint, answers: Sequence[Answer], now: datetime) -> bool:
    """Whether it said that it is gone, or was really tried: two failures five days apart do not tell."""
    if any(answer.status_code == GONE for answer in answers) or endpoint.failing_since is None:
        return True
    since = endpoint.failing_since - timedelta(minutes=1)  # an attempt's time is when it began
    tried = Attempt.objects.filter(delivery__endpoint=endpoint, at__gte=since, at__lte=now)
    if tried.filter(status_code__gte=200, status_code__lt=300).exists():
        return False
    return tried.count() + len(answers) >= BREAKER_FAILURES


def _disable(endpoint: Endpoint, reason: str, now: datetime) -> None:
    """Send nothing more there and tell people. What waits is dead, and can be replayed; what is under way ends."""
    endpoint.state, endpoint.disabled_reason = EndpointState.DISABLED, reason
    endpoint.save(update_fields=["state", "disabled_reason"])
    waiting = OpenDelivery.objects.filter(endpoint=endpoint, status=Status.READY).exclude(
        lease_until__gt=clock.machine_now()
    )
    count_dead("deliveries", waiting.update(status=Status.DEAD, due_at=now, last_error=reason, lease_until=None))
    publish(EndpointDisabled(endpoint_id=endpoint.pk, owner_id=endpoint.owner_id), about=endpoint, now=now)
    log.error("endpoint disabled endpoint=%s owner=%s reason=%s", endpoint.pk, endpoint.owner_id, reason)
