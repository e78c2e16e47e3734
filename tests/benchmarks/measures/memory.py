"""engine.memory_after_1m_events: a worker that has heard a million events is as large as when it had begun."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from tests.benchmarks.app.models import Thing
from tests.benchmarks.app.rows import count_heard, make_things
from tests.benchmarks.backlog import publish_counted
from tests.benchmarks.bench import Bench, wait_until
from tests.benchmarks.comparing import Figures, Measure, Side, compare

FIRST, ALL = 100_000, 1_000_000
PER_TRANSACTION = 1_000
BEHIND = 20_000  # events that the worker may lag behind
PATIENCE = 120.0  # seconds
WORKER = "worker-domain"


@compare(
    Measure(name="engine.memory_after_1m_events", unit="MB", better="lower", required=1.05),
    pairs=1,
    warm_ups=0,
    only_by_name=True,
)
@contextmanager
def memory(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The resident memory of the domain lane's processes after 1,000,000 events, against that after 100,000.

    By 100,000 everything is imported, every statement prepared and every cache filled; what grows after it leaks.
    """
    bench.empty()
    things = make_things(PER_TRANSACTION)
    with bench.worker("domain"):
        _hear(things, 0, FIRST)
        first = bench.megabytes(WORKER)
        yield partial(_after_all, bench, things), lambda: (first,)
    bench.empty()


def _after_all(bench: Bench, things: list[Thing]) -> Figures:
    _hear(things, FIRST, ALL)
    return (bench.megabytes(WORKER),)


def _hear(things: list[Thing], begin: int, end: int) -> None:
    """Publish the events from `begin` up to `end`, never far ahead of the worker, and wait until all are heard."""
    for published in range(begin, end, PER_TRANSACTION):
        publish_counted(things)
        if published % BEHIND == 0:
            _wait_for(published - BEHIND)
    _wait_for(end)


def _wait_for(number: int) -> None:
    wait_until(lambda: count_heard() >= number, seconds=PATIENCE, what=f"Effect {number}")
