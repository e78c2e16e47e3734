"""A worker that pauses at the worst moment, between taking a job and finishing it, for longer than its lease.

A machine that swaps, or is moved to another host, does this. It is what the fence is for, and too rare to wait for.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from tests.chaos.app.mutations import replace

# Seconds between two pauses of a process: in a pool, where Celery's time limits end it before its lease does, and with
# threads, which are interrupted in a reaction alone. By time and not by chance, so that a slow machine has as many.
EACH, THREADS_EACH = 30.0, 2.5
LONGER = 2.5  # seconds beyond the lease: by then somebody else has done the work


class Pace:
    """When this process paused last; a fork begins with a full interval."""

    def __init__(self) -> None:
        self.pid, self.last = 0, 0.0

    def is_time(self) -> bool:
        """Whether it is to pause now; of several threads one."""
        is_thread = threading.current_thread() is not threading.main_thread()
        if self.pid != os.getpid():
            self.pid, self.last = os.getpid(), time.monotonic()
        if time.monotonic() - self.last < (THREADS_EACH if is_thread else EACH):
            return False
        self.last = time.monotonic()
        return True


def install(folder: Path) -> None:
    """Have some finishes come too late; each is written to `dawdles.jsonl`, where the run counts it."""

    pace = Pace()

    def dawdling(finish: Callable[[Sequence[Any]], set[int]]) -> Callable[[Sequence[Any]], set[int]]:
        def finished(claims: Sequence[Any]) -> set[int]:
            if (folder / "faults").exists() and pace.is_time():
                with (folder / "dawdles.jsonl").open("a") as log:
                    log.write(json.dumps({"at": time.time(), "pid": os.getpid(), "jobs": len(claims)}) + "\n")
                time.sleep(settings.LEASE_SECONDS + LONGER)
            return finish(claims)

        return finished

    replace("workers.outbox.claiming", "finish_jobs", dawdling)
