"""The only Celery tasks: thin shells around the engine's loops."""

from celery import shared_task

from workers.deliveries import sending as deliveries
from workers.emails import sending as emails
from workers.events import LANES
from workers.kernel.actor import WORKER, acting_as
from workers.outbox import draining
from workers.timers import firing

_DRAINS = {"mail": emails.send_due, "webhooks": deliveries.send_due}
_HAS_DUE = {"mail": emails.has_due, "webhooks": deliveries.has_due}
RING_EXPIRES = 30  # seconds; a bell nobody heard by then is replaced by the sweeper's


@shared_task(name="workers.drain", ignore_result=True)
def drain(*, lane: str) -> None:
    """Do what is due in a lane: run its jobs, and send its e-mails or deliveries."""
    draining.drain(lane)
    if lane in _DRAINS:
        _DRAINS[lane]()


@shared_task(name="workers.sweep", ignore_result=True)
def sweep() -> None:
    """Fire due timers, and ring every lane where something is due: what a lost bell left behind is found here."""
    firing.fire_due()
    for lane in LANES:
        if _is_due(lane):
            strike(lane)


def strike(lane: str) -> None:
    """Send a lane's bell. Raises what the broker's client raises when it is away."""
    drain.apply_async(kwargs={"lane": lane}, queue=lane, expires=RING_EXPIRES)


def _is_due(lane: str) -> bool:
    with acting_as(WORKER):
        return draining.has_due(lane) or (lane in _HAS_DUE and _HAS_DUE[lane]())
