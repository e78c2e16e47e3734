"""Celery and Redis: what carries the bells, and the cache. Both may lose everything at any moment.

The figures behind these choices are in docs/design/engine.md.
"""

import socket

from kombu import Queue

from config.settings.environment import CELERY_BROKER_URL, REDIS_URL
from workers.events import LANES

CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "max_retries": 0,  # else kombu tries for six seconds, and the bells of all lanes would wait for them
        "socket_timeout": 2,  # has to be over the second that a worker waits for a message
        "socket_connect_timeout": 1,
        "socket_keepalive": True,
        "health_check_interval": 5,
        "global_keyprefix": "benefit:",
        "ack_emulation": False,  # a bell needs no acknowledgement
    }
    if CELERY_BROKER_URL.startswith("redis")
    else {
        # No heartbeats: a web process would send none between two bells, and RabbitMQ would hang up on it.
        # The kernel's probes find a half-open connection instead, within 20 s.
        "heartbeat": 0,
        "socket_settings": {
            getattr(socket, name): value
            for name, value in {
                "TCP_KEEPIDLE": 10,
                "TCP_KEEPINTVL": 5,
                "TCP_KEEPCNT": 2,
                "TCP_USER_TIMEOUT": 2_000,
            }.items()
            if hasattr(socket, name)  # not every system has each of them
        },
        "write_timeout": 2,
        "confirm_publish": False,  # a bell may be lost, so nobody waits to hear that it was not
    }
)
CELERY_BROKER_HEARTBEAT = 0
CELERY_BROKER_CONNECTION_TIMEOUT = 1  # seconds; after which the thread that rings tries none for a while
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker outlives any absence of its broker
# RabbitMQ keeps no more than a few bells of a lane, and those for a while only; Redis heeds none of this. The queues
# are durable since RabbitMQ 4 gives up others, but what is in them is not written to disk.
CELERY_TASK_QUEUES = [Queue(name, routing_key=name, max_length=8, message_ttl=30) for name in (*LANES, "sweep")]
CELERY_TASK_DEFAULT_DELIVERY_MODE = "transient"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False  # the other lanes do not wait for a broker that is away: the sweeper rings
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5.0
CELERY_DB_REUSE_MAX = 1_000_000_000  # keep the database connection across tasks; celery.py checks its health
CELERY_TIMEZONE = "UTC"
# Beat keeps one AMQP channel for life: without a retry it does not open another when RabbitMQ comes back.
_TRY_AGAIN = {"max_retries": 3, "interval_start": 0.2, "interval_step": 0.2, "interval_max": 1}
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "workers.sweep",
        "schedule": 0.5,
        "options": {"queue": "sweep", "expires": 2, "retry": True, "retry_policy": _TRY_AGAIN},
    },
    "retire": {
        "task": "workers.retire",
        "schedule": 300,
        "options": {"queue": "sweep", "expires": 60, "retry": True, "retry_policy": _TRY_AGAIN},
    },
    "follow-clocks": {
        "task": "workers.follow_clocks",
        "schedule": 6 * 3600,
        "options": {"queue": "sweep", "expires": 3600, "retry": True, "retry_policy": _TRY_AGAIN},
    },
}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "benefit",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 1},
    }
}
