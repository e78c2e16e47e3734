"""Sending: claim due deliveries, sign and post each outside any transaction, and record what came of it."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from workers.deliveries.models import Attempt, Delivery, Endpoint
from workers.deliveries.post import Answer, post
from workers.deliveries.signing import sign
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.leases import LeaseLost, Status, claim, fail, fenced, held, is_due
from workers.kernel.network import refuse_inside_transaction
from workers.kernel.trace import span, traced

log = logging.getLogger(__name__)

PER_ENDPOINT = 10  # a claim takes no more of one endpoint, so that a dead clinic starves nobody
WAITS = [
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
]  # Standard Webhooks 1.0, "Deliverability and reliability"
DISABLE_AFTER = timedelta(days=5)


@dataclass(frozen=True)
class _Sent:
    delivery: Delivery
    answer: Answer
    at: datetime


def send_due() -> int:
    """Send every due delivery and return how many attempts were made. Raises InsideTransaction."""
    refuse_inside_transaction("A webhook's address")  # asked here, for the pool's threads would not notice
    sent = 0
    with ThreadPoolExecutor(max_workers=16, thread_name_prefix="webhook") as pool:
        while deliveries := _claim():
            for result in pool.map(_send, deliveries):
                _record(result)
            sent += len(deliveries)
    return sent


def _claim() -> list[Delivery]:
    """Claim a few of each endpoint that has due deliveries."""
    now = clock.now()
    with acting_as(WORKER):
        due = Delivery.objects.filter(is_due(now), endpoint__is_active=True)
        claimed = [
            delivery
            for endpoint in due.values_list("endpoint", flat=True).distinct()
            for delivery in claim(Delivery, now=now, limit=PER_ENDPOINT, only=Q(endpoint=endpoint))
        ]
        endpoints = Endpoint.objects.in_bulk([delivery.endpoint_id for delivery in claimed])
        for delivery in claimed:
            delivery.endpoint = endpoints[delivery.endpoint_id]
    return claimed


def _send(delivery: Delivery) -> _Sent:
    """Sign with the attempt's time and post; runs in a thread, touches no table."""
    body, at = delivery.body.encode(), clock.now()
    headers = sign(f"msg_{delivery.pk.hex}", at=at, body=body, keys=delivery.endpoint.signing_secrets)
    with traced(delivery.trace), span("delivery", type=delivery.type):
        return _Sent(delivery, post(delivery.endpoint.url, headers=headers, body=body), at)


def _record(sent: _Sent) -> None:
    """Store the attempt and decide what is next; a lost lease means that somebody else sends it again."""
    try:
        with traced(sent.delivery.trace), acting_as(WORKER):
            _store_attempt(sent)
            _decide(sent.delivery, sent.answer, clock.now())
    except LeaseLost:
        log.warning("lease lost delivery=%s", sent.delivery.pk)


def _store_attempt(sent: _Sent) -> None:
    delivery, answer = sent.delivery, sent.answer
    Attempt.objects.create(
        delivery=delivery,
        owner_id=delivery.owner_id,
        number=delivery.attempts,
        at=sent.at,
        status_code=answer.status_code,
        error_class=answer.error_class,
        duration_ms=answer.duration_ms,
    )


def _decide(delivery: Delivery, answer: Answer, now: datetime) -> None:
    if answer.status_code is not None and 200 <= answer.status_code < 300:
        fenced(held(delivery).update(status=Status.DONE, last_error=""))
        log.info("delivered delivery=%s event=%s attempt=%s", delivery.pk, delivery.event_id, delivery.attempts)
        Endpoint.objects.filter(pk=delivery.endpoint_id, failing_since__isnull=False).update(failing_since=None)
        return
    reason = answer.error_class or f"HTTP {answer.status_code}"
    line = "delivery failed delivery=%s event=%s attempt=%s reason=%s"
    log.info(line, delivery.pk, delivery.event_id, delivery.attempts, reason)
    if answer.status_code == 410:
        fenced(held(delivery).update(status=Status.DEAD, last_error=reason))
        _disable(delivery.endpoint_id, "The endpoint answered 410 Gone.")
        return
    wait = max(back_off_after(delivery.attempts), answer.retry_after or timedelta())
    fail(delivery, error=reason, now=now, wait=wait)
    _note_failing(delivery.endpoint_id, now)


def back_off_after(attempts: int) -> timedelta:
    """Return the wait after the given number of attempts; the first is immediate."""
    return WAITS[min(attempts, len(WAITS)) - 1]


def _note_failing(endpoint_id: UUID, now: datetime) -> None:
    """Remember since when an endpoint fails, and disable it after five days of failing."""
    endpoint = Endpoint.objects.filter(pk=endpoint_id)
    endpoint.filter(failing_since__isnull=True).update(failing_since=now)
    if endpoint.filter(failing_since__lte=now - DISABLE_AFTER).exists():
        _disable(endpoint_id, "Every attempt failed for five days.")


def _disable(endpoint_id: UUID, reason: str) -> None:
    """Send nothing more there; what still waits is dead and can be replayed when the endpoint is active again."""
    Endpoint.objects.filter(pk=endpoint_id).update(is_active=False, disabled_reason=reason)
    Delivery.objects.filter(endpoint=endpoint_id, status=Status.READY).update(status=Status.DEAD, last_error=reason)


def has_due() -> bool:
    """Whether a bell would find work; the caller acts as a worker."""
    return Delivery.objects.filter(is_due(clock.now()), endpoint__is_active=True).exists()
