"""The engine at a glance, for the API, the page and the command."""

from dataclasses import asdict
from typing import Any

from workers import status
from workers.kernel import clock
from workers.operations.heartbeats import pulses
from workers.operations.stuck import troubles


def glance() -> dict[str, Any]:
    """Return what waits per queue and lane, when each lane was last served, and what goes wrong most.

    The caller acts as a worker or an operator.
    """
    now = clock.now()
    lanes = status.waiting_by_lane(now=now).items()
    return {
        "now": now,
        "timers_due": status.timers(now=now)[0],
        "queues": [{"queue": queue, "lane": lane} | asdict(rows) for (queue, lane), rows in lanes],
        "pulses": [asdict(pulse) for pulse in pulses()],
        "troubles": [asdict(trouble) for trouble in troubles(now=now)],
    }
