"""What one claim takes: a few of each, within every limit, whoever else claims at the same moment."""

import threading
from datetime import timedelta
from time import monotonic
from uuid import UUID

import pytest
from django.db import connection, connections

from tests.conftest import NOW
from tests.racing import at_once
from tests.workers.deliveries.acting import OPERATOR, deliveries_of, queue, staff_of
from workers.deliveries import claiming
from workers.deliveries import endpoints as services
from workers.deliveries.claiming import claim, has_due
from workers.deliveries.models import Delivery, Endpoint, OpenDelivery
from workers.deliveries.queueing import register_endpoint
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.status import waiting


def make(count=0, **columns):
    """An endpoint with so many due messages."""
    with acting_as(OPERATOR):
        endpoint = register_endpoint(owner_id=new_id(), url=f"https://{new_id()}.example/")
        Endpoint.objects.filter(pk=endpoint.pk).update(**columns)
    for _ in range(count):
        queue(endpoint)
    return endpoint


def taken(limit=100):
    """How many a claim takes of each endpoint."""
    with acting_as(WORKER):
        found = [UUID(delivery.endpoint_id) for delivery in claim(now=clock.now(), limit=limit)]
    return {pk: found.count(pk) for pk in found}


def answer(endpoint):
    """Let all that is under way be taken."""
    with acting_as(WORKER):
        OpenDelivery.objects.filter(endpoint=endpoint, lease_until__isnull=False).delete()


def test_no_more_of_an_endpoint_is_under_way_than_it_allows(db, now):
    endpoint = make(7, max_inflight=3)
    assert taken() == {endpoint.pk: 3}
    assert taken() == {}
    answer(endpoint)
    assert taken() == {endpoint.pk: 3}


def test_a_claim_writes_to_no_index(db):
    """Half of what a claim cost was to write to seven indexes that a lease moved in none but one of."""
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'workers_open_delivery'")
        named = [text for (text,) in cursor.fetchall() if "lease_until" in text or "attempts" in text]
    assert named == []


def test_what_was_dropped_is_under_way_no_more(db, now):
    endpoint = make(4, max_inflight=2)
    assert taken() == {endpoint.pk: 2}
    with acting_as(WORKER):
        Delivery.objects.filter(endpoint=endpoint, open__lease_until__isnull=False).delete()
    assert taken() == {endpoint.pk: 2}


def test_a_claim_forgets_nothing_that_an_earlier_one_took(db, now):
    endpoint = make(7, max_inflight=3)
    assert taken() == {endpoint.pk: 3}
    with acting_as(WORKER):
        OpenDelivery.objects.filter(lease_until__isnull=False)[0].delete()
    assert taken() == {endpoint.pk: 1}
    assert taken() == {}


def test_a_claim_is_shared_among_the_endpoints_longest_not_served(db, now):
    many, few = make(10), make(2)
    assert taken(limit=4) == {many.pk: 2, few.pk: 2}
    clock.freeze(now + timedelta(seconds=1))
    late = make(5)
    assert taken(limit=1) == {late.pk: 1}


def test_leases_end_and_the_attempts_count(db, now):
    endpoint = make(1)
    assert taken() == {endpoint.pk: 1}
    clock.freeze(now + timedelta(seconds=61))
    assert taken() == {endpoint.pk: 1}
    assert deliveries_of(endpoint)[0].attempts == 2


def test_a_lease_is_longer_than_an_attempt_however_short_leases_are(db, now, settings):
    settings.LEASE_SECONDS = 1
    make(1)
    taken()
    clock.freeze(now + timedelta(seconds=16))
    assert taken() == {}


@pytest.mark.parametrize("state", ["paused", "disabled"])
def test_nothing_is_taken_of_an_endpoint_that_is_not_active(db, now, state):
    make(1, state=state)
    assert taken() == {}
    with acting_as(WORKER):
        assert not has_due()


def test_a_rate_holds_and_an_idle_second_is_all_that_is_saved(db, now):
    endpoint = make(30, rate_per_s=4, max_inflight=100)
    clock.freeze(now + timedelta(hours=1))
    assert taken() == {endpoint.pk: 4}
    assert taken() == {}
    clock.freeze(now + timedelta(hours=1, milliseconds=500))
    assert taken() == {endpoint.pk: 2}
    clock.freeze(now + timedelta(hours=2))
    assert taken() == {endpoint.pk: 4}


@pytest.mark.parametrize(
    ("columns", "due", "later"),
    [({}, 2, 0), ({"state": "paused"}, 0, 2), ({"breaker_until": NOW + timedelta(seconds=1)}, 0, 2)],
)
def test_what_is_held_back_is_not_counted_as_due(db, now, columns, due, later):
    """An alarm on what is due must not go off for a clinic that is down."""
    make(2, **columns)
    with acting_as(WORKER):
        waits = waiting(now=now)["deliveries"]
        assert has_due() is bool(due)
    assert (waits.due, waits.later, waits.oldest_due_at) == (due, later, now if due else None)


def test_an_open_breaker_lets_nothing_through_and_a_half_open_one_a_probe(db, now):
    endpoint = make(5, breaker_until=now + timedelta(seconds=30), failures=5)
    assert taken() == {}
    clock.freeze(now + timedelta(seconds=30))
    assert taken() == {endpoint.pk: 1}
    assert taken() == {}


def test_at_an_ordered_endpoint_a_message_waits_for_the_earlier_ones_of_its_key(db, now):
    endpoint = make(ordered=True)
    offer, other = new_id(), new_id()
    for key in (offer, offer, other, None, None):
        queue(endpoint, key=key)
    first, second, third, *free = deliveries_of(endpoint)
    with acting_as(WORKER):
        assert {UUID(d.id) for d in claim(now=now, limit=100)} == {first.pk, third.pk, *(d.pk for d in free)}
        OpenDelivery.objects.filter(pk=first.pk).update(due_at=now + timedelta(hours=1), lease_until=None)
    assert taken() == {}, "the first backs off, and the second waits for it"
    with acting_as(WORKER):
        assert not has_due()
        OpenDelivery.objects.filter(pk=first.pk).delete()
        assert [UUID(d.id) for d in claim(now=now, limit=100)] == [second.pk]


def test_elsewhere_they_do_not_wait(db, now):
    endpoint, offer = make(), new_id()
    queue(endpoint, key=offer)
    queue(endpoint, key=offer)
    assert taken() == {endpoint.pk: 2}


def test_deliveries_are_numbered_as_they_were_queued(db, now):
    endpoint = make(3)
    numbers = [delivery.seq for delivery in deliveries_of(endpoint)]
    assert numbers == sorted(set(numbers))
    assert numbers[0] > 0


def test_limits_hold_over_many_claims_at_once(committed_db):
    endpoint = make(60, max_inflight=5)

    def work():
        return sum(taken().get(endpoint.pk, 0) for _ in range(10))

    assert sum(at_once(*[work] * 8)) == 5


def test_resuming_lets_go_what_waited(db, now):
    endpoint = make(2)
    with acting_as(staff_of(endpoint)):
        services.pause(endpoint_id=endpoint.pk)
    assert taken() == {}
    with acting_as(staff_of(endpoint)):
        services.resume(endpoint_id=endpoint.pk)
    assert taken() == {endpoint.pk: 2}


def test_what_was_claimed_since_the_snapshot_counts(committed_db, now, monkeypatch):
    """A claim is held up between its snapshot and its locks; meanwhile another takes all that is allowed."""
    endpoint = make(20, max_inflight=5)
    gated = claiming._CLAIM.replace("FROM workers_endpoint AS e\n", "FROM gate CROSS JOIN workers_endpoint AS e\n", 1)
    gated = gated.replace("WITH ", "WITH gate AS MATERIALIZED (SELECT pg_advisory_xact_lock(7)), ", 1)
    late: list[dict[object, int]] = []
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7)")
    monkeypatch.setattr(claiming, "_CLAIM", gated)

    def claim_late():
        try:
            late.append(taken())
        finally:
            connections.close_all()

    thread = threading.Thread(target=claim_late)
    thread.start()
    wait_for_a_waiter()
    monkeypatch.undo()
    assert taken() == {endpoint.pk: 5}
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(7)")
    thread.join()
    assert late == [{}]
    assert taken() == {}


def wait_for_a_waiter():
    """Until somebody waits for an advisory lock."""
    until = monotonic() + 20
    while monotonic() < until:
        with acting_as(WORKER), connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("Nobody waits.")
