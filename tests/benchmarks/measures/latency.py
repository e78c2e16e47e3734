"""engine.bell_to_effect_*: how long an event waits for its effect when nothing else is to be done."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import psycopg
import redis
from django.db import transaction

from tests.benchmarks.app.events import Watched
from tests.benchmarks.app.models import Thing
from tests.benchmarks.app.reactions import CHANNEL
from tests.benchmarks.app.rows import OPERATOR, make_things
from tests.benchmarks.bench import Bench, Overdue
from tests.benchmarks.comparing import Figures, Measure, Side, compare, percentile
from tests.benchmarks.programs.echo import QUESTIONS, answers_to
from workers.kernel import clock
from workers.kernel.actor import acting_as
from workers.outbox.publishing import publish

EVENTS = 200
PATIENCE = 10.0  # seconds for one event


@compare(
    Measure(name="engine.bell_to_effect_p50", unit="ms", better="lower", required=None),
    Measure(name="engine.bell_to_effect_p99", unit="ms", better="lower", required=None),
    pairs=3,
)
@contextmanager
def latency(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """From the instant before the bell (the commit is done) until the reaction's write is committed, one at a time.

    The reference is a bare round trip through the same Valkey to another process and back: LPUSH, BRPOP there, LPUSH,
    BRPOP here. It has no database and no Celery in it, so the ratio says what both add. PostgreSQL tells when the
    effect is committed (LISTEN), so nothing polls.
    """
    things = make_things(EVENTS)
    with (
        bench.worker("domain"),
        bench.program("echo"),
        psycopg.connect(bench.environment["DATABASE_URL"], autocommit=True) as listener,
        redis.Redis.from_url(os.environ["REDIS_URL"]) as valkey,
    ):
        listener.execute(f"LISTEN {CHANNEL}")
        yield (lambda: _events(bench, things, listener), lambda: _round_trips(valkey))


def _events(bench: Bench, things: list[Thing], listener: psycopg.Connection[tuple[object, ...]]) -> Figures:
    bench.empty()
    waits = []
    for thing in things:
        rung: list[float] = []
        with acting_as(OPERATOR):
            transaction.on_commit(lambda rung=rung: rung.append(perf_counter()))  # type: ignore[misc] # mypy infers no lambda with a default
            publish(Watched(thing_id=thing.pk), about=thing, now=clock.now())
        if not list(listener.notifies(timeout=PATIENCE, stop_after=1)):
            raise Overdue(f"An effect did not happen within {PATIENCE} seconds.")
        waits.append((perf_counter() - rung[0]) * 1000)
    return percentile(waits, 50), percentile(waits, 99)


def _round_trips(valkey: redis.Redis) -> Figures:
    me = "harness"
    waits = []
    for _ in range(EVENTS):
        start = perf_counter()
        valkey.lpush(QUESTIONS, me)
        if valkey.brpop([answers_to(me)], timeout=PATIENCE) is None:
            raise Overdue("The echo did not answer.")
        waits.append((perf_counter() - start) * 1000)
    return percentile(waits, 50), percentile(waits, 99)
