"""Valkey and RabbitMQ carry the bells: killed and back empty, or away, no effect is lost or doubled."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import redis
from django.db import connection, connections
from django.test import Client
from kombu import Connection

from config.local.processes import ProcessGroup
from config.local.rabbitmq import RabbitMQ, find_rabbitmq
from config.local.state import PROJECT, State
from config.local.valkey import Valkey
from tests.workers.brokers.effects import TABLE
from workers.events import LANES
from workers.kernel.actor import WORKER, acting_as
from workers.outbox.models import Job

PATIENCE = 120.0  # seconds; a worker waits longer from one try to reach its broker to the next
EACH = 25  # events; at the end each lane has heard of 3 times as many
MOST_BELLS = 10  # of a lane that nobody hears; two processes at once may each see room for the last one
SLOWEST = 4.0  # seconds that a request may take while its broker is away


class Rig:
    """A broker that may be killed, and the processes of the project that hear its bells."""

    def __init__(self, group: ProcessGroup, folder: Path, kind: str, database: str) -> None:
        self.group, self.kind = group, kind
        password = secrets.token_hex(8)
        self.valkey = Valkey(group, State(folder / "state"))
        self.rabbitmq = RabbitMQ(group, folder / "rabbitmq", password=password)
        self.database, self.folder = database, folder

    def start(self) -> None:
        self.valkey.start(mortal=True) if self.kind == "valkey" else self.rabbitmq.start()
        self.group.wait_ready()

    def kill(self) -> None:
        """SIGKILL to whatever the broker consists of, but for the leash."""
        for pid in _descendants(self.group.pid(self.kind)):
            with suppress(ProcessLookupError):  # it ended with its parent
                os.kill(pid, signal.SIGKILL)
        self.group.stop(self.kind)

    @property
    def url(self) -> str:
        return self.valkey.url if self.kind == "valkey" else self.rabbitmq.url

    def environment(self) -> dict[str, str]:
        given = urlsplit(os.environ["DATABASE_URL"])
        database = urlunsplit(given._replace(path=f"/{self.database}"))
        return dict(os.environ) | {"DATABASE_URL": database, "CELERY_BROKER_URL": self.url, "PYTHONWARNINGS": "ignore"}

    def hear(self) -> None:
        """A worker of each lane, and beat."""
        celery = [sys.executable, "-m", "celery", "-q", "-A", "workers.celery"]
        for lane in LANES:
            queues = f"{lane},sweep" if lane == "domain" else lane
            pool = ["-P", "prefork", "-c", "1"] if lane == "domain" else ["-P", "threads", "-c", "2"]
            options = ["-Q", queues, "-n", f"{lane}@%h", *pool, "--without-gossip", "--without-mingle", "-l", "INFO"]
            worker = [*celery, "worker", *options, "-I", "tests.workers.brokers.effects"]
            self.group.start(lane, worker, self.environment(), ready=" ready.", cwd=PROJECT)
        beat = [*celery, "beat", "-s", str(self.folder / "schedule"), "--pidfile=", "-l", "INFO"]
        self.group.start("beat", beat, self.environment(), cwd=PROJECT)
        self.group.wait_ready()

    def publish(self, count: int) -> float:
        """Publish in a process of its own, as a web server would; returns the seconds of the slowest request."""
        command = [sys.executable, "-m", "tests.workers.brokers.publisher", str(count)]
        done = subprocess.run(command, env=self.environment(), cwd=PROJECT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return float(done.stdout)

    def effects(self) -> tuple[int, int]:
        """How many there are, and how many different ones."""
        with acting_as(WORKER), connection.cursor() as cursor:
            cursor.execute("SELECT count(*), count(DISTINCT (event_id, lane)) FROM effect")
            found: tuple[int, int] = cursor.fetchone()
        return found


def _descendants(pid: int) -> list[int]:
    found = [pid]
    for each in found:
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found[1:]


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


@pytest.fixture(params=["valkey", "rabbitmq"])
def rig(request: pytest.FixtureRequest, committed_db: str) -> Iterator[Rig]:
    if request.param == "rabbitmq" and find_rabbitmq() is None:
        pytest.skip("RabbitMQ is not installed here (Debian: apt-get install rabbitmq-server)")
    folder = Path(tempfile.mkdtemp(prefix="broker-"))
    folder.chmod(0o755)
    owner = connections["owner"].get_connection_params()
    with psycopg.connect(**{name: owner[name] for name in ("dbname", "user", "password", "host", "port")}) as server:
        server.execute(TABLE)
    with ProcessGroup(folder / "logs") as group:
        yield Rig(group, folder, request.param, committed_db)
    shutil.rmtree(folder, ignore_errors=True)


def test_killed_and_back_empty_every_effect_happens_once(rig: Rig) -> None:
    rig.start()
    rig.hear()
    rig.publish(EACH)
    eventually(lambda: rig.effects()[0] >= EACH * len(LANES))
    rig.kill()
    assert rig.publish(EACH) < SLOWEST
    rig.start()
    eventually(lambda: rig.effects()[0] >= 2 * EACH * len(LANES))
    rig.publish(EACH)
    eventually(lambda: rig.effects()[0] >= 3 * EACH * len(LANES))
    eventually(lambda: not _jobs())
    assert rig.effects() == (3 * EACH * len(LANES),) * 2
    rig.group.check()  # and nobody died of it


def _jobs() -> int:
    with acting_as(WORKER):
        return Job.objects.count()


def test_bells_that_nobody_hears_do_not_pile_up(rig: Rig) -> None:
    rig.start()
    rig.publish(3 * EACH)
    waiting = _waiting(rig)
    assert all(0 < count <= MOST_BELLS for count in waiting), waiting


def _waiting(rig: Rig) -> list[int]:
    if rig.kind == "valkey":
        with redis.Redis.from_url(rig.url) as broker:
            return [broker.llen(f"benefit:{lane}") for lane in LANES]
    with Connection(rig.url) as broker:
        channel: Any = broker.default_channel
        return [channel.queue_declare(lane, passive=True).message_count for lane in LANES]


def test_a_broker_that_hangs_holds_up_one_request_and_not_for_long(rig: Rig) -> None:
    rig.start()
    for pid in _descendants(rig.group.pid(rig.kind)):
        os.kill(pid, signal.SIGSTOP)
    assert rig.publish(5) < SLOWEST
    for pid in _descendants(rig.group.pid(rig.kind)):
        os.kill(pid, signal.SIGCONT)


def test_we_are_ready_while_the_broker_answers(rig: Rig, settings: Any) -> None:
    """An unknown login is a fault, and a broker that hangs is waited for no longer than a request may take."""
    rig.start()
    settings.CELERY_BROKER_URL = rig.url
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
    assert _faults() == {}
    settings.CELERY_BROKER_URL = rig.url.replace("@", "x@")
    assert _faults().keys() == {"broker"}
    settings.CELERY_BROKER_URL = rig.url
    for pid in _descendants(rig.group.pid(rig.kind)):
        os.kill(pid, signal.SIGSTOP)
    begin = time.monotonic()
    assert _faults().keys() == {"broker"}
    assert time.monotonic() - begin < SLOWEST
    for pid in _descendants(rig.group.pid(rig.kind)):
        os.kill(pid, signal.SIGCONT)


def _faults() -> dict[str, str]:
    faults: dict[str, str] = Client().get("/readyz").json()["faults"]
    return faults
