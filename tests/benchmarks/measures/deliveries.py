"""deliveries.*: webhooks to 50 local endpoints, of which one is dead and one is slow."""

import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from subprocess import PIPE, Popen
from time import perf_counter, sleep
from uuid import UUID

from config.local.leashing import Ending
from config.local.state import PROJECT
from config.local.virtualenvs import python_of
from tests.benchmarks.app.rows import OPERATOR
from tests.benchmarks.backlog import wake, without_bells
from tests.benchmarks.bench import Bench
from tests.benchmarks.comparing import Figures, Measure, Side, compare, percentile
from tests.benchmarks.databases import temporary_database
from tests.benchmarks.receiving import Receivers, receivers
from workers.deliveries.queueing import queue_delivery, register_endpoint
from workers.deliveries.sending import MOST_AT_ONCE
from workers.kernel import clock
from workers.kernel.actor import acting_as
from workers.kernel.ids import new_id

HEALTHY = 48
MESSAGES = 30  # to each endpoint
BACKLOG = 600  # to each, where both send as fast as they can: of a fifth of that, opening connections is much
PATIENCE = 10.0  # seconds for all of them; what has not come by then does not count
PATIENCE_WITH_BACKLOG = 60.0
BEATS, BEAT = 15, 0.2  # messages to each endpoint and seconds between them, where waiting times are measured
TYPE = "course.updated"
KILL = Ending(first=signal.SIGKILL, grace=5)  # threads that wait for the dead endpoint would hold up the end of a run
PEER = "tests.benchmarks.peers.django_webhook"
THREADS = 64  # twice as many as wait for the dead endpoint in the end


@compare(
    Measure(name="deliveries.per_s", unit="deliveries/s", better="higher", required=5),
    pairs=2,
    warm_ups=0,
)
@contextmanager
def against_django_webhook(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """Deliveries per second to the 48 healthy of 50 endpoints, one of the others dead and one slow.

    The reference is the django-webhook package in its own virtualenv: the same Celery, PostgreSQL, Valkey and
    receivers, one worker process like ours with 64 threads, persistent connections, its log of attempts on as ours is.
    The rate is taken where the messages arrive, from the first to the last or for 10 seconds: its requests have no
    timeout, so every message to the dead endpoint takes a thread for good, and as many as it has threads stop it.
    """
    with receivers(bench, healthy=HEALTHY) as local:
        yield partial(_ours, bench, local, with_dead=True), partial(_django_webhook, bench, local, with_dead=True)
    bench.empty()


@compare(
    Measure(name="deliveries.per_s_without_dead", unit="deliveries/s", better="higher", required=None),
    pairs=2,
    warm_ups=0,
)
@contextmanager
def against_django_webhook_at_its_best(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The same without the dead endpoint: how much of `deliveries.per_s` is speed and how much is isolation."""
    with receivers(bench, healthy=HEALTHY) as local:
        yield partial(_ours, bench, local, with_dead=False), partial(_django_webhook, bench, local, with_dead=False)
    bench.empty()


@compare(
    Measure(name="deliveries.per_s_vs_bare_client", unit="deliveries/s", better="higher", required=0.5),
    Measure(name="deliveries.per_s_vs_bare_client_at_its_best", unit="deliveries/s", better="higher", required=None),
    Measure(name="deliveries.per_s_vs_least_sender", unit="deliveries/s", better="higher", required=None),
    pairs=3,
    warm_ups=0,
)
@contextmanager
def against_bare_loops(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """Deliveries per second from a backlog, to the healthy of 50 endpoints, one of the others dead and one slow.

    The reference is one process that does nothing but post, by the same HTTP client (curl's multi interface), over kept
    connections, as many at once as a drain of ours. It claims, signs and records nothing, and leaves the dead endpoint
    out, which would stop it for good; the slow one holds it up, for it has no limit of an endpoint. At its best it
    leaves that one out, too: how much of the first figure is speed and how much is isolation.

    The last reference does the least besides posting that a sender may do who keeps its messages in a database: claim,
    sign, record (programs/least_sends.py); to the healthy ones alone.
    """
    with receivers(bench, healthy=HEALTHY) as local:
        yield partial(_ours_from_a_backlog, bench, local), partial(_bare_loops, bench, local)
    bench.empty()


@compare(
    Measure(name="deliveries.healthy_p99", unit="ms", better="lower", required=1.2),
    pairs=3,
    warm_ups=0,
)
@contextmanager
def healthy_ones(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """From the queueing of a message until it arrives at a healthy endpoint, p99, at a load that is easily borne.

    Ours is with the dead endpoint, the reference without it; both have the slow one. One message to each endpoint every
    fifth of a second.
    """
    with receivers(bench, healthy=HEALTHY) as local:
        yield partial(_waits, bench, local, with_dead=True), partial(_waits, bench, local, with_dead=False)
    bench.empty()


def _ours(bench: Bench, local: Receivers, *, with_dead: bool) -> Figures:
    """A fresh worker and endpoints that have no history; it sends while the messages are queued."""
    with _sending(bench, local, with_dead=with_dead) as owner:
        for number in range(MESSAGES):
            _queue(owner, number)
        return _rate(local)


def _ours_from_a_backlog(bench: Bench, local: Receivers) -> Figures:
    """The same, begun when every message is queued."""
    with _sending(bench, local, with_dead=True) as owner:
        _queue_backlog(bench, owner)
        wake("webhooks", processes=1)
        rate = _rate_of_backlog(local)
    return (rate, rate, rate)


def _queue_backlog(bench: Bench, owner: UUID) -> None:
    with without_bells():
        for number in range(BACKLOG):
            _queue(owner, number)
    with bench.owner() as database:
        database.execute("ANALYZE workers_delivery, workers_open_delivery")


def _rate_of_backlog(local: Receivers) -> float:
    (rate,) = _rate(local, BACKLOG, patience=PATIENCE_WITH_BACKLOG)
    return rate


@contextmanager
def _sending(bench: Bench, local: Receivers, *, with_dead: bool) -> Iterator[UUID]:
    """A worker that has sent a first message to every healthy receiver; yields the owner of all the endpoints."""
    bench.empty()
    owner, first = new_id(), new_id()
    _register(owner, local.ports(with_dead=with_dead))
    _register(first, local.healthy)
    with bench.worker("webhooks", ending=KILL):
        _warm_up(local, partial(_queue, first, 0))
        yield owner


def _register(owner: UUID, ports: Iterable[int]) -> None:
    with acting_as(OPERATOR):
        for port in ports:
            register_endpoint(owner_id=owner, url=f"http://127.0.0.1:{port}/hook")


def _queue(owner: UUID, number: int) -> None:
    with acting_as(OPERATOR):
        queue_delivery(owner_id=owner, type=TYPE, data={"number": number}, event_id=new_id(), now=clock.now())


def _warm_up(local: Receivers, send: "partial[None]") -> None:
    local.forget()
    send()
    if not local.wait_for(HEALTHY, seconds=30):
        raise AssertionError("A first message to each receiver did not arrive.")
    local.forget()


def _rate(local: Receivers, messages: int = MESSAGES, *, patience: float = PATIENCE) -> Figures:
    expected = HEALTHY * messages
    begin = perf_counter()
    is_complete = local.wait_for(expected, seconds=patience)
    moments = [at for at, _ in local.arrivals()]
    end = max(moments) if is_complete else begin + patience
    return (len(moments) / (end - min(moments)),)


def _django_webhook(bench: Bench, local: Receivers, *, with_dead: bool) -> Figures:
    python = python_of("django-webhook", bench.state)
    with temporary_database(bench.environment, "bench_django_webhook") as env:
        del env["DJANGO_SETTINGS_MODULE"]
        ports = [str(port) for port in local.ports(with_dead=with_dead)]
        bench.group.run("django-webhook-tables", [python, "-m", PEER, "prepare", *ports], env, cwd=PROJECT)
        words = f"celery -q -A {PEER} worker -P threads -c {THREADS} -l WARNING -n peer@%h"
        argv = [python, "-m", *words.split(), "--without-gossip", "--without-mingle"]
        with bench.process("django-webhook", argv, ready="ready", env=env, ending=KILL):
            send = partial(bench.group.run, "django-webhook-send", env=env, cwd=PROJECT)
            _warm_up(local, partial(send, [python, "-m", PEER, "send", "1"]))
            send([python, "-m", PEER, "send", str(MESSAGES)])
            return _rate(local)


def _bare_loops(bench: Bench, local: Receivers) -> Figures:
    with_slow, healthy = local.ports(with_dead=False), local.healthy
    return _bare_posts(bench, local, with_slow), _bare_posts(bench, local, healthy), _least_sender(bench, local)


def _bare_posts(bench: Bench, local: Receivers, ports: Iterable[int]) -> float:
    argv = [sys.executable, "-m", "tests.benchmarks.programs.bare_posts"]
    words = [str(port) for port in ports]
    run = partial(bench.group.run, "bare-posts", env=bench.environment, cwd=PROJECT)
    _warm_up(local, partial(run, [*argv, "1", *words]))
    run([*argv, str(BACKLOG), *words])
    return _rate_of_backlog(local)


def _least_sender(bench: Bench, local: Receivers) -> float:
    """It connects first, and begins when its standard input is closed."""
    bench.empty()
    owner = new_id()
    _register(owner, local.healthy)
    _queue_backlog(bench, owner)
    local.forget()
    command = [sys.executable, "-m", "tests.benchmarks.programs.least_sends", str(MOST_AT_ONCE)]
    with Popen(command, env=bench.environment, stdin=PIPE, stdout=PIPE) as sender:
        assert sender.stdout is not None
        sender.stdout.readline()
        sender.communicate()
    return _rate_of_backlog(local)


def _waits(bench: Bench, local: Receivers, *, with_dead: bool) -> Figures:
    queued: dict[int, float] = {}
    with _sending(bench, local, with_dead=with_dead) as owner:
        begin = perf_counter()
        for number in range(BEATS):
            sleep(max(0.0, begin + number * BEAT - perf_counter()))
            queued[number] = perf_counter()
            _queue(owner, number)
        local.wait_for(HEALTHY * BEATS, seconds=PATIENCE)
        arrived = [(at - queued[message["data"]["number"]]) * 1000 for at, message in local.arrivals()]
    missing = [PATIENCE * 1000] * (HEALTHY * BEATS - len(arrived))
    return (percentile([*arrived, *missing], 99),)
