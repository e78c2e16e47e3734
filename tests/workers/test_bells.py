"""A bell may be lost: what rang it does not fail, and hardly waits."""

import os
import socket
import threading
import time

import pytest
import redis
from django.conf import settings
from kombu import Connection
from kombu.pools import producers

from workers import tasks
from workers.celery import app
from workers.deliveries.models import Delivery
from workers.deliveries.queueing import queue_delivery, register_endpoint
from workers.kernel import bells
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id


@pytest.fixture(autouse=True)
def _nothing_lost_yet(monkeypatch):
    monkeypatch.setattr(bells, "_ringer", bells._Ringer())


@pytest.fixture
def broker_away(monkeypatch):
    """Bells go to a port where nobody listens, with the options that are used in production."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"redis://127.0.0.1:{taken.getsockname()[1]}/0"
        connection = Connection(url, transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS)
        monkeypatch.setattr(app.amqp, "_producer_pool", producers[connection])
        monkeypatch.setattr(settings, "CELERY_BROKER_URL", url)
        yield


@pytest.fixture
def strikes(monkeypatch):
    """The lanes whose bell was struck; each is lost."""
    struck: list[str] = []

    def lose(lane):
        struck.append(lane)
        raise ConnectionError("away")

    monkeypatch.setattr(bells, "_strike", lose)
    return struck


def test_a_request_succeeds_while_the_broker_is_away(committed_db, now, broker_away, caplog):
    with acting_as(Actor(role=Role.OPERATOR)):
        endpoint = register_endpoint(owner_id=new_id(), url="https://clinic.example/hooks")
    with acting_as(WORKER):
        queue_delivery(owner_id=endpoint.owner_id, type="endpoint.test", data={}, event_id=new_id(), now=now)
    assert bells.flush(2)
    assert "bell lost lane=webhooks" in caplog.text
    with acting_as(WORKER):
        assert Delivery.objects.count() == 1


def test_nobody_waits_for_a_broker_that_hangs_and_what_is_asked_meanwhile_is_one_ring(committed_db, monkeypatch):
    answer, struck = threading.Event(), []

    def hang(lane):
        struck.append(lane)
        answer.wait(10)

    monkeypatch.setattr(bells, "_strike", hang)
    for _ in range(5):
        with acting_as(WORKER):
            bells.ring("mail")
            bells.ring("billing")
        assert not bells.flush(0), "it still hangs"
    answer.set()
    assert bells.flush()
    assert sorted(struck[:2]) == ["billing", "mail"]
    assert 2 <= len(struck) <= 4


def test_after_a_lost_bell_none_is_tried_for_a_while(committed_db, monkeypatch, strikes):
    for lane in ("mail", "webhooks"):
        ring_and_wait(lane)
    assert strikes == ["mail"]
    monkeypatch.setattr(bells._ringer, "_quiet_until", time.monotonic())
    ring_and_wait("webhooks")
    assert strikes == ["mail", "webhooks"]


def ring_and_wait(lane):
    with acting_as(WORKER):
        bells.ring(lane)
    assert bells.flush()


def test_a_lane_rings_once_per_transaction_and_only_after_it(committed_db, strikes):
    with acting_as(WORKER):
        bells.ring("mail")
        bells.ring("mail")
        assert bells.flush()
        assert strikes == []
    assert bells.flush()
    assert strikes == ["mail"]


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning")
def test_a_forked_child_rings_by_itself(committed_db, monkeypatch, strikes):
    ring_and_wait("mail")
    reading, writing = os.pipe()
    monkeypatch.setattr(bells, "_strike", lambda lane: os.write(writing, lane.encode()))
    if (child := os.fork()) == 0:
        bells._ask("billing")
        os._exit(0 if bells.flush() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert os.read(reading, 100) == b"billing"
    os.close(reading)
    os.close(writing)


@pytest.fixture
def queue():
    """The name of a queue that nobody listens to, emptied afterwards."""
    name = f"tests-{new_id()}"
    yield name
    with redis.Redis.from_url(settings.CELERY_BROKER_URL) as client:
        client.delete(f"benefit:{name}")


def test_bells_do_not_pile_up(queue):
    assert [tasks.strike(queue) for _ in range(tasks.BELLS + 2)] == [True] * tasks.BELLS + [False, False]
    assert tasks._count_waiting(queue) == tasks.BELLS


def test_a_bell_is_the_message_that_a_worker_expects(queue):
    tasks.strike(queue)
    with app.connection_for_read() as connection, connection.SimpleQueue(queue) as simple:
        message = simple.get(timeout=5)
    assert message.headers["task"] == "workers.drain"
    assert message.payload[:2] == [[], {"lane": queue}]
