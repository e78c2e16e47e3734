"""deliveries.*: webhooks to 50 local endpoints, of which one is dead and one is slow."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
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
from workers.kernel import clock
from workers.kernel.actor import acting_as
from workers.kernel.ids import new_id

HEALTHY = 48
MESSAGES = 30  # to each endpoint
BACKLOG = 120  # to each, where both send as fast as they can: of a third of that, opening connections is most
PATIENCE = 10.0  # seconds for all of them; what has not come by then does not count
BEATS, BEAT = 15, 0.2  # messages to each endpoint and seconds between them, where waiting times are measured
TYPE = "course.updated"
KILL = Ending(first=signal.SIGKILL, grace=5)  # threads that wait for the dead endpoint would hold up the end of a run
PEER = "tests.benchmarks.peers.django_webhook"
THREADS = 16


@compare(
    Measure(name="deliveries.per_s", unit="deliveries/s", better="higher", required=5),
    pairs=2,
    warm_ups=0,
)
@contextmanager
def against_django_webhook(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """Deliveries per second to the 48 healthy of 50 endpoints, one of the others dead and one slow.

    The reference is the django-webhook package in its own virtualenv: the same Celery, PostgreSQL, Valkey and
    receivers, one worker process like ours with 16 threads, persistent connections, its log of attempts on as ours is.
    The rate is taken where the messages arrive, from the first to the last or for 10 seconds: its requests have no
    timeout, so sixteen messages to the dead endpoint stop it for good.
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
    pairs=3,
    warm_ups=0,
)
@contextmanager
def against_the_bare_client(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The same messages to the same receivers from a backlog, against one process that does nothing but post them.

    It uses the same HTTP client (curl's multi interface) over kept connections, as many at once as a drain of ours; it
    leaves the dead endpoint out, and claims, signs and records nothing.
    """
    with receivers(bench, healthy=HEALTHY) as local:
        yield partial(_ours_from_a_backlog, bench, local), partial(_bare, bench, local)
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
        with without_bells():
            for number in range(BACKLOG):
                _queue(owner, number)
        wake("webhooks", processes=1)
        return _rate(local, BACKLOG)


@contextmanager
def _sending(bench: Bench, local: Receivers, *, with_dead: bool) -> Iterator[UUID]:
    """A worker that has sent a first message to every healthy receiver; yields the owner of all the endpoints."""
    bench.empty()
    owner, first = new_id(), new_id()
    with acting_as(OPERATOR):
        for port in local.ports(with_dead=with_dead):
            register_endpoint(owner_id=owner, url=f"http://127.0.0.1:{port}/hook")
        for port in local.healthy:
            register_endpoint(owner_id=first, url=f"http://127.0.0.1:{port}/hook")
    with bench.worker("webhooks", ending=KILL):
        _warm_up(local, partial(_queue, first, 0))
        yield owner


def _queue(owner: UUID, number: int) -> None:
    with acting_as(OPERATOR):
        queue_delivery(owner_id=owner, type=TYPE, data={"number": number}, event_id=new_id(), now=clock.now())


def _warm_up(local: Receivers, send: "partial[None]") -> None:
    local.forget()
    send()
    if not local.wait_for(HEALTHY, seconds=30):
        raise AssertionError("A first message to each receiver did not arrive.")
    local.forget()


def _rate(local: Receivers, messages: int = MESSAGES) -> Figures:
    expected = HEALTHY * messages
    begin = perf_counter()
    is_complete = local.wait_for(expected, seconds=PATIENCE)
    moments = [at for at, _ in local.arrivals()]
    end = max(moments) if is_complete else begin + PATIENCE
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


def _bare(bench: Bench, local: Receivers) -> Figures:
    argv = [sys.executable, "-m", "tests.benchmarks.programs.bare_posts"]
    ports = [str(port) for port in local.ports(with_dead=False)]
    run = partial(bench.group.run, "bare-posts", env=bench.environment, cwd=PROJECT)
    _warm_up(local, partial(run, [*argv, "1", *ports]))
    run([*argv, str(BACKLOG), *ports])
    return _rate(local, BACKLOG)


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
