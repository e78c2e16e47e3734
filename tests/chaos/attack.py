"""Doing what the schedule says to a running stage."""

import heapq
import json
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import httpx

from tests.chaos.faults import Done, Fault
from tests.chaos.lab import Lab
from tests.chaos.stage import DOMAIN_WORKERS, PATIENCE, PUBLISHERS, STRIPE_TIMEOUT, Stage

TICK = 0.01
TIMED_OUT = STRIPE_TIMEOUT + 1  # seconds for which Stripe holds a request that times out
TERMINATE = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = %s AND usename = 'app_login' AND random() < %s
"""


class Attack:
    """One schedule against one stage. Kills and stops keep their time; the rest goes one after the other."""

    def __init__(self, lab: Lab, stage: Stage) -> None:
        self.lab, self.stage = lab, stage
        self.done: list[Done] = []
        self._stopped: list[tuple[float, int]] = []  # when each goes on
        self._great = ThreadPoolExecutor(max_workers=1, thread_name_prefix="faults")
        self._running: list[Future[None]] = []

    def run(self, faults: list[Fault], seconds: float) -> None:
        """Carry the schedule out in `seconds`, and leave nothing stopped or broken behind."""
        (self.stage.folder / "faults").touch()
        begin = time.monotonic()
        waiting = list(reversed(faults))
        while (now := time.monotonic() - begin) < seconds:
            while waiting and waiting[-1].at <= now:
                self._begin(waiting.pop())
            self._go_on(time.monotonic())
            time.sleep(TICK)
        (self.stage.folder / "faults").unlink()
        self._great.shutdown(cancel_futures=True)
        self._go_on(float("inf"))
        for each in self._running:
            if not each.cancelled():
                each.result()  # an error in the harness is not to be taken for a fault

    def all_done(self) -> list[Done]:
        """What happened, the workers' own pauses included."""
        path = self.stage.folder / "dawdles.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [*self.done, *(Done(kind="dawdle", at=json.loads(line)["at"]) for line in lines)]

    def heal(self) -> None:
        """End what would go on by itself."""
        self.lab.proxy.do("cut", "postgres", count=0, answered=False)
        httpx.delete(f"{self.stage.url('stripe')}/control/faults", trust_env=False, timeout=PATIENCE).raise_for_status()
        httpx.delete(
            f"{self.stage.url('mailbox')}/control/faults", trust_env=False, timeout=PATIENCE
        ).raise_for_status()
        self._notices(drop=False, double=False, reorder=False)
        if self.stage.clients:
            self._post("clinics", "trouble", kind="", seconds=0)

    def _begin(self, fault: Fault) -> None:
        if fault.kind in ("kill_member", "kill_worker", "stop"):
            self._signal(fault)
        else:
            self._running.append(self._great.submit(self._great_fault, fault))

    def _note(self, fault: Fault) -> None:
        self.done.append(Done(kind=fault.kind, at=time.time(), lane=fault.lane))

    def _signal(self, fault: Fault) -> None:
        victims = self._victims(fault)
        number = signal.SIGSTOP if fault.kind == "stop" else signal.SIGKILL
        with suppress(ProcessLookupError):
            for victim in victims:
                os.kill(victim, number)
                if number == signal.SIGSTOP:
                    heapq.heappush(self._stopped, (time.monotonic() + fault.seconds, victim))
            if victims:
                self._note(fault)

    def _victims(self, fault: Fault) -> list[int]:
        """A worker of the lane, or a process of its pool; to stop, both: its machine stands still."""
        names = DOMAIN_WORKERS if fault.lane == "domain" else (fault.lane,)
        name = names[int(fault.choice * len(names))]
        worker, members = self.stage.pid(name), self.stage.members_of(name)
        if fault.kind == "kill_member":
            return [members[int(fault.choice * 1000) % len(members)]] if members else []
        return [] if worker is None else [worker, *members] if fault.kind == "stop" else [worker]

    def _go_on(self, until: float) -> None:
        while self._stopped and self._stopped[0][0] <= until:
            with suppress(ProcessLookupError):
                os.kill(heapq.heappop(self._stopped)[1], signal.SIGCONT)

    def _great_fault(self, fault: Fault) -> None:
        family, _, what = fault.kind.partition("_")
        acts: dict[str, Callable[[Fault, str], None]] = {
            "postgres": self._postgres,
            "valkey": self._valkey,
            "clinics": self._clinics,
            "stripe": self._stripe,
            "mailbox": self._mailbox,
            "kill": self._kill,
        }
        self._note(fault)
        acts[family](fault, what)

    def _postgres(self, fault: Fault, what: str) -> None:
        if what == "restart":
            self.lab.restart_postgres()
        elif what == "terminate":
            with self.lab.superuser("postgres") as server:
                server.execute(TERMINATE, [self.stage.database, fault.choice])
        elif what.startswith("cut"):
            self.lab.proxy.do("cut", "postgres", count=3, answered=what == "cut_answer")
        else:
            self._proxied("postgres", fault, what)

    def _valkey(self, fault: Fault, what: str) -> None:
        if what == "restart":
            self.lab.restart_valkey()
        elif what == "flush":
            self.lab.redis().flushall()
        else:
            self._proxied("valkey", fault, what)

    def _proxied(self, name: str, fault: Fault, what: str) -> None:
        seconds = 2 + fault.seconds if what == "stall" else fault.seconds / 3
        self.lab.proxy.do(what, name, share=fault.choice, seconds=seconds)

    def _clinics(self, fault: Fault, what: str) -> None:
        self._post("clinics", "trouble", kind=what, seconds=fault.seconds)

    def _stripe(self, fault: Fault, what: str) -> None:
        if what == "notices":
            self._notices(drop=fault.choice < 0.3, double=fault.choice >= 0.3, reorder=True)
            return
        stage = "after" if fault.choice < 0.6 else "before"
        path = "/v1/payment_intents*" if fault.choice < 0.5 else "/v1/payment_intents/*/confirm"
        self._post("stripe", "faults", kind=what, stage=stage, method="POST", path=path, count=2, seconds=TIMED_OUT)

    def _mailbox(self, fault: Fault, what: str) -> None:
        self._post("mailbox", "faults", fault="disconnect", next=2, keeps=fault.choice < 0.5)

    def _kill(self, fault: Fault, what: str) -> None:
        name = PUBLISHERS[int(fault.choice * len(PUBLISHERS))] if what == "publisher" else what
        pid = next(iter(self.stage.members_of("web")), None) if what == "web" else self.stage.pid(name)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _notices(self, **switches: bool) -> None:
        self._post("stripe", "webhooks", **switches)

    def _post(self, simulator: str, control: str, /, **order: object) -> None:
        httpx.post(
            f"{self.stage.url(simulator)}/control/{control}", json=order, trust_env=False, timeout=PATIENCE
        ).raise_for_status()
