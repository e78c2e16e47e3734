"""What the worker process of these tests reacts to; it is started with `--include` of this module."""

import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from workers.deliveries.models import Endpoint
from workers.events import Envelope, Event, reacts_to
from workers.kernel.actor import WORKER, acting_as


@dataclass(frozen=True, kw_only=True)
class Wanted(Event, name="tests.stopping.wanted.v1"):
    """Something is wanted of an endpoint; it takes a while, or for ever."""

    endpoint_id: UUID
    hangs: bool = False


@dataclass(frozen=True, kw_only=True)
class Asked(Event, name="tests.stopping.asked.v1"):
    """The same, of another system: heard in a lane of threads."""

    endpoint_id: UUID
    hangs: bool = False


@reacts_to(Wanted)
def take_a_while(event: Wanted, envelope: Envelope) -> None:
    """Write when it was done."""
    _work(event.endpoint_id, hangs=event.hangs)


@reacts_to(Asked, lane="billing", external=True)
def wait_for_another(event: Asked, envelope: Envelope) -> None:
    """Write when it was done, in a transaction of its own."""
    with acting_as(WORKER):
        _work(event.endpoint_id, hangs=event.hangs)


def _work(endpoint_id: UUID, *, hangs: bool) -> None:
    """The sleep is the work."""
    while hangs:
        time.sleep(0.01)
    time.sleep(0.005)
    Endpoint.objects.filter(pk=endpoint_id).update(failing_since=datetime.fromisoformat("2026-01-01T00:00Z"))
