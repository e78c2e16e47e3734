"""Bells: hints to a lane's workers that something may be due. One may be lost or doubled; the tables hold the truth.

A thread of the process rings, so that no request waits for a broker; what is asked meanwhile for a lane is one ring.
"""

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable
from functools import cache, partial

from django.db import connection, transaction

from workers.kernel.metrics import count_bell

log = logging.getLogger(__name__)
QUIET = 5.0  # seconds without a bell after a lost one: a silent broker is not asked each time
PACE = 0.005  # seconds between two rings: whoever hears the first finds what the next would have told
SATED = 0.02  # seconds to the next ring where enough bells wait: each of those will find what comes meanwhile
FLUSH = 2.0  # seconds that a process which ends waits for its last bells

_strike: Callable[[str], object] | None = None


class _Ringer:
    """The lanes that are to be rung, and the thread that does it, started with the first of them."""

    def __init__(self) -> None:
        self._asked: dict[str, None] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_ringing = False
        self._quiet_until = 0.0  # of time.monotonic()

    def ask(self, lane: str) -> None:
        with self._changed:
            self._asked[lane] = None
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="bells", daemon=True)
                self._thread.start()

    def flush(self, seconds: float) -> bool:
        """Wait until nothing is left to ring; returns whether that came in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._asked and not self._is_ringing, seconds)

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            with self._changed:
                self._is_ringing = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._asked)
                lanes, self._asked = list(self._asked), {}
                self._is_ringing = True
            rung = [self._ring(lane) for lane in lanes]
            pause.wait(PACE if any(rung) else SATED)

    def _ring(self, lane: str) -> bool:
        """Return whether a bell was sent. With the broker down nothing fails: the sweeper rings again."""
        if _strike is None:
            return False
        if time.monotonic() < self._quiet_until:
            count_bell(lane, "lost")
            return False
        try:
            is_rung = bool(_strike(lane))
        except Exception as error:
            self._quiet_until = time.monotonic() + QUIET
            count_bell(lane, "lost")
            log.warning("bell lost lane=%s error=%s: the sweeper will ring", lane, error)
            return False
        count_bell(lane, "rung" if is_rung else "skipped")
        return is_rung


_ringer = _Ringer()


def _begin_anew() -> None:
    """A forked child has its parent's locks, in whatever state, and not its threads."""
    global _ringer
    _ringer = _Ringer()


os.register_at_fork(after_in_child=_begin_anew)
atexit.register(lambda: flush())  # a command that publishes and ends is heard at once, too


def install(strike: Callable[[str], object]) -> None:
    """Set what carries a bell: `strike(lane)`, which may raise when the broker is away."""
    global _strike
    _strike = strike


def ring(lane: str) -> None:
    """Ring `lane` once after the open transaction commits, however often it is asked."""
    bell = _bell(lane)
    if all(waiting[1] is not bell for waiting in connection.run_on_commit):
        transaction.on_commit(bell, robust=True)


def flush(seconds: float = FLUSH) -> bool:
    """Wait until this process has rung what it was asked to; returns whether it has."""
    return _ringer.flush(seconds)


@cache
def _bell(lane: str) -> Callable[[], None]:
    """One object per lane, so that a second ring in a transaction can be recognised."""
    return partial(_ask, lane)


def _ask(lane: str) -> None:
    _ringer.ask(lane)
