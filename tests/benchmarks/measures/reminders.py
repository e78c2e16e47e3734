"""reminders.due_*: a minute's tick costs what is due, and not what there is."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from time import perf_counter

from django.db import connection

from referrals.events.courses import SessionReminderDue
from tests.benchmarks.bench import Bench, use_database
from tests.benchmarks.comparing import Figures, Measure, Side, compare
from workers.timers.firing import fire_due

MANY, FEW = 3_000_000, 10_000
DUE = 1_000
FEW_DATABASE = "bench_few_reminders"

# Wall times in four zones, as reminders have them; due over the coming year, or within the minute that has passed.
_INSERT = """
INSERT INTO workers_timer (id, kind, subject_type, subject_id, generation, due_at, payload, trace, wall_time, zone)
SELECT gen_random_uuid(), %(kind)s, 'referrals.reminderchain', gen_random_uuid(), 1, at,
       jsonb_build_object('session_id', gen_random_uuid(), 'rule', 'day_before', 'generation', 1), '',
       to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'),
       (ARRAY['America/New_York', 'America/Chicago', 'America/Denver', 'America/Los_Angeles'])[1 + n %% 4]
FROM generate_series(1, %(number)s) AS n,
     LATERAL (SELECT now() + %(begin)s::interval + n * %(span)s::interval / %(number)s AS at) AS moment
"""


@compare(
    Measure(name="reminders.due_among_3_million", unit="ms", better="lower", required=1.5),
    pairs=5,
)
@contextmanager
def due_reminders(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """Firing 1,000 reminders that are due among 3,000,000 that are not, against 1,000 among 10,000.

    Each becomes an event and a job of the mail lane. The few are in a database beside it.
    """
    bench.empty()
    _fill(bench, MANY)
    with bench.database(FEW_DATABASE) as few:
        _fill(few, FEW)
        yield partial(_tick, bench), partial(_tick, few)
    use_database(bench)
    bench.empty()


def _fill(bench: Bench, number: int) -> None:
    _insert(bench, number, begin="1 day", span="365 days")
    with bench.owner() as owner:
        owner.execute("VACUUM (ANALYZE) workers_timer")


def _insert(bench: Bench, number: int, *, begin: str, span: str) -> None:
    bound = {"kind": SessionReminderDue.wire_name, "number": number, "begin": begin, "span": span}
    with bench.worker_connection() as worker:
        worker.execute(_INSERT, bound)


def _tick(bench: Bench) -> Figures:
    use_database(bench)
    _insert(bench, DUE, begin="-61 seconds", span="60 seconds")
    connection.ensure_connection()
    start = perf_counter()
    fired = fire_due()
    took = (perf_counter() - start) * 1000
    with bench.owner() as owner:
        owner.execute("TRUNCATE workers_event, workers_job CASCADE")
    if fired != DUE:
        raise AssertionError(f"{fired} of {DUE} reminders fired.")
    return (took,)
