"""The only Celery tasks: thin shells around the engine's loops."""

from typing import Any

from celery import current_app, shared_task
from django.conf import settings

from workers.deliveries import sending as deliveries
from workers.emails import sending as emails
from workers.events import LANES
from workers.kernel.actor import WORKER, acting_as
from workers.outbox import draining
from workers.timers import firing

_DRAINS = {"mail": emails.send_due, "webhooks": deliveries.send_due}
_HAS_DUE = {"mail": emails.has_due, "webhooks": deliveries.has_due}
RING_EXPIRES = 30  # seconds; a bell nobody heard by then is replaced by the sweeper's
BELLS = 8  # in a lane's queue; whoever hears the first of them finds what more would have told
# A worker that is told to stop ends what it is at, so a drain is short; the rest is rung for. Where it takes most of
# a lease a reaction hangs: it is interrupted, which fails its job, and at last the process is killed.
DRAIN_SECONDS = min(2.0, settings.LEASE_SECONDS / 4)
INTERRUPT_SECONDS = max(1, settings.LEASE_SECONDS * 3 // 4)
KILL_SECONDS = INTERRUPT_SECONDS + max(1, settings.LEASE_SECONDS // 4)


@shared_task(name="workers.drain", ignore_result=True, soft_time_limit=INTERRUPT_SECONDS, time_limit=KILL_SECONDS)
def drain(*, lane: str) -> None:
    """Do what is due in a lane: run its jobs, and send its e-mails or deliveries."""
    draining.drain(lane, seconds=DRAIN_SECONDS)
    if lane in _DRAINS:
        _DRAINS[lane]()


@shared_task(name="workers.sweep", ignore_result=True, soft_time_limit=INTERRUPT_SECONDS, time_limit=KILL_SECONDS)
def sweep() -> None:
    """Fire due timers, and ring every lane where something is due: what a lost bell left behind is found here."""
    firing.fire_due(seconds=DRAIN_SECONDS)
    for lane in LANES:
        if _is_due(lane):
            strike(lane)


def strike(lane: str) -> bool:
    """Send a lane's bell unless enough of them wait; returns whether it was sent.

    Raises what the broker's client raises when it is away.
    """
    with current_app.producer_pool.acquire() as producer:
        if _waiting(producer.channel, lane) >= BELLS:
            return False
        drain.apply_async(kwargs={"lane": lane}, queue=lane, expires=RING_EXPIRES, producer=producer)
    return True


def _waiting(channel: Any, lane: str) -> int:
    """How many bells wait on Redis; on RabbitMQ the queue itself holds no more than it is allowed to."""
    return channel._size(lane) if hasattr(channel, "_size") else 0


def _is_due(lane: str) -> bool:
    with acting_as(WORKER):
        return draining.has_due(lane) or (lane in _HAS_DUE and _HAS_DUE[lane]())
