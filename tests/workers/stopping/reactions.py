"""What the worker process of these tests reacts to; it is started with `--include` of this module."""

import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from workers.deliveries.models import Endpoint
from workers.events import Envelope, Event, reacts_to


@dataclass(frozen=True, kw_only=True)
class Wanted(Event, name="tests.stopping.wanted.v1"):
    """Something is wanted of an endpoint; it takes a while, or for ever."""

    endpoint_id: UUID
    hangs: bool = False


@reacts_to(Wanted)
def take_a_while(event: Wanted, envelope: Envelope) -> None:
    """Write when it was done; the sleep is the work."""
    while event.hangs:
        time.sleep(0.01)
    time.sleep(0.005)
    Endpoint.objects.filter(pk=event.endpoint_id).update(failing_since=datetime.fromisoformat("2026-01-01T00:00Z"))
