"""Things that happen in the same moment, each in a thread with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections

SECONDS = 60  # within which all have begun; a thread that never gets there fails the test instead of hanging it


def at_once(*calls: Callable[[], Any], expected: type[Exception] | tuple[type[Exception], ...] = ()) -> list[Any]:
    """Begin all calls together, wait until each has ended, and return what each returned, in their order.

    An `expected` error is what its call returned; any other is raised here, once all have ended.
    """
    begin = Barrier(len(calls), timeout=SECONDS)

    def run(call: Callable[[], Any]) -> Any:
        try:
            begin.wait()
            return call()
        except expected as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        running = [pool.submit(run, call) for call in calls]
    return [one.result() for one in running]
