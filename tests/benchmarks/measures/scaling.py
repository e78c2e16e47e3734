"""engine.two_processes: what a second worker process of a lane brings, on one machine with PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from time import perf_counter

from tests.benchmarks.app.events import Changed
from tests.benchmarks.app.models import Effect, Thing
from tests.benchmarks.app.rows import OPERATOR, count_as_worker, make_things
from tests.benchmarks.backlog import wake, without_bells
from tests.benchmarks.bench import Bench, wait_until
from tests.benchmarks.comparing import Figures, Measure, Side, compare
from workers.kernel import clock
from workers.kernel.actor import acting_as
from workers.outbox.publishing import publish_all

EVENTS = 10_000
WARMING = 200
PATIENCE = 60.0  # seconds


@compare(
    Measure(name="engine.two_processes", unit="effects/s", better="higher", required=None),
    pairs=3,
)
@contextmanager
def scaling(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """A backlog of reactions with one ORM write each, by a worker of two processes; the reference has one.

    Published in silence and then rung for, so that nothing is done before the clock starts. PostgreSQL is on the same
    machine, so the second process also takes a core away from it: on machines of their own the ratio is nearer to 2.
    """
    things = make_things(EVENTS)
    yield partial(_rate, bench, things, 2), partial(_rate, bench, things, 1)
    bench.empty()


def _rate(bench: Bench, things: list[Thing], processes: int) -> Figures:
    with bench.worker("domain", processes=processes):
        _drained(bench, things[:WARMING], processes)  # every process has its connection and its code
        return (EVENTS / _drained(bench, things, processes),)


def _drained(bench: Bench, things: list[Thing], processes: int) -> float:
    """Return the seconds from the bells until the last effect."""
    bench.empty()
    with without_bells(), acting_as(OPERATOR):
        publish_all([(Changed(thing_id=thing.pk), thing) for thing in things], now=clock.now())
    with bench.owner() as owner:
        owner.execute("ANALYZE workers_job")
    start = perf_counter()
    wake("domain", processes=processes)
    wait_until(lambda: count_as_worker(Effect) >= len(things), seconds=PATIENCE, what="The last effect")
    return perf_counter() - start
