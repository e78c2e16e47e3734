"""Is this process alive, and can it work?"""

from typing import Any

import redis
from amqp.exceptions import AMQPError
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from kombu import Connection

from config.settings.environment import DEVELOPMENT
from workers import status
from workers.kernel import clock
from workers.kernel.actor import AUTH, WORKER, acting_as
from workers.operations.heartbeats import pulses

PATIENCE = 2  # seconds for each step of asking the broker


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
    """The class of the error that keeps bells from ringing, or nothing."""
    url = settings.CELERY_BROKER_URL
    try:
        _greet_redis(url) if url.startswith("redis") else _greet_rabbitmq(url)
    except (redis.RedisError, AMQPError, OSError) as error:
        return type(error).__name__
    return ""


def _greet_redis(url: str) -> None:
    with redis.Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE) as client:
        client.ping()


def _greet_rabbitmq(url: str) -> None:
    """A connection of its own, up to RabbitMQ's word that this login may use its virtual host."""
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    transport = Connection(url, connect_timeout=PATIENCE, transport_options=options).transport
    transport.close_connection(transport.establish_connection())
