"""Heartbeats: each lane says when it was last served, so that a lane without a worker is seen before work waits.

The sweep strikes a lane that was silent for ROLL_CALL even when nothing is due there, so a beat has gone all the way:
beat, broker, worker, database. They are kept in the database and not in Redis, which may lose everything.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.db import connection

from workers.events import LANES
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.operations.models import Heartbeat

SWEEP = "sweep"
SERVED = (*LANES, SWEEP)
ROLL_CALL = timedelta(seconds=10)
ALIVE_WITHIN = 3 * ROLL_CALL  # one bell may be lost, and a drain takes a while
_EVERY = 5.0  # seconds between two writes of one process for one lane

_UPSERT = """
INSERT INTO workers_heartbeat (lane, at) VALUES (%s, %s)
ON CONFLICT (lane) DO UPDATE SET at = excluded.at WHERE workers_heartbeat.at < excluded.at
"""
_written: dict[str, float] = {}


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """When a lane was last served, if ever, and whether that was recently."""

    lane: str
    at: datetime | None
    is_alive: bool


def beat(lane: str) -> None:
    """Note that a worker serves `lane` now; a process writes once in five seconds, however often it is called."""
    if monotonic() - _written.get(lane, -_EVERY) < _EVERY:
        return
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute(_UPSERT, [lane, clock.machine_now()])
    _written[lane] = monotonic()


def pulses() -> list[Pulse]:
    """Return every lane's pulse, in the lanes' order; the caller acts as a worker or an operator."""
    seen = dict(Heartbeat.objects.values_list("lane", "at"))
    now = clock.machine_now()
    return [
        Pulse(lane=lane, at=seen.get(lane), is_alive=lane in seen and seen[lane] > now - ALIVE_WITHIN)
        for lane in SERVED
    ]


def silent_lanes() -> set[str]:
    """Return the lanes that nobody served for ROLL_CALL; the caller acts as a worker."""
    latest = clock.machine_now() - ROLL_CALL
    return set(LANES) - set(Heartbeat.objects.filter(at__gt=latest).values_list("lane", flat=True))
