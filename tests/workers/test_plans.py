"""The engine's hot statements find their rows by an index, however many others there are."""

import json
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from tests.explaining import pages_read
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.leases import Status
from workers.outbox import claiming
from workers.timers import firing

MANY = 20_000
_EVENTS = """
INSERT INTO workers_event (id, type, aggregate_type, aggregate_id, aggregate_version, occurred_at, data, trace)
SELECT gen_random_uuid(), 'tests.none.v1', 't', gen_random_uuid(), 1, %s, '{}', '' FROM generate_series(1, %s)
"""
_JOBS = """
INSERT INTO workers_job (lane, event_id, consumer, ordering_key, seq, status, due_at, attempts, last_error)
SELECT 'domain', id, 'tests.none', aggregate_id, 1, 0, occurred_at, 0, '' FROM workers_event
"""
_TIMERS = """
INSERT INTO workers_timer (id, kind, subject_type, subject_id, generation, due_at, payload, trace, wall_time, zone)
SELECT gen_random_uuid(), 'tests.none.v1', 't', gen_random_uuid(), 0, %s, '{}', '', '', '' FROM generate_series(1, %s)
"""


@pytest.fixture
def crowd(committed_db, now):
    """Many jobs and timers, all of them for later."""
    later = now + timedelta(days=1)
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute(_EVENTS, [later, MANY])
        cursor.execute(_JOBS)
        cursor.execute(_TIMERS, [later, MANY])
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE workers_event, workers_job, workers_timer")


def scans(statement, parameters):
    """How each table is read: {(node type, index or table)}."""
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + statement, parameters)
        plan = cursor.fetchone()[0]
    found = set()

    def walk(node):
        if "Scan" in node["Node Type"]:
            found.add((node["Node Type"], node.get("Index Name") or node.get("Relation Name", "")))
        for child in node.get("Plans", []):
            walk(child)

    walk((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
    return found


def test_a_claim_reads_by_indexes_only(crowd, now):
    moment = {"now": now, "machine_now": clock.machine_now(), "until": now, "floor": None}
    found = scans(claiming._CLAIM, {"lane": "domain", "limit": 200, **moment})
    assert not [name for kind, name in found if kind == "Seq Scan"], found
    assert {"job_due", "job_order"} <= {name for _, name in found}


def test_firing_reads_by_indexes_only(crowd, now):
    known = {"known": ["tests.none.v1"], "kind": ["tests.none.v1"], "lane": ["domain"], "consumer": ["tests.none"]}
    found = scans(firing._FIRE, {"now": now, "limit": 500, **known})
    assert not [name for kind, name in found if kind == "Seq Scan"], found
    assert "timer_due" in {name for _, name in found}


@pytest.fixture
def burst(committed_db, now):
    """Many jobs are due at once; the statistics are from when a thousand dead ones were all that was there."""
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute(_EVENTS, [now, 1000])
        cursor.execute(_JOBS)
        cursor.execute("UPDATE workers_job SET status = %s", [Status.DEAD.value])
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE workers_job")
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute(_EVENTS, [now, MANY])
        cursor.execute(
            f"{_JOBS} WHERE NOT EXISTS (SELECT FROM workers_job AS job WHERE job.event_id = workers_event.id)"
        )


def test_in_a_burst_no_statement_reads_all_that_is_due(burst, now):
    with acting_as(WORKER):
        held = claiming.claim_jobs("domain", limit=20)
    moment = {"now": now, "machine_now": clock.machine_now(), "until": now, "floor": None}
    found = {
        "claim": pages(claiming._CLAIM, {"lane": "domain", "limit": 20, **moment}),
        "release": pages(claiming._RELEASE, ["", *claiming._ids(held), [None] * 20]),
        "finish": pages(claiming._FINISH, claiming._ids(held)),
    }
    assert max(found.values()) < 1000, found


def pages(statement, parameters):
    """How many pages a statement reads; what it does is taken back."""
    with acting_as(WORKER):
        read = pages_read(statement, parameters)
        transaction.set_rollback(True)
    return read
