"""What is stuck is found, replayed, parked and dropped, and all of that is written down."""

import pytest
from django.db import Error, connection, transaction

from tests.workers.operations.conftest import OPERATOR, make_event
from workers.deliveries.models import Attempt, Delivery, OpenDelivery
from workers.emails.models import Email
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import Invalid
from workers.kernel.ids import new_id
from workers.kernel.leases import Status
from workers.operations import repairing
from workers.operations.models import Intervention
from workers.operations.stuck import Chosen, list_stuck, page_of, troubles
from workers.outbox.models import Job

pytestmark = pytest.mark.usefixtures("db")


def statuses(model):
    with acting_as(WORKER):
        return list(model.objects.order_by("pk").values_list("status", flat=True))


def test_dead_rows_of_every_queue_are_replayed(make_job, dead_email, dead_delivery, now):
    make_job()
    for queue, model in (("jobs", Job), ("emails", Email), ("deliveries", OpenDelivery)):
        with acting_as(OPERATOR):
            assert repairing.replay(queue, Chosen(), now=now) == 1
        with acting_as(WORKER):
            row = model.objects.get()
        assert (row.status, row.attempts, row.lease_until, row.due_at) == (Status.READY, 0, None, now)


def test_dead_rows_of_every_queue_are_dropped_with_a_reason(make_job, dead_email, dead_delivery, now):
    make_job()
    for queue in ("jobs", "emails", "deliveries"):
        with acting_as(OPERATOR), pytest.raises(Invalid):
            repairing.drop(queue, Chosen(), now=now, why=" ")
        with acting_as(OPERATOR):
            assert repairing.drop(queue, Chosen(), now=now, why="sent by post") == 1
    with acting_as(WORKER):
        assert [model.objects.count() for model in (Job, Email, Delivery, OpenDelivery, Attempt)] == [0] * 5


def test_only_rows_that_match_are_meant(make_job, now):
    make_job(consumer="tests.other")
    make_job(last_error="KeyError('x')")
    chosen = make_job()
    make_job(status=Status.READY)
    with acting_as(OPERATOR):
        assert repairing.replay("jobs", Chosen(consumer="tests.react", reason="ValueError"), now=now) == 1
        assert repairing.replay("jobs", Chosen(ids=[str(chosen.pk)]), now=now) == 0
    assert statuses(Job) == [Status.DEAD, Status.DEAD, Status.READY, Status.READY]


def test_what_is_parked_behind_a_dead_job_follows_it(make_job, now):
    key = new_id()
    for version, status in ((1, Status.DEAD), (2, Status.PARKED)):
        make_job(event=make_event(now, key=key, version=version), status=status)
    with acting_as(OPERATOR):
        repairing.replay("jobs", Chosen(), now=now)
    assert statuses(Job) == [Status.READY, Status.READY]


def test_waiting_rows_are_parked_by_hand_and_leased_ones_are_not(make_job, dead_email, now):
    make_job(status=Status.READY, attempts=0)
    make_job(status=Status.READY, lease_until=now.replace(year=2100))
    with acting_as(OPERATOR):
        assert repairing.park("jobs", Chosen(consumer="tests.react"), now=now, why="the clinic asked") == 1
        assert repairing.park("emails", Chosen(), now=now, why="x") == 0
    with acting_as(WORKER):
        assert Job.objects.get(status=Status.DEAD).last_error == "the clinic asked"


def test_who_did_what_to_which_is_kept_and_cannot_be_changed(make_job, now):
    job, who = make_job(), new_id()
    with acting_as(OPERATOR):
        repairing.drop("jobs", Chosen(ids=[str(job.pk)]), now=now, user_id=who, why="twice")
        done = Intervention.objects.get()
    assert (done.action, done.queue, done.rows, done.user_id, done.why) == ("drop", "jobs", 1, who, "twice")
    assert done.chosen == {"ids": [str(job.pk)]}
    for statement in ("UPDATE workers_intervention SET rows = 0", "DELETE FROM workers_intervention"):
        with pytest.raises(Error), acting_as(OPERATOR), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_repair_that_rolls_back_leaves_no_trace_of_itself(make_job, now):
    make_job()
    with acting_as(OPERATOR):
        repairing.replay("jobs", Chosen(), now=now)
        transaction.set_rollback(True)
    with acting_as(WORKER):
        assert (Job.objects.get().status, Intervention.objects.count()) == (Status.DEAD, 0)


@pytest.mark.parametrize("ids", [["x"], ["-1"], ["9" * 30], [str(new_id())], ["1"] * 501])
def test_ids_that_are_none_are_refused(ids, now):
    with acting_as(OPERATOR), pytest.raises(Invalid):
        repairing.replay("jobs", Chosen(ids=ids), now=now)


def test_a_queue_a_status_and_a_reason_that_are_none_are_refused(now):
    with acting_as(OPERATOR):
        for call in (
            lambda: repairing.replay("mails", Chosen(), now=now),
            lambda: list_stuck("jobs", status="done"),
            lambda: repairing.replay("jobs", Chosen(reason="\x00"), now=now),
            lambda: repairing.drop("jobs", Chosen(), now=now, why="\x00"),
            lambda: repairing.drop("jobs", Chosen(), now=now, why="x" * 201),
        ):
            with pytest.raises(Invalid):
                call()


def test_troubles_are_grouped_by_consumer_and_reason_without_values(make_job, dead_email, now):
    make_job()
    make_job(last_error="ValueError('of somebody else')")
    make_job(status=Status.READY, attempts=1, due_at=now.replace(year=2027), last_error="KeyError('x')")
    with acting_as(OPERATOR):
        found = [(each.queue, each.consumer, each.reason, each.status, each.rows) for each in troubles(now=now)]
    assert found[0] == ("jobs", "tests.react", "ValueError", "dead", 2)
    assert set(found[1:]) == {
        ("jobs", "tests.react", "KeyError", "later", 1),
        ("emails", "benefits/invitation", "SMTPRecipientsRefused", "dead", 1),
    }


def test_pages_go_through_all_rows_once(make_job):
    jobs = [make_job().pk for _ in range(5)]
    seen, before = [], ""
    with acting_as(OPERATOR):
        for _ in range(3):
            rows, before = page_of(list_stuck("jobs"), before=before, size=2)
            seen += [row.pk for row in rows]
    assert (seen, before) == (jobs[::-1], "")
