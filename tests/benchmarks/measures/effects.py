"""engine.effects_per_s: from an event's publication to its effect, against one classic Celery task per event."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from django.db import transaction
from django.db.models import F

from tests.benchmarks.app.events import Changed
from tests.benchmarks.app.models import Effect, Thing
from tests.benchmarks.app.rows import OPERATOR, count_as_worker, make_things
from tests.benchmarks.bench import Bench, wait_until
from tests.benchmarks.comparing import Figures, Measure, Side, compare
from tests.benchmarks.plain.models import PlainEffect, PlainThing
from tests.benchmarks.plain.tasks import send_all
from workers.kernel import clock
from workers.kernel.actor import acting_as
from workers.outbox.publishing import publish_all

EVENTS = 2000
PER_TRANSACTION = 100
PATIENCE = 60.0  # seconds


@compare(
    Measure(name="engine.effects_per_s", unit="effects/s", better="higher", required=4),
    pairs=3,
)
@contextmanager
def effects(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """One ORM write per event: publish in a transaction → bell → claim → reaction → done.

    The reference makes the same write in one Celery task per event, sent on the commit of a transaction with the same
    business write. It is given the better of every choice: the same Celery and Valkey, two prefork processes as ours,
    persistent database connections, no results, acknowledgement before the work (so it may lose tasks, and ours may
    not), tables without row-level security, no log of each task. Both clocks run from the first transaction's begin
    until the last effect is committed.
    """
    things = make_things(EVENTS)
    PlainThing.objects.bulk_create([PlainThing(id=thing.pk) for thing in things])
    chunks = [things[start : start + PER_TRANSACTION] for start in range(0, EVENTS, PER_TRANSACTION)]
    with bench.worker("domain"), classic_worker(bench):
        yield (
            lambda: _timed(bench, chunks, _publish, lambda: count_as_worker(Effect)),
            lambda: _timed(bench, chunks, _send_tasks, PlainEffect.objects.count),
        )


@contextmanager
def classic_worker(bench: Bench) -> Iterator[None]:
    """The peer's worker, with as many processes as ours."""
    words = "celery -q -A tests.benchmarks.peers.classic worker -P prefork -c 2 -l WARNING -n classic@%h"
    argv = [sys.executable, "-m", *words.split(), "--without-gossip", "--without-mingle", "--without-heartbeat"]
    env = bench.environment | {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.peers.classic_settings"}
    with bench.process("classic", argv, ready="ready", env=env):
        yield


def _timed(
    bench: Bench, chunks: list[list[Thing]], send: Callable[[list[Thing]], None], count: Callable[[], int]
) -> Figures:
    bench.empty()
    start = perf_counter()
    for chunk in chunks:
        send(chunk)
    wait_until(lambda: count() >= EVENTS, seconds=PATIENCE, what="The last effect")
    return (EVENTS / (perf_counter() - start),)


def _publish(things: list[Thing]) -> None:
    with acting_as(OPERATOR):
        publish_all([(Changed(thing_id=thing.pk), thing) for thing in things], now=clock.now())


def _send_tasks(things: list[Thing]) -> None:
    with transaction.atomic():
        PlainThing.objects.filter(pk__in=[thing.pk for thing in things]).update(version=F("version") + 1)
        transaction.on_commit(lambda: send_all([str(thing.pk) for thing in things]))
