"""Bells: hints to a lane's workers that something may be due. One may be lost or doubled; the tables hold the truth."""

import logging
import time
from collections.abc import Callable
from functools import cache, partial

from django.db import connection, transaction

from workers.kernel.metrics import count_bell

log = logging.getLogger(__name__)
QUIET = 5.0  # seconds without a bell after a lost one: a request waits for a silent broker once, not each time

_strike: Callable[[str], object] | None = None
_quiet_until = 0.0  # of time.monotonic()


def install(strike: Callable[[str], object]) -> None:
    """Set what carries a bell: `strike(lane)`, which may raise when the broker is away."""
    global _strike
    _strike = strike


def ring(lane: str) -> None:
    """Ring `lane` once after the open transaction commits, however often it is asked."""
    bell = _bell(lane)
    if all(waiting[1] is not bell for waiting in connection.run_on_commit):
        transaction.on_commit(bell, robust=True)


@cache
def _bell(lane: str) -> Callable[[], None]:
    """One object per lane, so that a second ring in a transaction can be recognised."""
    return partial(_ring_now, lane)


def _ring_now(lane: str) -> None:
    """With the broker down a request still succeeds: the sweeper rings again."""
    global _quiet_until
    if _strike is None:
        return
    if time.monotonic() < _quiet_until:
        count_bell(lane, "lost")
        return
    try:
        count_bell(lane, "rung" if _strike(lane) else "skipped")
    except Exception as error:
        _quiet_until = time.monotonic() + QUIET
        count_bell(lane, "lost")
        log.warning("bell lost lane=%s error=%s: the sweeper will ring", lane, error)
