"""A worker that pauses at the worst moment, between taking a job and finishing it, for longer than its lease.

A machine that swaps, or is moved to another host, does this. It is what the fence is for, and too rare to wait for.
"""

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import SystemRandom
from typing import Any

from django.conf import settings

from tests.chaos.app.mutations import replace

SHARE = 0.004  # of all finishes
LONGER = 0.5  # seconds beyond the lease
_random = SystemRandom()


def install(folder: Path) -> None:
    """Have a share of all finishes come too late; each is written to `dawdles.jsonl`, where the run counts it."""

    def dawdling(finish: Callable[[Sequence[Any]], set[int]]) -> Callable[[Sequence[Any]], set[int]]:
        def finished(claims: Sequence[Any]) -> set[int]:
            if _random.random() < SHARE and (folder / "faults").exists():
                with (folder / "dawdles.jsonl").open("a") as log:
                    log.write(json.dumps({"at": time.time(), "pid": os.getpid(), "jobs": len(claims)}) + "\n")
                time.sleep(settings.LEASE_SECONDS + LONGER)
            return finish(claims)

        return finished

    replace("workers.outbox.claiming", "finish_jobs", dawdling)
