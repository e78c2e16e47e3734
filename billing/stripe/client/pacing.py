"""Never faster than agreed: all processes on all machines share one row that says when the next request may begin.

A process takes the turns of TAKE_SECONDS at once, so that the row is asked for a few times a second and not for each
request. A turn may be used a little late and then lapses, so nobody saves turns up for a burst. They are so far apart
that those of a second, and those before it that were used late, are no more than agreed. The database's clock decides.
"""

import threading
from collections import deque
from time import monotonic

from django.conf import settings
from django.db import connection

from workers.kernel.actor import WORKER, acting_as

TAKE_SECONDS = 0.1
LATE_SECONDS = 0.05  # by which a turn may be used late
JITTER_SECONDS = 0.05  # between the end of a wait and Stripe's seeing the request
LONGEST_WAIT = 10.0  # seconds; beyond it the request is given back, and its job comes again later

_TAKE = """
INSERT INTO billing_stripepace AS pace (id, free_at) VALUES (1, clock_timestamp() + %(span)s * interval '1 second')
ON CONFLICT (id) DO UPDATE SET free_at =
    greatest(pace.free_at, clock_timestamp()) + %(span)s * interval '1 second'
RETURNING extract(epoch FROM pace.free_at - clock_timestamp())::float8 - %(span)s
"""
_lock = threading.Lock()
_turns: deque[float] = deque()  # on this machine's monotonic clock


def wait_for_turn(longest: float = LONGEST_WAIT) -> bool:
    """Wait until one request more may be sent; False when that is more than `longest` seconds away.

    With STRIPE_RATE_PER_S = 0 it may be sent at once.
    """
    rate = settings.STRIPE_RATE_PER_S
    if not rate:
        return True
    turn = _next_turn(rate)
    if turn - monotonic() > longest:
        return False
    threading.Event().wait(max(0.0, turn - monotonic()))
    return True


def _next_turn(rate: float) -> float:
    apart = (1 + LATE_SECONDS + JITTER_SECONDS) / rate
    with _lock:
        while _turns and _turns[0] < monotonic() - LATE_SECONDS:
            _turns.popleft()
        if not _turns:
            count = max(1, int(TAKE_SECONDS / apart))
            begin = monotonic() + _take(count * apart)
            _turns.extend(begin + place * apart for place in range(count))
        return _turns.popleft()


def _take(span: float) -> float:
    """Take the next `span` seconds of the shared row, and return how many seconds from now they begin."""
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute(_TAKE, {"span": span})
        return float(cursor.fetchone()[0])
