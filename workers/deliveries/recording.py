"""Recording what came of attempts: many results in one transaction, fenced by the attempts that were claimed."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from uuid import UUID

import msgspec
from django.db import connection

from workers.deliveries.claiming import Claimed
from workers.deliveries.events import EndpointDisabled
from workers.deliveries.models import Attempt, Delivery, Endpoint, EndpointState
from workers.deliveries.rules import (
    BREAKER_FAILURES,
    GONE,
    THROTTLING,
    Answer,
    Fate,
    Health,
    fate_of,
    health_after,
    wait_after,
)
from workers.kernel import clock
from workers.kernel.leases import Status
from workers.kernel.metrics import AttemptOutcome, count_dead, count_lost_leases, observe_attempt
from workers.kernel.trace import traced
from workers.outbox.publishing import publish

log = logging.getLogger(__name__)
_random = SystemRandom()
_SNIPPET = Attempt._meta.get_field("response_snippet")
_STATUS = {Fate.DONE: Status.DONE, Fate.AGAIN: Status.READY, Fate.DEAD: Status.DEAD}

# A row that somebody else claimed since keeps what they make of it: its attempt is not recorded here.
_RECORD = """
WITH result AS (
    SELECT * FROM jsonb_to_recordset(%(results)s::jsonb) AS r (
        id uuid, attempts int, status int, due_at timestamptz, error text,
        attempt_id uuid, at timestamptz, code int, duration_ms int, ip inet, snippet text)
), finished AS (
    UPDATE workers_delivery AS d
    SET status = r.status, due_at = coalesce(r.due_at, d.due_at), last_error = r.error, lease_until = NULL
    FROM result AS r WHERE d.id = r.id AND d.attempts = r.attempts AND d.status = %(ready)s
    RETURNING d.id, d.attempts, d.owner_id, d.earlier_attempts
), noted AS (
    INSERT INTO workers_delivery_attempt
        (id, delivery_id, owner_id, number, at, status_code, error_class, duration_ms, ip, response_snippet)
    SELECT r.attempt_id, r.id, f.owner_id, f.earlier_attempts + r.attempts, r.at, r.code,
        CASE WHEN r.code IS NULL THEN r.error ELSE '' END, r.duration_ms, r.ip, decode(r.snippet, 'hex')
    FROM result AS r JOIN finished AS f USING (id, attempts)
)
SELECT id, attempts FROM finished
"""


@dataclass(frozen=True, slots=True)
class Result:
    """An attempt that was made at `at`, and its answer."""

    claimed: Claimed
    at: datetime
    answer: Answer


def record(results: Sequence[Result]) -> None:
    """Store the attempts, decide what is next for their deliveries, and how their endpoints are doing.

    Endpoints are locked before deliveries, so that two recordings never wait for each other.
    """
    if not results:
        return
    now = clock.now()
    disabled = _update_health([r for r in results if _says_something(r)], now)
    rows = [_row(result, result.claimed.endpoint_id in disabled, now) for result in results]
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, {"results": msgspec.json.encode(rows).decode(), "ready": Status.READY.value})
        finished = set(cursor.fetchall())
    for result in results:
        _tell(result, is_ours=(result.claimed.id, result.claimed.attempts) in finished)


def _says_something(result: Result) -> bool:
    """Whether an answer changes what is known of its endpoint; of most that it is well is known."""
    return not result.answer.is_our_fault and (result.claimed.is_ailing or not result.answer.is_good)


def _row(result: Result, is_disabled: bool, now: datetime) -> dict[str, object]:
    """What `_RECORD` takes of a result."""
    claimed, answer = result.claimed, result.answer
    fate = fate_of(answer, attempts=claimed.attempts)
    if fate == Fate.AGAIN and is_disabled:
        fate = Fate.DEAD
    attempt = Attempt(response_snippet=answer.snippet)
    wait = wait_after(answer, attempts=claimed.attempts, chance=_random.random())
    return {
        "id": claimed.id,
        "attempts": claimed.attempts,
        "status": _STATUS[fate].value,
        "due_at": {Fate.DONE: None, Fate.AGAIN: now + wait, Fate.DEAD: now}[fate],  # dead: since when
        "error": "" if answer.is_good else answer.reason,
        "attempt_id": attempt.pk,
        "at": result.at,
        "code": answer.status_code,
        "duration_ms": answer.duration_ms,
        "ip": answer.ip,
        "snippet": _SNIPPET.pre_save(attempt, True).hex(),
    }


def _update_health(results: Sequence[Result], now: datetime) -> set[UUID]:
    """Note how endpoints are doing that failed now or before; return those that take no deliveries any more."""
    answers: dict[UUID, list[Answer]] = defaultdict(list)
    for result in results:
        answers[result.claimed.endpoint_id].append(result.answer)
    if not answers:
        return set()
    endpoints = Endpoint.objects.select_for_update(no_key=True).filter(pk__in=answers).order_by("pk")
    return {endpoint.pk for endpoint in endpoints if _is_disabled_after(endpoint, answers[endpoint.pk], now)}


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
    waiting = Delivery.objects.filter(endpoint=endpoint, status=Status.READY).exclude(
        lease_until__gt=clock.machine_now()
    )
    count_dead("deliveries", waiting.update(status=Status.DEAD, due_at=now, last_error=reason, lease_until=None))
    publish(EndpointDisabled(endpoint_id=endpoint.pk, owner_id=endpoint.owner_id), about=endpoint, now=now)
    log.error("endpoint disabled endpoint=%s owner=%s reason=%s", endpoint.pk, endpoint.owner_id, reason)


def _tell(result: Result, *, is_ours: bool) -> None:
    """Count it, and say under the delivery's trace what came of it."""
    claimed, answer = result.claimed, result.answer
    with traced(claimed.trace):
        if not is_ours:
            count_lost_leases("deliveries")
            log.warning("lease lost delivery=%s attempt=%s", claimed.id, claimed.attempts)
            return
        observe_attempt(_outcome(answer), answer.duration_ms / 1000)
        about = (claimed.id, claimed.event_id, claimed.attempts)
        if answer.is_good:
            log.info("delivered delivery=%s event=%s attempt=%s", *about)
            return
        log.info("delivery failed delivery=%s event=%s attempt=%s reason=%s", *about, answer.reason)
        if fate_of(answer, attempts=claimed.attempts) == Fate.DEAD:
            count_dead("deliveries")


def _outcome(answer: Answer) -> AttemptOutcome:
    """What the metrics call it."""
    if answer.status_code is None:
        return "unreachable"
    if answer.is_good:
        return "delivered"
    if answer.status_code == GONE:
        return "gone"
    if answer.status_code in THROTTLING:
        return "throttled"
    return "failed" if answer.is_outage else "refused"
