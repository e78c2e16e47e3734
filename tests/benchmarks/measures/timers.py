"""engine.timers_*: a tick that finds nothing among a million timers, and firing those that are due."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from tests.benchmarks.app.events import Due
from tests.benchmarks.bench import Bench, use_database
from tests.benchmarks.comparing import Figures, Measure, Side, compare, percentile
from workers.timers.firing import fire_due

MANY, FEW = 1_000_000, 1_000
TICKS = 1000
FIRED = 30_000
LIMIT_MS = 2.0
LIMIT_PER_S = 30_000.0
FEW_DATABASE = "bench_few_timers"

# Ids and subjects that count up, like the ids of one busy hour; due over a quarter from `{begin}` on.
_INSERT = """
INSERT INTO workers_timer (id, kind, subject_type, subject_id, generation, due_at, payload, trace, wall_time, zone)
SELECT lpad(to_hex(n), 32, '0')::uuid, '{kind}', 'app.thing', lpad(to_hex(n), 32, '0')::uuid, 0,
       now() + {begin} + n * interval '90 days' / {number},
       jsonb_build_object('thing_id', lpad(to_hex(n), 32, '0')::uuid), '', '', ''
FROM generate_series(1, {number}) AS n
"""


@compare(
    Measure(name="engine.timers_empty_tick_p99", unit="ms", better="lower", required=2),
    Measure(name="engine.timers_empty_tick_limit", unit="ms", better="lower", required=1),
    pairs=5,
)
@contextmanager
def empty_ticks(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The p99 of a tick with 1,000,000 timers that are not due yet, against one with 1,000 in a database beside it.

    The second measure holds the same figure against 2 ms.
    """
    bench.empty()
    _fill(bench, MANY)
    with bench.database(FEW_DATABASE) as few:
        _fill(few, FEW)
        yield (
            lambda: (many := _ticks(bench), many),
            lambda: (_ticks(few), LIMIT_MS),
        )
    use_database(bench)
    bench.empty()


@compare(
    Measure(name="engine.timers_fired_per_s", unit="rows/s", better="higher", required=1),
    pairs=3,
)
@contextmanager
def firing(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """Timers that are due, each with one reaction: deleted, and its event and job inserted, by one process.

    The reference is the limit, 30,000 rows/s.
    """
    yield (lambda: _fire(bench), lambda: (LIMIT_PER_S,))
    bench.empty()


def _fill(bench: Bench, number: int) -> None:
    _insert(bench, number, begin="interval '1 day'")
    with bench.owner() as owner:
        owner.execute("VACUUM (ANALYZE) workers_timer")


def _insert(bench: Bench, number: int, *, begin: str) -> None:
    with bench.worker_connection() as connection:
        connection.execute(_INSERT.format(kind=Due.wire_name, begin=begin, number=number))


def _ticks(bench: Bench) -> float:
    use_database(bench)
    durations = []
    for _ in range(TICKS):
        start = perf_counter()
        fire_due()
        durations.append((perf_counter() - start) * 1000)
    return percentile(durations, 99)


def _fire(bench: Bench) -> Figures:
    bench.empty()
    _insert(bench, FIRED, begin="- interval '91 days'")
    start = perf_counter()
    if (fired := fire_due()) != FIRED:
        raise AssertionError(f"{fired} of {FIRED} timers fired.")
    return (FIRED / (perf_counter() - start),)
