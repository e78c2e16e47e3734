"""How often somebody may ask: counted in Redis, by the minute.

Redis may lose its counts and may be away; then nobody is limited, for a limit protects capacity and is no permission.
"""

import logging

from django.core.cache import cache
from redis.exceptions import RedisError

from workers.kernel import clock

log = logging.getLogger(__name__)
WINDOW = 60  # seconds


def seconds_to_wait(name: str, *, most: int) -> int:
    """Count one request of `name`, and return 0, or after `most` in this minute the seconds until the next one."""
    second = int(clock.machine_now().timestamp())
    key = f"limit/{name}/{second // WINDOW}"
    try:
        cache.add(key, 0, timeout=2 * WINDOW)
        count = cache.incr(key)
    except (RedisError, ValueError) as error:  # away; or it forgot the key between the two commands
        log.warning("limit not counted name=%s error=%s", name, type(error).__name__)
        return 0
    return WINDOW - second % WINDOW if count > most else 0
