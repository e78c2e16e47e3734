"""The servers under attack: PostgreSQL and Valkey with a proxy before each, and a template of the database."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis

from config.local.failures import CannotStart
from config.local.ports import LOOPBACK, free_ports
from config.local.postgres import PostgresServer
from config.local.processes import Child, ProcessGroup
from config.local.servers import Servers
from config.local.state import PROJECT, State
from config.local.valkey import Valkey

LEASE_SECONDS = 5  # what a killed worker held comes back after that
STARTING_SECONDS = 120.0
POLL = 0.02
PREPARATIONS = (["provision"], ["migrate", "--database", "owner", "--run-syncdb", "--verbosity", "0"])


class Unsupervised(ProcessGroup):
    """A group in which every process may end by itself: that is what the run is about."""

    def start(self, *args: Any, **options: Any) -> Child:
        """Start a process whose end is nobody's failure."""
        return super().start(*args, **{**options, "once": True})


class Lab:
    """Both servers with durable settings, and the proxy, as a context manager; what it starts ends with it."""

    def __init__(self, folder: Path = PROJECT / ".local" / "chaos") -> None:
        self.state = State(folder)
        self.group = Unsupervised(self.state.logs)
        self.postgres = PostgresServer(self.group, self.state)
        self.valkey = Valkey(self.group, self.state)
        self.proxy = Orders()
        self.doors: dict[str, int] = {}
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self.postgres.release)
            stack.enter_context(self.group)
            self.valkey.start()
            self.postgres.start()
            self.proxy.start(self.group)
            self.group.wait_ready()
            self.postgres.ensure_owner()
            self.doors = {
                "postgres": self.proxy.do("open", "postgres", target=self.postgres.port)["port"],
                "valkey": self.proxy.do("open", "valkey", target=self.valkey.port)["port"],
            }
            self._migrate()
            self._cleanup = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cleanup.__exit__(kind, error, trace)

    def create_database(self, name: str) -> None:
        """Create an empty database of this name, in place of a former run's."""
        with self.superuser("postgres") as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # a name of this package's own
            server.execute(f'CREATE DATABASE "{name}" TEMPLATE app OWNER owner')

    def superuser(self, database: str) -> psycopg.Connection[Any]:
        """Connect past the proxy and past row security."""
        return psycopg.connect(self.postgres._url("postgres", self._password("postgres"), database), autocommit=True)

    def redis(self) -> "redis.Redis":
        """Connect to Valkey past the proxy."""
        return redis.Redis.from_url(self.valkey.url, socket_timeout=5)

    def environment(self, database: str) -> dict[str, str]:
        """The settings of a process that reaches both servers through the proxy."""
        direct = self._direct_environment(database)
        url = urlsplit(direct["DATABASE_URL"])
        broker = urlsplit(direct["REDIS_URL"])
        return direct | {
            "DATABASE_URL": urlunsplit(url._replace(netloc=_with_port(url.netloc, self.doors["postgres"]))),
            "REDIS_URL": urlunsplit(broker._replace(netloc=_with_port(broker.netloc, self.doors["valkey"]))),
        }

    def restart_postgres(self, number: signal.Signals = signal.SIGQUIT) -> None:
        """Immediate shutdown, which is a crash to it, and a start with recovery; returns once it answers."""
        self._kill("postgres", number)
        self.postgres.release()
        self.postgres.start()
        self.proxy.do("aim", "postgres", target=self.postgres.port)
        wait_until(self.postgres.answers, "PostgreSQL")

    def restart_valkey(self) -> None:
        """SIGKILL, and a start with nothing in it."""
        self._kill("valkey", signal.SIGKILL)
        self.valkey.start()
        self.proxy.do("aim", "valkey", target=self.valkey.port)
        wait_until(self.valkey.answers, "Valkey")

    def _kill(self, name: str, number: signal.Signals) -> None:
        for pid in children_of(self.group.pid(name)):
            os.kill(pid, number)
        self.group.stop(name)

    def _migrate(self) -> None:
        """Make the template: an empty, migrated database that nothing else connects to."""
        with self.superuser("postgres") as server:
            server.execute("DROP DATABASE IF EXISTS app WITH (FORCE)")
            server.execute("CREATE DATABASE app OWNER owner")
        for command in PREPARATIONS:
            argv = [sys.executable, "manage.py", *command]
            self.group.run(command[0], argv, self._direct_environment("app"), cwd=PROJECT)

    def _direct_environment(self, database: str) -> dict[str, str]:
        servers = Servers(state=self.state)
        servers.owner_url, servers.redis_url = self.postgres.owner_url, self.valkey.url
        owner = urlsplit(self.postgres.owner_url)
        login = f"app_login:{self._password('app_login')}@{LOOPBACK}:{self.postgres.port}"
        urls = {
            "DATABASE_OWNER_URL": urlunsplit(owner._replace(path=f"/{database}")),
            "DATABASE_URL": urlunsplit(owner._replace(netloc=login, path=f"/{database}")),
        }
        mine = {
            "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
            "PYTHONUNBUFFERED": "1",
            "LEASE_SECONDS": str(LEASE_SECONDS),
        }
        return servers.environment() | urls | mine

    def _password(self, name: str) -> str:
        return self.state.secret(name)


class Orders:
    """The proxy's process, and the connection by which it is told what to do."""

    def __init__(self) -> None:
        [self._port] = free_ports(1)
        self._connection: socket.socket | None = None

    def start(self, group: ProcessGroup) -> None:
        """Start the process; it is ready when the group is."""
        argv = [sys.executable, "-m", "tests.chaos.proxy", str(self._port)]
        group.start("proxy", argv, dict(os.environ), ready="proxy ready.", cwd=PROJECT)

    def do(self, what: str, name: str, **order: Any) -> dict[str, Any]:
        """Give an order and return the answer."""
        if self._connection is None:
            self._connection = socket.create_connection((LOOPBACK, self._port), 5)
            self._answers = self._connection.makefile("rb")
        self._connection.sendall(json.dumps({"do": what, "name": name, **order}).encode() + b"\n")
        answer: dict[str, Any] = json.loads(self._answers.readline())
        return answer


def _with_port(place: str, port: int) -> str:
    return f"{place.rpartition(':')[0]}:{port}"


def children_of(pid: int) -> list[int]:
    """Return the process ids of a process's children."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        done = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
        return [int(child) for child in done.stdout.split()]


def wait_until(holds: Any, what: str, seconds: float = STARTING_SECONDS) -> None:
    """Poll until `holds()` is true. Raises CannotStart after the deadline."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise CannotStart(f"{what} was not ready within {seconds:.0f} s.")
        time.sleep(POLL)
