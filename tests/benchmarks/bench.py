"""What a measure has at hand: a database of its own, workers and programs on leashes, patience with a deadline."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.db import connections

from config.local.leashing import ORDINARY, Ending
from config.local.processes import ProcessGroup
from config.local.stack import PROJECT_PROCESSES
from config.local.state import PROJECT, State
from tests.benchmarks.databases import temporary_database
from workers.kernel.actor import Role

POLL_SECONDS = 0.01
TABLES = (
    "workers_event, workers_job, workers_timer, workers_receipt, workers_endpoint, workers_delivery, "
    "workers_open_delivery, bench_effect, bench_plain_effect"
)


def scaled(number: int) -> int:
    """Return how many to make of what a measure makes many of: fewer with BENCH_SCALE=0.1, to try a measure out."""
    return max(1, int(number * float(os.environ.get("BENCH_SCALE", "1"))))


class Overdue(Exception):
    """What was waited for did not happen in time."""


class Bench:
    """The servers' environment and the process group of one run of the benchmarks."""

    def __init__(self, environment: Mapping[str, str], group: ProcessGroup, state: State) -> None:
        """`environment` is the project's, with the benchmarks' database."""
        self.environment, self.group, self.state = dict(environment), group, state

    @contextmanager
    def process(
        self,
        name: str,
        argv: Sequence[str],
        *,
        ready: Callable[[], bool] | str,
        env: Mapping[str, str] | None = None,
        ending: Ending = ORDINARY,
    ) -> Iterator[None]:
        """Run `argv` beside the block; `env` in place of the project's environment."""
        self.group.start(name, argv, env or self.environment, ready=ready, cwd=PROJECT, ending=ending, echo=False)
        try:
            self.group.wait_ready()
            yield
        finally:
            self.group.stop(name)

    @contextmanager
    def program(self, name: str, *arguments: str) -> Iterator[None]:
        """Run one of `tests/benchmarks/programs`, which prints `ready` when it is."""
        argv = [sys.executable, "-u", "-m", f"tests.benchmarks.programs.{name}", *arguments]
        with self.process(name, argv, ready="ready"):
            yield

    @contextmanager
    def worker(self, lane: str, *, ending: Ending = ORDINARY, processes: int | None = None) -> Iterator[None]:
        """Run a lane's worker with the command of `make demo` and production, or with so many `processes`."""
        [process] = [process for process in PROJECT_PROCESSES if process.name == lane]
        argv = [sys.executable, "-m", *process.command.split(), *(("-c", str(processes)) if processes else ())]
        with self.process(f"worker-{lane}", argv, ready=process.ready, ending=ending):
            yield

    def pids(self, name: str) -> list[int]:
        """Return the ids of a process and its descendants, the leash left out."""
        return [int(pid) for pid in _descendants(self.group.pid(name))]

    def megabytes(self, name: str) -> float:
        """Return the resident memory of a process and its descendants: what they share counts once for each.

        Resident, not proportional: the first full garbage collection of a forked process writes to what it shared with
        its parent, which moves memory from shared to private (some 40 MB, once) and is no growth. Needs Linux's /proc.
        """
        kilobytes = 0
        for pid in self.pids(name):
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            kilobytes += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Rss:"))
        return kilobytes / 1024

    def owner(self) -> psycopg.Connection[Any]:
        """Return a connection of the tables' owner to the benchmarks' database; it commits by itself."""
        return psycopg.connect(self.environment["DATABASE_OWNER_URL"], autocommit=True)

    def empty(self) -> None:
        """Forget every event, job, timer and effect."""
        with self.owner() as owner:
            owner.execute(f"TRUNCATE {TABLES} CASCADE")

    def worker_connection(self) -> psycopg.Connection[Any]:
        """Return a connection that acts as a worker, whom row-level security lets see the engine's tables.

        It may take its time: what fills a table with millions of rows takes a slow disk more than the app's minute.
        """
        options = f"-c role={Role.WORKER} -c statement_timeout=0"
        return psycopg.connect(self.environment["DATABASE_URL"], autocommit=True, options=options)

    @contextmanager
    def database(self, name: str) -> Iterator["Bench"]:
        """Make another database with the project's tables, for `use_database`."""
        with temporary_database(self.environment, name) as environment:
            prepare_database(self.group, environment)
            try:
                yield Bench(environment, self.group, self.state)
            finally:
                connections.close_all()


def prepare_database(group: ProcessGroup, environment: Mapping[str, str]) -> None:
    """Make the roles and the tables; the benchmarks' own app has no migrations, so its tables are synchronised."""
    for command in ("provision", "migrate --database owner --run-syncdb"):
        words = command.split()
        group.run(f"bench-{words[0]}", [sys.executable, "manage.py", *words], environment, cwd=PROJECT)

    with psycopg.connect(environment["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("GRANT ALL ON bench_plain_thing, bench_plain_effect TO PUBLIC")


def use_database(bench: Bench) -> None:
    """Point this process's connection at a database of the same server."""
    name = urlsplit(bench.environment["DATABASE_URL"]).path.strip("/")
    if connections["default"].settings_dict["NAME"] != name:
        connections["default"].close()
        settings.DATABASES["default"]["NAME"] = connections["default"].settings_dict["NAME"] = name


def wait_until(happened: Callable[[], bool], *, seconds: float, what: str, every: float = POLL_SECONDS) -> None:
    """Ask `every` so many seconds until it is so. Raises Overdue, with `what` did not happen."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise Overdue(f"{what} did not happen within {seconds} seconds.")
        time.sleep(every)


def _descendants(pid: int) -> Iterator[str]:
    """Child processes at any depth (Linux's /proc; elsewhere there are none to be found)."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            children = file.read().split()
    except OSError:
        return
    for child in children:
        yield child
        yield from _descendants(int(child))
