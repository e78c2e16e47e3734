"""A worker that is told to stop holds nothing afterwards; a reaction that hangs fails and disturbs no other."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.workers.deliveries.acting import deliveries_of, queue
from tests.workers.deliveries.servers import OK, serving
from tests.workers.stopping.reactions import Asked, Wanted
from workers.deliveries.models import Endpoint, OpenDelivery
from workers.deliveries.queueing import register_endpoint
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.kernel.leases import Status, is_leased
from workers.outbox.models import Job
from workers.outbox.publishing import publish_all

OPERATOR = Actor(role=Role.OPERATOR)
PROJECT = Path(__file__).parents[3]


class Lane(NamedTuple):
    """A lane, its kind of pool and how many work in it, what is heard there, and how a reaction that hangs ends."""

    name: str
    pool: str
    size: int
    event: type[Wanted] | type[Asked]
    error: str


DOMAIN = Lane("domain", "-P prefork -c 1", 1, Wanted, "TimeLimit")
BILLING = Lane("billing", "-P threads -c 2", 2, Asked, "TookTooLong")
both = pytest.mark.parametrize("lane", [DOMAIN, BILLING], ids=["processes", "threads"])


@pytest.fixture
def own_broker(settings):
    """Valkey's last database, so that bells of other tests' workers do not come here."""
    return urlsplit(settings.REDIS_URL)._replace(path="/15").geturl()


@pytest.fixture
def start(committed_db: str, own_broker: str, tmp_path: Path):
    """A function that lets a worker of a lane, which beats and sweeps, too, run while its block does."""

    @contextmanager
    def started(lane: str, pool: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{committed_db}").geturl()
        command = f"celery -A workers.celery worker -Q {lane},sweep {pool} -B --without-gossip --without-mingle"
        beside = ["-I", "tests.workers.stopping.reactions", "-s", str(tmp_path / "beat")]
        with subprocess.Popen(
            [sys.executable, "-m", *command.split(), *beside],
            env=os.environ | {"DATABASE_URL": url, "CELERY_BROKER_URL": own_broker} | environment,
            cwd=PROJECT,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)

    return started


def publish(kind: type[Wanted] | type[Asked], count: int, *, hanging: int = 0) -> list[Endpoint]:
    with acting_as(OPERATOR):
        endpoints = [register_endpoint(owner_id=new_id(), url=f"https://c{n}.example/") for n in range(count)]
        told = [(kind(endpoint_id=one.pk, hangs=n < hanging), one) for n, one in enumerate(endpoints)]
        publish_all(told, now=clock.now())
    return endpoints


def done() -> int:
    with acting_as(WORKER):
        return Endpoint.objects.filter(failing_since__isnull=False).count()


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not within its time"
        time.sleep(0.02)


@both
def test_a_worker_that_is_told_to_stop_ends_soon_and_holds_nothing(start, lane: Lane):
    publish(lane.event, 2000)
    with start(lane.name, lane.pool) as process:
        wait_until(lambda: done() > 0)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert done() < 2000
    with acting_as(WORKER):
        assert not Job.objects.filter(is_leased()).exists()
        assert Job.objects.count() == 2000 - done(), "what it did is done, what it did not waits"
        assert set(Job.objects.values_list("attempts", flat=True)) == {0}


def test_a_sender_that_is_told_to_stop_records_what_was_answered_and_holds_nothing(start):
    def answer_late(connection, server):
        while server.read(connection):
            server.closing.wait(0.2)
            connection.sendall(OK)

    with serving(answer_late) as clinic:
        with acting_as(OPERATOR):
            endpoint = register_endpoint(owner_id=new_id(), url=clinic.url)
        for _ in range(800):
            queue(endpoint)
        with start("webhooks", "-P threads -c 2") as process:
            wait_until(lambda: len(clinic.requests) > 20)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
    states = [(delivery.status, delivery.attempts) for delivery in deliveries_of(endpoint)]
    sent = len(clinic.requests)
    assert sent < 800
    assert sorted(states) == sorted([(Status.DONE, 1)] * sent + [(Status.READY, 0)] * (800 - sent))
    with acting_as(WORKER):
        assert not OpenDelivery.objects.filter(is_leased()).exists()


@both
def test_reactions_that_hang_fail_and_disturb_no_other(start, lane: Lane):
    """As many as work in the lane: one after the other would stand still."""
    publish(lane.event, 20, hanging=lane.size)
    with start(lane.name, lane.pool, LEASE_SECONDS="4"):
        wait_until(lambda: done() == 20 - lane.size)
        wait_until(lambda: all(lane.error in reason for reason in reasons()))
    assert len(reasons()) == lane.size


def reasons() -> list[str]:
    with acting_as(WORKER):
        return list(Job.objects.values_list("last_error", flat=True))
