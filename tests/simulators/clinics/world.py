"""All clinics of one process, their shared clock and journal, and the tasks that act on their behalf."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.simulators.clinics import practice
from tests.simulators.clinics.clock import OffsetClock
from tests.simulators.clinics.journal import Journal
from tests.simulators.clinics.sending import LINES, Outgoing, Sender, write
from tests.simulators.clinics.state import Clinic

TICK_SECONDS = 0.05
TIMEOUT_SECONDS = 10.0


@dataclass
class World:
    """The clinics by key. Each clinic's tasks end when it is replaced or everything is reset."""

    clock: OffsetClock
    journal: Journal = field(default_factory=Journal)
    clinics: dict[str, Clinic] = field(default_factory=dict)
    _tasks: dict[asyncio.Task[None], str] = field(default_factory=dict)
    _sender: Sender | None = None

    @property
    def sender(self) -> Sender:
        """The open sender; only there inside `run`."""
        if self._sender is None:
            raise RuntimeError("the world is not running")
        return self._sender

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent already."""
        return self._sender is not None

    async def run(self) -> None:
        """Watch the clock, until cancelled, for sessions that are over."""
        # No proxy from the environment: a simulator talks to the address it was given and to nothing else.
        limits = httpx.Limits(max_keepalive_connections=LINES)
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, limits=limits, trust_env=False) as client:
            self._sender = Sender(client=client, clock=self.clock, journal=self.journal)
            try:
                while True:
                    self.look()
                    await asyncio.sleep(TICK_SECONDS)
            finally:
                self.reset()

    def put(self, clinic: Clinic) -> None:
        """Register a clinic; one of the same key goes, with its journal and its unfinished messages."""
        self._cancel(clinic.key)
        self.journal.forget(clinic.key)
        self.clinics[clinic.key] = clinic

    def reset(self) -> None:
        """Forget all clinics, what they were about to send, and the journal."""
        for key in list(self.clinics):
            self._cancel(key)
        self.clinics.clear()
        self.journal.clear()

    def spawn(self, clinic: Clinic, work: Coroutine[Any, Any, None]) -> None:
        """Do work in the background on a clinic's behalf."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = clinic.key
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    def send(self, clinic: Clinic, message_type: str, data: dict[str, Any], message_id: str | None) -> Outgoing:
        """Send any message in a clinic's name, as a control command asks; returns before it is delivered."""
        outgoing = write(message_type, data, now=self.clock.now(), message_id=message_id)
        practice.note_sent(clinic, message_type, data)
        self.spawn(clinic, self._deliver(clinic, outgoing))
        return outgoing

    async def _deliver(self, clinic: Clinic, outgoing: Outgoing) -> None:
        await self.sender.deliver(clinic, outgoing)

    @property
    def under_way(self) -> int:
        """How many messages and pieces of work are not finished."""
        return len(self._tasks)

    def look(self) -> None:
        """Look at the clock, and report the sessions that are over by it."""
        now = self.clock.now()
        for clinic in self.clinics.values():
            if clinic.behaviour.answer is None:
                continue
            for due in practice.take_due(clinic, now):
                self.spawn(clinic, practice.complete_due(clinic, due, sender=self.sender, now=now))

    def _cancel(self, key: str) -> None:
        for task in [task for task, owner in self._tasks.items() if owner == key]:
            task.cancel()
