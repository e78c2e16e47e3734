"""The only Celery tasks: thin shells around the engine's loops."""

from collections.abc import Callable
from functools import cache
from time import monotonic
from typing import Any

from celery import current_app, shared_task
from django.conf import settings
from redis import Redis

from workers import retention
from workers.deliveries import sending as deliveries
from workers.emails import sending as emails
from workers.events import LANES
from workers.kernel.actor import WORKER, acting_as
from workers.operations import heartbeats
from workers.outbox import claiming, draining, repair
from workers.timers import firing, rezoning

_DRAINS: dict[str, Callable[..., int]] = {"mail": emails.send_due, "webhooks": deliveries.send_due}
_HAS_DUE = {"mail": emails.has_due, "webhooks": deliveries.has_due}
_OPTIONS = settings.CELERY_BROKER_TRANSPORT_OPTIONS
BELLS = 8  # in a lane's queue; whoever hears the first of them finds what more would have told
# A worker that is told to stop ends what it is at, so a drain is short; the rest is rung for. Where it takes most of
# a lease a reaction hangs: it is interrupted, which fails its job, and at last the process is killed. Celery can do so
# to processes (the domain lane) and not to threads: there workers/outbox/calling.py interrupts, and nobody kills.
DRAIN_SECONDS = min(2.0, settings.LEASE_SECONDS / 4)
INTERRUPT_SECONDS = max(1, settings.LEASE_SECONDS * 3 // 4)
KILL_SECONDS = INTERRUPT_SECONDS + max(1, settings.LEASE_SECONDS // 4)


@shared_task(name="workers.drain", ignore_result=True, soft_time_limit=INTERRUPT_SECONDS, time_limit=KILL_SECONDS)
def drain(*, lane: str) -> None:
    """Do what is due in a lane: run its jobs, and send its e-mails or deliveries."""
    draining.drain(lane, seconds=DRAIN_SECONDS)
    if lane in _DRAINS:
        _DRAINS[lane](seconds=DRAIN_SECONDS)
    heartbeats.beat(lane)


@shared_task(name="workers.sweep", ignore_result=True, soft_time_limit=INTERRUPT_SECONDS, time_limit=KILL_SECONDS)
def sweep() -> None:
    """Fire due timers, and ring every lane where something is due: what a lost bell left behind is found here.

    A lane of which nothing was heard for a while is rung as well, so that its heartbeat says whether it is served.
    """
    firing.fire_due(seconds=DRAIN_SECONDS)
    heartbeats.beat(heartbeats.SWEEP)
    with acting_as(WORKER):
        claiming.park_followers()
        silent = heartbeats.silent_lanes()
        ringing = [lane for lane in LANES if lane in silent or _has_due(lane)]
    for lane in ringing:
        strike(lane)


@shared_task(name="workers.retire", ignore_result=True, soft_time_limit=INTERRUPT_SECONDS, time_limit=KILL_SECONDS)
def retire() -> None:
    """Delete some of what is over, and let go what is parked behind nothing, should there be any."""
    retention.retire()
    with acting_as(WORKER):
        repair.unpark()


@shared_task(name="workers.follow_clocks", ignore_result=True)
def follow_clocks() -> None:
    """Move timers that are set for a wall time when the rules of its zone have changed."""
    rezoning.follow_clocks()


def strike(lane: str) -> bool:
    """Send a lane's bell unless enough of them wait; returns whether it was sent.

    Raises what the broker's client raises when it is away.
    """
    if _count_waiting(lane) >= BELLS:
        return False
    with current_app.producer_pool.acquire() as producer:
        current_app.amqp.send_task_message(
            producer, drain.name, _bell(lane), queue=lane, delivery_mode="transient", retry=False
        )
    return True


@cache
def _bell(lane: str) -> Any:
    """A lane's message is always the same: Celery takes longer to make one than to send it."""
    return current_app.amqp.as_task_v2("bell", drain.name, kwargs={"lane": lane}, ignore_result=True)


def _count_waiting(lane: str) -> int:
    """How many bells a lane has on Redis; RabbitMQ's queues have a limit of their own."""
    redis = _redis(settings.CELERY_BROKER_URL)
    return int(redis.llen(f"{_OPTIONS['global_keyprefix']}{lane}")) if redis else 0


@cache
def _redis(url: str) -> Redis | None:
    if not url.startswith("redis"):
        return None
    return Redis.from_url(url, **{name: _OPTIONS[name] for name in ("socket_timeout", "socket_connect_timeout")})


def _has_due(lane: str) -> bool:
    return draining.has_due(lane) or (lane in _HAS_DUE and _HAS_DUE[lane]())


def drain_fully(lane: str) -> float:
    """Do what is due in a lane, here, until nothing is, and return the seconds that took."""
    start = monotonic()
    while _is_due(lane):
        draining.drain(lane)
        if lane in _DRAINS:
            _DRAINS[lane](seconds=DRAIN_SECONDS)
    return round(monotonic() - start, 3)


def _is_due(lane: str) -> bool:
    with acting_as(WORKER):
        return _has_due(lane)
