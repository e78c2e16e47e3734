"""`publisher NAME`, in the nursery: announce events in transactions, as fast as the workers follow.

A batch is in the journal, on the disk, before it is sent; it counts as acknowledged when its commit was answered.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from tests.chaos.app.events import Called, Poked, Rang
from tests.chaos.app.models import Subject
from tests.chaos.journal import Journal, Outcome
from workers.kernel import clock
from workers.kernel.actor import Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.outbox.publishing import publish_all
from workers.timers.scheduling import schedule

log = logging.getLogger(__name__)
BATCH = 50  # events in a transaction
BACKLOG = 5_000  # open jobs of the domain lane, more than killed workers hold together: above it a publisher waits
CALLS_EACH, TIMERS_EACH = 0.4, 0.1  # seconds between events that others are told of, and between timers
PAUSE = 0.1  # seconds after a failure
LOOK_EACH = 0.05  # seconds between two looks whether the workers have enough
OPERATOR = Actor(role=Role.OPERATOR)
_BACKLOG = "SELECT count(*) FROM (SELECT FROM workers_job WHERE lane = 'domain' AND status = 0 LIMIT %s) AS open"


class Publisher:
    """One client: its subjects, its journal, and when it last did the rarer things."""

    def __init__(self, folder: Path, name: str, seed: str) -> None:
        self.life = f"{name}.{new_id().hex[:13]}"
        self.journal = Journal(folder / f"{self.life}.jsonl")
        self.random = Random(f"{seed}:{name}")
        self.clinics = [UUID(clinic["owner_id"]) for clinic in json.loads((folder / "clinics.json").read_text())]
        self.subjects: list[Subject] = []
        self.number = 0
        self._last = {"call": 0.0, "timer": 0.0}

    def step(self) -> None:
        """Announce one batch; while the workers have enough, only the rarer things."""
        poked = 0 if self._is_ahead() else BATCH
        calls, timers = self._is_time("call", CALLS_EACH), self._is_time("timer", TIMERS_EACH)
        if not (poked or calls or timers):
            time.sleep(LOOK_EACH)
            return
        self.number += 1
        key = f"{self.life}.{self.number}"
        self.journal.sending(key, poked=poked, called=int(calls), rang=int(timers))
        work = partial(self._announce, key, poked, calls=calls, timers=timers)
        self.journal.ended(key, committing(acting_as(OPERATOR), work))

    def _is_ahead(self) -> bool:
        with acting_as(OPERATOR), connection.cursor() as cursor:
            if not self.subjects:
                self.subjects = list(Subject.objects.order_by("pk"))
            cursor.execute(_BACKLOG, [BACKLOG + 1])
            return int(cursor.fetchone()[0]) > BACKLOG

    def _announce(self, key: str, poked: int, *, calls: bool, timers: bool) -> None:
        now = clock.now()
        *chosen, other = self.random.sample(self.subjects, poked + 1)
        events: list[tuple[Poked | Called, Subject]] = [
            (Poked(tag=f"{key}.{n}"), subject) for n, subject in enumerate(chosen)
        ]
        if calls:
            events.append((Called(tag=f"{key}.c", clinic_id=self.random.choice(self.clinics)), other))
        publish_all(events, now=now)
        if timers:
            due_at = now + timedelta(seconds=self.random.uniform(0.2, 3))
            schedule(Rang(tag=f"{key}.t"), about=other, due_at=due_at, generation=new_id().int % 2**31)

    def _is_time(self, what: str, each: float) -> bool:
        if time.monotonic() - self._last[what] < each:
            return False
        self._last[what] = time.monotonic()
        return True


def committing(transaction: AbstractContextManager[None], work: Callable[[], object]) -> Outcome:
    """Do `work` in a transaction and say what the client knows afterwards."""
    outcome = Outcome.REFUSED
    try:
        with transaction:
            work()
            outcome = Outcome.UNKNOWN
        outcome = Outcome.ACKNOWLEDGED
    except (OperationalError, InterfaceError) as error:
        forget_connection(error)
    return outcome


def forget_connection(error: Exception) -> None:
    """Begin the next transaction on a new connection, a little later."""
    log.warning("client failed: %r", error)
    connection.close()
    time.sleep(PAUSE)


def run(step: Callable[[], None], folder: Path) -> None:
    """Step until the folder says that it is quiet."""
    while not (folder / "quiet").exists():
        try:
            step()
        except (OperationalError, InterfaceError) as error:
            forget_connection(error)
    connection.close()


if __name__ == "__main__":
    home = Path(os.environ["CHAOS_FOLDER"])
    run(Publisher(home, sys.argv[1], os.environ["CHAOS_SEED"]).step, home)
