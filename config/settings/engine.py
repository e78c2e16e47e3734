"""Celery and Redis: what carries the bells, and the cache. Both may lose everything at any moment.

The figures behind these choices are in docs/design/engine.md.
"""

from config.settings.environment import CELERY_BROKER_URL, REDIS_URL

CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "max_retries": 0,  # else kombu tries for six seconds, and a request would wait for them
        "socket_timeout": 2,  # has to be over the second that a worker waits for a message
        "socket_connect_timeout": 1,
        "socket_keepalive": True,
        "health_check_interval": 5,
        "global_keyprefix": "benefit:",
        "ack_emulation": False,  # a bell needs no acknowledgement
    }
    if CELERY_BROKER_URL.startswith("redis")
    else {"max_retries": 0}
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False  # a request does not wait for a broker that is away: the sweeper rings
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5.0
CELERY_DB_REUSE_MAX = 1_000_000_000  # keep the database connection across tasks; celery.py checks its health
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "workers.sweep",
        "schedule": 0.5,
        "options": {"queue": "sweep", "expires": 2},
    }
}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "benefit",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 1},
    }
}
