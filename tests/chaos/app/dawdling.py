"""A worker that pauses at the worst moment, between taking a job and finishing it, for longer than its lease.

A machine that swaps, or is moved to another host, does this. It is what the fence is for, and too rare to wait for.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import SystemRandom
from typing import Any

from django.conf import settings

from tests.chaos.app.mutations import replace

SHARE = 0.002  # of all finishes in a pool of processes, where Celery's time limits end it before its lease does
THREADS_SHARE = 0.015  # in the lanes that run threads, which nothing interrupts
LONGER = 2.5  # seconds beyond the lease: by then somebody else has done the work
_random = SystemRandom()


def install(folder: Path) -> None:
    """Have a share of all finishes come too late; each is written to `dawdles.jsonl`, where the run counts it."""

    def dawdling(finish: Callable[[Sequence[Any]], set[int]]) -> Callable[[Sequence[Any]], set[int]]:
        def finished(claims: Sequence[Any]) -> set[int]:
            is_thread = threading.current_thread() is not threading.main_thread()
            if _random.random() < (THREADS_SHARE if is_thread else SHARE) and (folder / "faults").exists():
                with (folder / "dawdles.jsonl").open("a") as log:
                    log.write(json.dumps({"at": time.time(), "pid": os.getpid(), "jobs": len(claims)}) + "\n")
                time.sleep(settings.LEASE_SECONDS + LONGER)
            return finish(claims)

        return finished

    replace("workers.outbox.claiming", "finish_jobs", dawdling)
