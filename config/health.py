"""Is this process alive, and can it work?"""

from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse

from config.settings.environment import DEVELOPMENT
from workers import status
from workers.kernel import clock
from workers.kernel.actor import AUTH, WORKER, acting_as
from workers.operations.heartbeats import pulses


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Database and broker answer; operators see what waits, too, and when each lane was last served.

    In production nobody else does: when the next timer is due tells that somebody has just asked for care. A lane
    without a worker is shown and is no 503: this process can work, and taking it away would help nobody.
    """
    faults, engine = {}, {}
    try:
        with acting_as(AUTH):
            pass  # a transaction can begin
        if DEVELOPMENT or getattr(request.user, "role", "") == "operator":
            engine = measure()
    except DatabaseError as error:
        faults["database"] = type(error).__name__
    if fault := _broker_fault():
        faults["broker"] = fault
    silent = [pulse["lane"] for pulse in engine.get("lanes", ()) if not pulse["is_alive"]]
    body = {"status": "unready" if faults else "ok", "faults": faults, "silent_lanes": silent, "engine": engine}
    return JsonResponse(body, status=503 if faults else 200)


def measure() -> dict[str, Any]:
    """Return what waits in the engine: per queue its rows, the timers, and when each lane was last served."""
    now = clock.now()
    with acting_as(WORKER):
        queues = status.waiting(now=now)
        timers_due, next_timer_at = status.timers(now=now)
        lanes = [vars(pulse) for pulse in pulses()]
    counts = {"now": now, "timers_due": timers_due, "next_timer_at": next_timer_at, "lanes": lanes}
    return counts | {name: vars(rows) for name, rows in queues.items()}


def _broker_fault() -> str:
    """The class of the error that keeps bells from ringing, or nothing; RabbitMQ is watched by its own tools."""
    if not settings.CELERY_BROKER_URL.startswith("redis"):
        return ""
    try:
        with redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            client.ping()
    except redis.RedisError as error:
        return type(error).__name__
    return ""
