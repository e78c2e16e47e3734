"""What is over goes, in bounded batches by an index; what is open or younger stays."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection, connections

from benefits.accounts.models import Session
from workers.deliveries.models import Attempt, Delivery, OpenDelivery
from workers.deliveries.queueing import register_endpoint
from workers.emails.models import Email
from workers.kernel import clock, metrics
from workers.kernel.actor import AUTH, WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.kernel.leases import Status
from workers.outbox.models import EventRecord, Job
from workers.retention import Rule, delete_batch, first_id_of, retire, rules

DAY = timedelta(days=1)
EVENTS = next(rule for rule in rules() if rule.table == "workers_event")
MANY = 20_000


def id_at(moment: Any) -> UUID:
    """An id made at a moment."""
    return UUID(int=first_id_of(moment).int | (new_id().int & ((1 << 80) - 1)))


def make_events(count: int, moment: Any) -> list[UUID]:
    ids = [id_at(moment) for _ in range(count)]
    with acting_as(WORKER):
        EventRecord.objects.bulk_create(
            EventRecord(
                id=each,
                type="tests.gone.v1",
                aggregate_type="tests",
                aggregate_id=each,
                aggregate_version=1,
                occurred_at=moment,
                data={},
            )
            for each in ids
        )
    return ids


def give_job(event_id: UUID, status: Status, now: Any) -> None:
    with acting_as(WORKER):
        Job.objects.create(
            lane="domain",
            event_id=event_id,
            consumer="tests.c",
            ordering_key=event_id,
            seq=1,
            due_at=now,
            status=status,
        )


def left(table: str, actor: Actor = WORKER) -> int:
    with acting_as(actor), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - a name of this file
        return int(cursor.fetchone()[0])


def plan_of(rule: Rule, *, limit: int, options: str = "") -> list[dict[str, Any]]:
    """The nodes of a batch's plan; with ANALYZE the batch is taken back."""
    moment = {"ceiling": rule.ceiling(clock.machine_now()), "floor": None, "limit": limit}
    with acting_as(Actor(role=Role(rule.actor))), connection.cursor() as cursor:
        if not options:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON{options}) {rule.statement()}", moment)
        plan = cursor.fetchone()[0]
        connection.set_rollback(True)
    return list(nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))


def nodes(plan: dict[str, Any]) -> Any:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def test_old_events_go_and_those_that_are_open_or_young_stay(db, now):
    [gone, backing_off, dead] = make_events(3, now - 401 * DAY)
    [young] = make_events(1, now - 399 * DAY)
    give_job(backing_off, Status.READY, now)
    give_job(dead, Status.DEAD, now)
    before = metrics.render()
    assert retire()["workers_event"] == 1
    with acting_as(WORKER):
        assert set(EventRecord.objects.values_list("id", flat=True)) == {backing_off, dead, young}
    assert metrics.render() != before
    assert gone not in {backing_off, dead, young}


def test_a_run_takes_several_batches_and_steps_over_what_stays(db, now):
    for each in make_events(30, now - 500 * DAY):
        give_job(each, Status.DEAD, now)
    make_events(70, now - 450 * DAY)
    first, floor = delete_batch(EVENTS, limit=40)
    second, _ = delete_batch(EVENTS, floor=floor, limit=40)
    assert (first, second, left("workers_event")) == (40, 30, 30)


def test_a_batch_reads_no_more_rows_than_it_deletes(committed_db, now):
    """Its time does not grow with the table: the index gives the oldest, and the limit ends the scan."""
    make_events(MANY, now - 450 * DAY)
    with connections["owner"].cursor() as owner:
        owner.execute("ANALYZE workers_event, workers_job")
    plan = plan_of(EVENTS, limit=100, options=", ANALYZE")
    read = [n for n in plan if n.get("Relation Name") == "workers_event" and "Scan" in n["Node Type"]]
    assert {node["Node Type"] for node in read} == {"Index Scan", "Tid Scan"}
    assert all(node["Actual Rows"] * node["Actual Loops"] <= 100 for node in read)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.table)
def test_every_rule_finds_its_rows_by_an_index_and_may_delete_them(rule, db, now):
    kinds = {node["Node Type"] for node in plan_of(rule, limit=100) if node.get("Relation Name") == rule.table}
    assert kinds - {"ModifyTable"} == {"Index Scan", "Tid Scan"}
    delete_batch(rule)


def test_done_emails_go_with_their_bodies_and_dead_ones_wait_for_a_person(db, now):
    with acting_as(WORKER):
        for key, status, age in (("a", Status.DONE, 31), ("b", Status.DEAD, 31), ("c", Status.DONE, 29)):
            Email.objects.create(
                id=id_at(now - age * DAY), key=key, template="t", message={}, due_at=now, status=status
            )
    retire()
    with acting_as(WORKER):
        assert set(Email.objects.values_list("key", flat=True)) == {"b", "c"}


def test_a_delivery_goes_after_its_attempts(db, now):
    with acting_as(Actor(role=Role.OPERATOR)):
        endpoint = register_endpoint(owner_id=new_id(), url="https://clinic.example/")
    with acting_as(WORKER):
        for age, is_open in ((95, False), (91, False), (95, True)):
            delivery = Delivery.objects.create(
                id=id_at(now - age * DAY),
                endpoint=endpoint,
                owner_id=endpoint.owner_id,
                event_id=new_id(),
                type="endpoint.test",
                body="{}",
                created_at=now,
            )
            if not is_open:
                OpenDelivery.objects.filter(delivery=delivery).delete()
            for number, days in enumerate((age, age - 2), 1):
                Attempt.objects.create(
                    id=id_at(now - days * DAY),
                    delivery=delivery,
                    owner_id=endpoint.owner_id,
                    number=number,
                    at=now,
                    duration_ms=1,
                )
    assert retire()["workers_delivery_attempt"] == 3
    assert (left("workers_delivery"), left("workers_delivery_attempt")) == (2, 3)


def test_sessions_that_have_ended_go(db, now):
    with acting_as(AUTH):
        for key, ends in (("old", now - timedelta(seconds=1)), ("new", now + DAY)):
            Session.objects.create(session_key=key, session_data="", expire_date=ends)
    retire()
    with acting_as(AUTH):
        assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]


def test_rows_that_somebody_holds_are_left_for_the_next_run(committed_db, now):
    [held, free] = make_events(2, now - 401 * DAY)
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN; SET LOCAL ROLE act_worker")
        cursor.execute("SELECT FROM workers_event WHERE id = %s FOR UPDATE", [held])
        gone, _ = delete_batch(EVENTS)
    other.close()
    assert gone == 1
    with acting_as(WORKER):
        assert list(EventRecord.objects.values_list("id", flat=True)) == [held]
    assert free != held


def test_the_periods_are_those_of_the_settings():
    periods = {rule.table: rule.days for rule in rules()}
    assert periods["workers_event"] == settings.KEEP_DAYS["events"]
    assert periods["workers_receipt"] >= 30
