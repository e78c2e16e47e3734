"""What waits is counted per lane by indexes, also beside a million rows that are done or dead."""

import json
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from tests.workers.operations.conftest import make_event
from tests.workers.test_metrics import sample
from workers.gauges import Gauges
from workers.kernel import metrics
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.leases import Status
from workers.operations import heartbeats
from workers.operations.stuck import list_stuck
from workers.status import timers, waiting, waiting_by_lane

VACUUMS = 200  # at most: the server writes its log every fifth of a second
DEAD = 30_000  # enough for the planner to have to choose; what the plan reads does not depend on it


def fill(now) -> None:
    """Many dead jobs of one event each would need as many events: one event, many consumers."""
    event = make_event(now)
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")  # else vacuum cannot yet know that all may see the rows
        cursor.execute(
            "INSERT INTO workers_job"
            " (lane, event_id, consumer, ordering_key, seq, status, due_at, attempts, last_error)"
            " SELECT 'domain', %s, 'tests.c' || n, %s, 1, %s, %s, 12, repeat('ValueError ', 20)"
            " FROM generate_series(1, %s) n",
            [event.pk, event.aggregate_id, Status.DEAD, now, DEAD],
        )
    with connections["owner"].cursor() as owner:
        assert any(_vacuums_all(owner) for _ in range(VACUUMS))


def _vacuums_all(owner):
    """Whether all may see the rows: not while a commit of another test, by a number near theirs, is on no disk yet."""
    owner.execute("VACUUM ANALYZE workers_job")
    owner.execute("SELECT relallvisible = relpages FROM pg_class WHERE relname = 'workers_job'")
    return owner.fetchone()[0]


def plans_of(statements):
    with connection.cursor() as cursor:
        plans = []
        for statement in statements:
            cursor.execute("EXPLAIN (FORMAT JSON, ANALYZE) " + statement)
            plans += nodes(as_json(cursor.fetchone()[0])[0]["Plan"])
    return plans


def as_json(value):
    return json.loads(value) if isinstance(value, str) else value


def nodes(plan):
    return [plan, *(each for part in plan.get("Plans", ()) for each in nodes(part))]


@pytest.mark.usefixtures("committed_db")
def test_what_is_dead_is_counted_and_listed_by_an_index(make_job, now):
    fill(now)
    make_job(status=Status.READY)
    with acting_as(WORKER), CaptureQueriesContext(connection) as asked:
        assert waiting(now=now)["jobs"].dead == DEAD
        assert len(list_stuck("jobs", status="dead")[:50]) == 50
    with acting_as(WORKER):
        counting, listing = (plans_of([query["sql"]]) for query in asked.captured_queries)
    for plan in (counting, listing):
        scans = [node for node in plan if node.get("Relation Name") == "workers_job"]
        assert scans
        assert all(node["Node Type"] != "Seq Scan" for node in scans)
    assert [n["Index Name"] for n in counting if n["Node Type"] == "Index Only Scan"] == ["job_stuck"]
    assert max(n["Actual Rows"] for n in listing if n.get("Relation Name") == "workers_job") <= 50


@pytest.mark.usefixtures("db")
def test_every_lane_is_told_also_where_nothing_waits(make_job, now):
    make_job(status=Status.READY, lane="billing", due_at=now - timedelta(minutes=1))
    make_job(status=Status.READY, lane="billing", due_at=now + timedelta(minutes=1))
    make_job(status=Status.READY, lane="billing", lease_until=now + timedelta(minutes=1))
    make_job(status=Status.PARKED, lane="billing")
    make_job(lane="gone")
    with acting_as(WORKER):
        lanes = waiting_by_lane(now=now)
        assert timers(now=now) == (0, None)
    billing = lanes["jobs", "billing"]
    assert (billing.due, billing.leased, billing.later, billing.parked, billing.dead) == (1, 1, 1, 1, 0)
    assert billing.oldest_due_at == now - timedelta(minutes=1)
    assert lanes["jobs", "gone"].dead == 1
    assert lanes["jobs", "mail"].due == lanes["emails", "mail"].due == lanes["deliveries", "webhooks"].due == 0


@pytest.mark.usefixtures("db")
def test_gauges_are_read_at_the_scrape(make_job, now):
    make_job()
    make_job(status=Status.READY, due_at=now - timedelta(minutes=1))
    heartbeats.beat("domain")
    text = metrics.render(Gauges()).decode()
    assert sample(text, "engine_rows", queue="jobs", lane="domain", state="dead") == 1
    assert sample(text, "engine_oldest_due_seconds", queue="jobs", lane="domain") == 60
    assert sample(text, "engine_rows", queue="emails", lane="mail", state="due") == 0
    assert sample(text, "engine_timers_due") == 0
    assert sample(text, "engine_table_bytes", table="workers_job") > 0
    assert sample(text, "engine_table_dead_rows", table="workers_event") >= 0


@pytest.mark.usefixtures("db")
def test_an_old_transaction_of_ours_is_seen(now):
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT txid_current(); SELECT pg_sleep(0.02)")
        text = metrics.render(Gauges()).decode()
        cursor.execute("ROLLBACK")
    other.close()
    assert sample(text, "engine_oldest_transaction_seconds") > 0.01
    assert sample(text, "engine_oldest_snapshot_seconds") > 0.01
