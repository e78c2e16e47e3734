"""engine.batch_effects_per_s: a backlog, taken by a reaction that hears whole batches, against a bare loop."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from subprocess import PIPE, Popen
from time import perf_counter

from tests.benchmarks.app.models import Thing
from tests.benchmarks.app.rows import count_heard, make_things
from tests.benchmarks.backlog import publish_counted, wake, without_bells
from tests.benchmarks.bench import Bench, wait_until
from tests.benchmarks.comparing import Figures, Measure, Side, compare
from workers.outbox.draining import BATCH

EVENTS, PER_TRANSACTION = 20_000, 1_000
PROCESSES = 2  # as the worker of this lane has, and as many bare loops
PATIENCE = 60.0  # seconds


@compare(
    Measure(name="engine.batch_effects_per_s", unit="events/s", better="higher", required=0.3),
    pairs=3,
)
@contextmanager
def batches(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """From the bell until the last of 20,000 waiting events has been heard, by `reacts_to_all` with one write a batch.

    The reference is two processes of bare psycopg that claim and delete the same rows, with prepared statements, in
    batches of the engine's size, committing each step as the engine does; they keep no order and have no effect.
    """
    things = make_things(EVENTS)
    with bench.worker("domain"):
        yield partial(_ours, bench, things), partial(_bare, bench, things)
    bench.empty()


def _publish(bench: Bench, things: list[Thing]) -> None:
    bench.empty()
    with without_bells():
        for start in range(0, EVENTS, PER_TRANSACTION):
            publish_counted(things[start : start + PER_TRANSACTION])
    with bench.owner() as owner:
        owner.execute("ANALYZE workers_job")


def _ours(bench: Bench, things: list[Thing]) -> Figures:
    _publish(bench, things)
    start = perf_counter()
    wake("domain", processes=PROCESSES)
    wait_until(lambda: count_heard() >= EVENTS, seconds=PATIENCE, what="The last effect")
    return (EVENTS / (perf_counter() - start),)


def _bare(bench: Bench, things: list[Thing]) -> Figures:
    """The loops connect and prepare first; they begin when their standard input is closed."""
    _publish(bench, things)
    command = [sys.executable, "-m", "tests.benchmarks.programs.bare_claims", str(BATCH)]
    with ExitStack() as stack:
        loops = [
            stack.enter_context(Popen(command, env=bench.environment, stdin=PIPE, stdout=PIPE))
            for _ in range(PROCESSES)
        ]
        for loop in loops:
            assert loop.stdout is not None
            loop.stdout.readline()
        start = perf_counter()
        for loop in loops:
            assert loop.stdin is not None
            loop.stdin.close()
        taken = sum(int(loop.stdout.readline()) for loop in loops if loop.stdout is not None)
        seconds = perf_counter() - start
    if taken != EVENTS:
        raise AssertionError(f"The bare loops took {taken} of {EVENTS} rows.")
    return (EVENTS / seconds,)
