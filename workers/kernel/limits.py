"""How often somebody may ask: counted in Redis, by the minute or by another window.

Redis may lose its counts and may be away; then nobody is limited, for a limit protects capacity and is no permission.
"""

import logging

from django.core.cache import cache
from redis.exceptions import RedisError

from workers.kernel import clock

log = logging.getLogger(__name__)
MINUTE = 60  # seconds


def seconds_to_wait(name: str, *, most: int, window: int = MINUTE) -> int:
    """Count one request of `name`, and return 0, or after `most` in this window the seconds until the next one."""
    second = int(clock.machine_now().timestamp())
    key = f"limit/{name}/{second // window}"
    try:
        cache.add(key, 0, timeout=2 * window)
        count = cache.incr(key)
    except (RedisError, ValueError) as error:  # away; or it forgot the key between the two commands
        log.warning("limit not counted name=%s error=%s", name, type(error).__name__)
        return 0
    return window - second % window if count > most else 0
