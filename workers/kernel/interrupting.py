"""Interrupting what takes too long in a thread: Celery's time limits hold for processes only.

An exception is raised in the thread as soon as it runs Python again, as a signal would raise it in a process
(CPython's PyThreadState_SetAsyncExc). What waits in C is not woken: who waits for another system has a deadline.
"""

import ctypes
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

log = logging.getLogger(__name__)
LOOK = 0.25  # seconds between two looks at who takes too long


class TookTooLong(Exception):
    """It was interrupted: nearly all the time was over that its worker may hold it for."""


@dataclass
class _Limit:
    """When a thread is interrupted, of `time.monotonic()`, and how much later again if that was in vain."""

    at: float
    again: float


_limits: dict[int, _Limit] = {}  # by the thread's number
_lock = threading.Lock()  # held while a thread is interrupted: it cannot leave its block meanwhile
_watch: threading.Thread | None = None


@contextmanager
def interrupted_after(seconds: float) -> Iterator[None]:
    """Raise TookTooLong in this thread if the block takes so many seconds, and again after each third of them.

    Nothing is done in a process's main thread, which signals reach: whoever started it sees to that.
    """
    if threading.current_thread() is threading.main_thread():
        yield
        return
    _see_to_watch()
    me = threading.get_ident()
    _limits[me] = _Limit(monotonic() + seconds, seconds / 3)
    try:
        yield
    finally:
        _limits.pop(me, None)  # first of all, and in one step: what comes late is raised no further out than here
        with _lock:
            pass


def _see_to_watch() -> None:
    """One thread of a process watches; a forked child has none yet."""
    global _watch
    with _lock:
        if _watch is None or not _watch.is_alive():
            _watch = threading.Thread(target=_interrupt_the_late, name="interrupting", daemon=True)
            _watch.start()


def _interrupt_the_late() -> None:
    pause = threading.Event()
    while not pause.wait(LOOK):
        with _lock:
            for thread, limit in list(_limits.items()):
                if monotonic() >= limit.at:
                    limit.at += limit.again
                    log.error("interrupted thread=%s: it took too long", thread)
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(TookTooLong))
