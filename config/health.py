"""Is this process alive, and can it work?"""

import redis
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse

from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.outbox.draining import oldest_due


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Database and broker answer; and how long the oldest due job has waited, in seconds."""
    checks = {"database": _database(), "broker": _broker()}
    ready = all(value == "ok" or isinstance(value, dict) for value in checks.values())
    return JsonResponse(checks | {"status": "ok" if ready else "unready"}, status=200 if ready else 503)


def _database() -> str | dict[str, float]:
    try:
        with acting_as(WORKER):
            oldest = oldest_due()
    except DatabaseError as error:
        return type(error).__name__
    return {"oldest_pending_seconds": (clock.now() - oldest).total_seconds() if oldest else 0.0}


def _broker() -> str:
    if not settings.CELERY_BROKER_URL.startswith("redis"):
        return "ok"
    try:
        with redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            client.ping()
    except redis.RedisError as error:
        return type(error).__name__
    return "ok"
