"""One run's processes: the project's own, as the local stack starts them, its clients, and the others' servers."""

import json
import os
import shutil
import sys
from contextlib import suppress
from functools import partial
from typing import Any

import httpx

from config.local.ports import LOOPBACK, free_ports
from config.local.stack import PORTS, PROJECT_PROCESSES, SIMULATORS
from config.local.state import PROJECT
from tests.chaos.lab import Lab, children_of, wait_until

PATIENCE = 60.0  # seconds for an answer of a simulator on a machine that has no time
STRIPE_TIMEOUT = 3.0  # seconds; a time-out of 20 would be a third of the run
PUBLISHERS = ("publisher-1", "publisher-2")
# Celery looks after a pool every five seconds: with one worker of two processes a kill a second would leave nobody.
DOMAIN_WORKERS = ("domain", "domain-2", "domain-3")


class Stage:
    """A run called `name` with its own database and folder, seeded; `mutation` takes a safeguard out.

    With `due` there are no clients: so many instalments are due from the beginning, and only billing is tried.
    """

    def __init__(self, lab: Lab, name: str, *, seed: int, mutation: str = "", due: int = 0) -> None:
        self.lab, self.name, self.seed = lab, name, seed
        self.database = f"chaos_{name}"
        self.folder = lab.state.folder / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.clock = self.folder / "clock"
        self._mutation, self._due = mutation, due
        self.clients = () if due else (*PUBLISHERS, "payer")
        self._started: list[str] = []

    def start(self) -> None:
        """Start everything on a new database; what a former run left in Valkey is gone."""
        self.lab.create_database(self.database)
        self.lab.redis().flushall()
        environment = self._environment()
        for process in SIMULATORS:
            if process.name != "clinics":
                self._start(process.name, self._filled(process.command), environment)
        if self.clients:
            self._start("clinics", ["tests.chaos.clinics", str(self.ports["clinics"])], environment, "clinics ready.")
        for name in ("stripe", "mailbox"):
            wait_until(partial(self._answers, name), name)
        self.lab.group.run("prepare", [sys.executable, "-m", "tests.chaos.prepare"], environment, cwd=PROJECT)
        (self.folder / "processes.json").write_text(json.dumps(self._commands()))
        del environment["DATABASE_OWNER_URL"]  # what runs in production has none
        self._start("nursery", ["tests.chaos.nursery", str(self.folder)], environment, "nursery ready.")
        self.lab.group.wait_ready()

    def end(self) -> None:
        """End this run's processes; the servers stay."""
        for name in reversed(self._started):
            self.lab.group.stop(name)

    def url(self, name: str) -> str:
        """The address of a simulator or of the web server."""
        return f"http://{LOOPBACK}:{self.ports[name]}"

    def manage(self, *words: str) -> None:
        """Run a command of manage.py, as an operator does."""
        self.lab.group.run("manage", [sys.executable, "manage.py", *words], self._environment(), cwd=PROJECT)

    def pid(self, name: str) -> int | None:
        """The process id of one of the nursery's children; None while it is being born again."""
        with suppress(OSError, ValueError):
            return int((self.folder / "pids" / name).read_text())
        return None

    def members_of(self, name: str) -> list[int]:
        """The children of one of the nursery's children: the pool of a worker that has one."""
        pid = self.pid(name)
        return children_of(pid) if pid else []

    def silence(self) -> None:
        """Have every client finish what it is at, and ask for nothing more."""
        (self.folder / "quiet").touch()

    def is_silent(self) -> bool:
        """Whether no client is at anything any more."""
        if not self.clients:
            return True
        waiting = httpx.get(f"{self.url('clinics')}/control/state", trust_env=False, timeout=PATIENCE).json()["waiting"]
        return waiting == 0 and not any(self.pid(name) for name in self.clients)

    def _commands(self) -> dict[str, list[str]]:
        """What the nursery runs: {name: module and arguments}."""
        project = {process.name: self._filled(process.command) for process in PROJECT_PROCESSES}
        domain = project.pop("domain")
        for name in DOMAIN_WORKERS:
            project[name] = [word.replace("domain@", f"{name}@") for word in domain]
        clients = {name: ["tests.chaos.publisher", name] for name in PUBLISHERS} | {"payer": ["tests.chaos.payer"]}
        return project | {name: clients[name] for name in self.clients}

    def _filled(self, command: str) -> list[str]:
        words = {
            **self.ports,
            "base": self.url("web"),
            "clock": self.clock,
            "state": self.folder,
            "webhook_secret": self._environment()["STRIPE_WEBHOOK_SECRETS"].partition(",")[0],
        }
        return [word.format(**words) for word in command.split()]

    def _start(self, name: str, argv: list[str], environment: dict[str, str], ready: str | None = None) -> None:
        self.lab.group.start(name, [sys.executable, "-m", *argv], environment, ready=ready, cwd=PROJECT, echo=False)
        self._started.append(name)

    def _answers(self, name: str) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url(name)}/control/health", trust_env=False).is_success
        return False

    def _environment(self) -> dict[str, Any]:
        mine = {
            "BASE_URL": self.url("web"),
            "CLOCK_FILE": str(self.clock),
            "STRIPE_API_BASE": self.url("stripe"),
            "EMAIL_URL": f"smtp://{LOOPBACK}:{self.ports['smtp']}",
            "CHAOS_CLINICS_URL": self.url("clinics"),
            "CHAOS_FOLDER": str(self.folder),
            "CHAOS_SEED": str(self.seed),
            "CHAOS_MUTATION": self._mutation,
            "CHAOS_DUE": str(self._due),
            "STRIPE_TIMEOUT_SECONDS": str(STRIPE_TIMEOUT),
            "PYTHONPATH": str(PROJECT),
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
        }
        return {**self.lab.environment(self.database), **mine, "PATH": os.environ["PATH"]}
