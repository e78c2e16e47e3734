"""A worker that is told to stop holds nothing afterwards; a reaction that hangs fails and disturbs no other."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.workers.stopping.reactions import Wanted
from workers.deliveries.models import Endpoint
from workers.deliveries.queueing import register_endpoint
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.kernel.leases import is_leased
from workers.outbox.models import Job
from workers.outbox.publishing import publish_all

OPERATOR = Actor(role=Role.OPERATOR)
PROJECT = Path(__file__).parents[3]


@pytest.fixture
def own_broker(settings):
    """Valkey's last database, so that bells of other tests' workers do not come here."""
    return urlsplit(settings.REDIS_URL)._replace(path="/15").geturl()


@contextmanager
def worker(database: str, broker: str, folder: Path, **environment: str):
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl()
    command = "celery -A workers.celery worker -Q domain,sweep -P prefork -c 1 -B --without-gossip --without-mingle"
    with subprocess.Popen(
        [sys.executable, "-m", *command.split(), "-I", "tests.workers.stopping.reactions", "-s", str(folder / "beat")],
        env=os.environ | {"DATABASE_URL": url, "CELERY_BROKER_URL": broker} | environment,
        cwd=PROJECT,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def publish(count: int, *, hanging: int = 0) -> list[Endpoint]:
    with acting_as(OPERATOR):
        endpoints = [register_endpoint(owner_id=new_id(), url=f"https://c{n}.example/") for n in range(count)]
        told = [(Wanted(endpoint_id=one.pk, hangs=n < hanging), one) for n, one in enumerate(endpoints)]
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


def test_a_worker_that_is_told_to_stop_ends_soon_and_holds_nothing(committed_db, own_broker, tmp_path):
    publish(2000)
    with worker(committed_db, own_broker, tmp_path) as process:
        wait_until(lambda: done() > 0)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert done() < 2000
    with acting_as(WORKER):
        assert not Job.objects.filter(is_leased()).exists()
        assert Job.objects.count() == 2000 - done(), "what it did is done, what it did not waits"
        assert set(Job.objects.values_list("attempts", flat=True)) == {0}


def test_a_reaction_that_hangs_fails_and_disturbs_no_other(committed_db, own_broker, tmp_path):
    publish(20, hanging=1)
    with worker(committed_db, own_broker, tmp_path, LEASE_SECONDS="4"):
        wait_until(lambda: done() == 19)
        wait_until(lambda: "TimeLimit" in reason())
    with acting_as(WORKER):
        assert Job.objects.get().attempts >= 2


def reason() -> str:
    with acting_as(WORKER):
        return Job.objects.get().last_error
