"""Bells: hints to a lane's workers that something may be due. One may be lost or doubled; the tables hold the truth."""

import logging
from collections.abc import Callable
from functools import cache, partial

from django.db import connection, transaction

log = logging.getLogger(__name__)
_strike: Callable[[str], None] | None = None


def install(strike: Callable[[str], None]) -> None:
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
    try:
        if _strike is not None:
            _strike(lane)
    except Exception as error:
        log.warning("bell lost lane=%s error=%s: the sweeper will ring", lane, error)
