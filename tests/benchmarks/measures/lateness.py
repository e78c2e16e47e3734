"""engine.timer_lateness_behind_backlog: whether a timer waits for a lane that is busy."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import sleep

from tests.benchmarks.app.events import Changed, Due
from tests.benchmarks.app.models import Thing
from tests.benchmarks.app.rows import OPERATOR, make_things
from tests.benchmarks.backlog import wake, without_bells
from tests.benchmarks.bench import POLL_SECONDS, Bench, Overdue
from tests.benchmarks.comparing import Figures, Measure, Side, compare, percentile
from workers.kernel import clock
from workers.kernel.actor import acting_as
from workers.outbox.publishing import publish_all
from workers.tasks import sweep

BACKLOG, PER_TRANSACTION = 160_000, 1_000
TIMERS, APART = 20, 0.25  # seconds between two of them: five seconds, and the backlog lasts longer
PATIENCE = 10.0  # seconds for the last timer

_SET = """
INSERT INTO workers_timer (id, kind, subject_type, subject_id, generation, due_at, payload, trace, wall_time, zone)
SELECT id, %(kind)s, 'app.thing', id, 0, now() + n * %(apart)s * interval '1 second',
       jsonb_build_object('thing_id', id), '', '', ''
FROM (SELECT n, uuidv7() AS id FROM generate_series(1, %(timers)s) AS n) AS numbered
RETURNING id, extract(epoch FROM due_at)
"""


@compare(
    Measure(name="engine.timer_lateness_behind_backlog", unit="ms", better="lower", required=2),
    pairs=3,
)
@contextmanager
def lateness(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """How long after its moment a timer has become an event (median), while thousands of jobs wait in the domain lane.

    The reference is the same with nothing else to do: the wait for the next sweep, of which there is one a second.
    """
    things = make_things(BACKLOG)
    with bench.worker("domain"), bench.worker("sweep"), _sweeps():
        yield (lambda: _late(bench, things), lambda: _late(bench, []))
    bench.empty()


@contextmanager
def _sweeps() -> Iterator[None]:
    """Ask for a sweep a second, as beat does."""
    is_over = Event()

    def ask() -> None:
        while not is_over.wait(1.0):
            sweep.apply_async(queue="sweep", expires=2)

    thread = Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _late(bench: Bench, backlog: list[Thing]) -> Figures:
    bench.empty()
    with without_bells():
        for start in range(0, len(backlog), PER_TRANSACTION):
            with acting_as(OPERATOR):
                events = [(Changed(thing_id=thing.pk), thing) for thing in backlog[start : start + PER_TRANSACTION]]
                publish_all(events, now=clock.now())
    wake("domain", processes=2)
    waits = _waits(bench)
    if backlog and not _is_busy(bench):
        raise AssertionError("The backlog was over before the last timer fired: it has to be larger.")
    return (percentile(waits, 50),)


def _waits(bench: Bench) -> list[float]:
    """Set the timers and return how late each of them fired, in milliseconds."""
    with bench.worker_connection() as connection:
        rows = connection.execute(_SET, {"kind": Due.wire_name, "apart": APART, "timers": TIMERS})
        waiting, waits = {timer: float(due) for timer, due in rows}, []
        last = max(waiting.values())
        while waiting:
            found = connection.execute("SELECT extract(epoch FROM clock_timestamp()), array_agg(id) FROM workers_timer")
            now, left = found.fetchone() or (0, None)
            for timer in waiting.keys() - set(left or ()):
                waits.append((float(now) - waiting.pop(timer)) * 1000)
            if float(now) > last + PATIENCE:
                raise Overdue(f"{len(waiting)} of {TIMERS} timers did not fire within {PATIENCE} seconds.")
            sleep(POLL_SECONDS)
    return waits


def _is_busy(bench: Bench) -> bool:
    with bench.worker_connection() as connection:
        found = connection.execute("SELECT EXISTS (SELECT FROM workers_job WHERE lane = 'domain')").fetchone()
    return bool(found and found[0])
