"""What is stored of results, of many at once, and what becomes of the endpoint."""

import logging
from datetime import timedelta

import pytest

from tests.factories.benefits import make_user
from tests.workers.deliveries.acting import OPERATOR, deliveries_of, delivery_of, queue, stored
from tests.workers.deliveries.test_claiming import make
from workers.deliveries.claiming import Result, claim
from workers.deliveries.models import Attempt, OpenDelivery
from workers.deliveries.outputs import AttemptView
from workers.deliveries.queueing import register_endpoint
from workers.deliveries.recording import record
from workers.deliveries.replaying import replay
from workers.deliveries.rules import Answer
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.leases import Status
from workers.outbox.draining import drain


def attempt_all(*answers, now=None):
    """Claim what is due, and record these answers in turn, the last for all that are left."""
    with acting_as(WORKER):
        claimed = claim(now=now or clock.now(), limit=100)
        given = [answers[min(number, len(answers) - 1)] for number in range(len(claimed))]
        record([Result(delivery, clock.now(), answer) for delivery, answer in zip(claimed, given, strict=True)])
    return claimed


OK, BAD = Answer(status_code=200, ip="192.0.2.1", snippet="fine", duration_ms=7), Answer(status_code=500)


def test_many_results_are_one_transaction(db, now, django_assert_max_num_queries):
    one, other = make(3), make(2)
    with acting_as(WORKER):
        claimed = claim(now=now, limit=100)
        with django_assert_max_num_queries(2):
            record([Result(delivery, now, OK) for delivery in claimed])
    assert {d.status for d in deliveries_of(one) + deliveries_of(other)} == {Status.DONE}
    with acting_as(WORKER):
        attempts = [(a.number, a.status_code, a.ip, a.response_snippet, a.duration_ms) for a in Attempt.objects.all()]
        assert attempts == [(1, 200, "192.0.2.1", "fine", 7)] * 5


def test_of_an_empty_answer_nothing_is_kept(db, now):
    make(1)
    attempt_all(Answer(status_code=204))
    with acting_as(WORKER):
        [attempt] = Attempt.objects.all()
        assert attempt.response_snippet is None
        assert AttemptView(attempt).data["response_snippet"] == ""


def test_an_events_deliveries_are_one_line_under_its_trace(db, now, caplog):
    caplog.set_level(logging.INFO)
    endpoint = make(2)
    claimed = attempt_all(OK)
    told = {f"{delivery.event_id} deliveries={delivery.id}/1" for delivery in claimed}
    lines = [line.message for line in caplog.records if line.message.startswith("delivered")]
    assert {line.removeprefix("delivered event=") for line in lines} == told
    with acting_as(OPERATOR):
        register_endpoint(owner_id=endpoint.owner_id, url="https://another.example/")
    queue(endpoint)
    attempt_all(OK)
    assert caplog.records[-1].message.count("/1") == 2


def test_a_failed_one_waits_and_says_why(db, now):
    endpoint = make(1)
    attempt_all(Answer(status_code=None, error_class="Timeout"))
    delivery = delivery_of(endpoint)
    assert (delivery.status, delivery.last_error, delivery.open.lease_until) == (Status.READY, "Timeout", None)
    assert timedelta(seconds=4) <= delivery.due_at - now <= timedelta(seconds=6)
    assert stored(endpoint).failing_since == now


def test_after_the_last_try_it_is_dead(db, now):
    endpoint = make(1)
    with acting_as(WORKER):
        OpenDelivery.objects.update(attempts=9)
    attempt_all(Answer(status_code=400))
    assert delivery_of(endpoint).status == Status.DEAD


def test_a_lost_lease_changes_nothing(db, now, caplog):
    caplog.set_level(logging.WARNING)
    endpoint = make(2)
    with acting_as(WORKER):
        first = claim(now=now, limit=100)
        clock.freeze(now + timedelta(minutes=2))
        [mine, other] = claim(now=now, limit=100)
        record([Result(delivery, now, OK) for delivery in (*first, mine)])
    by_id = {str(d.pk): d.status for d in deliveries_of(endpoint)}
    assert by_id == {mine.id: Status.DONE, other.id: Status.READY}
    assert caplog.text.count("lease lost") == 2
    with acting_as(WORKER):
        assert list(Attempt.objects.values_list("number", flat=True)) == [2]


def test_a_good_answer_heals(db, now):
    endpoint = make(1, failing_since=now - timedelta(days=4), failures=7, breaker_until=now)
    attempt_all(OK)
    healed = stored(endpoint)
    assert (healed.failing_since, healed.failures, healed.breaker_until) == (None, 0, None)


def test_a_breaker_opens_and_its_endpoint_rests(db, now):
    endpoint = make(20)
    assert len(attempt_all(BAD)) == 10
    assert stored(endpoint).breaker_until == now + timedelta(seconds=30)
    assert attempt_all(BAD) == []


def test_five_failing_days_disable_and_people_are_told(db, now):
    endpoint = make(5, failing_since=now - timedelta(days=5))
    staff = make_user("clinic_staff", clinic_id=endpoint.owner_id)
    stranger = make_user("clinic_staff", clinic_id=make().owner_id)
    operator = make_user("operator")
    attempt_all(BAD)
    assert (stored(endpoint).state, {d.status for d in deliveries_of(endpoint)}) == ("disabled", {Status.DEAD})
    drain("mail")
    with acting_as(WORKER):
        mails = [email.message for email in Email.objects.all()]
    told = {mail["to"] for mail in mails}
    assert {staff.email, operator.email} <= told
    assert stranger.email not in told
    assert f"/endpoints/{endpoint.pk}/" in mails[0]["text"]
    assert queue(endpoint) == 0, "nothing is queued for it any more"


def test_two_failures_five_days_apart_disable_nothing(db, now):
    endpoint = make(2, failing_since=now - timedelta(days=6))
    attempt_all(BAD)
    assert stored(endpoint).state == "active"


def test_a_good_answer_since_then_speaks_against_five_failing_days(db, now):
    endpoint = make(5, failing_since=now - timedelta(days=6))
    with acting_as(WORKER):
        healthy, *others = claim(now=now, limit=5)
        record([Result(healthy._replace(is_ailing=False), now, OK)])
        record([Result(claimed, now, BAD) for claimed in others])
    assert stored(endpoint).state == "active"


def test_gone_kills_what_waits_and_spares_what_is_under_way(db, now):
    endpoint = make(3, max_inflight=2)
    with acting_as(WORKER):
        gone, under_way = claim(now=now, limit=100)
        record([Result(gone, now, Answer(status_code=410))])
    states = {str(d.pk): d.status for d in deliveries_of(endpoint)}
    assert states.pop(under_way.id) == Status.READY
    assert set(states.values()) == {Status.DEAD}
    with acting_as(WORKER):
        record([Result(under_way, now, OK)])
    assert {str(d.pk): d.status for d in deliveries_of(endpoint)}[under_way.id] == Status.DONE


def test_what_fails_under_way_at_a_disabled_endpoint_is_dead(db, now):
    endpoint = make(2)
    attempt_all(Answer(status_code=410), BAD)
    assert {d.status for d in deliveries_of(endpoint)} == {Status.DEAD}


@pytest.mark.parametrize("fault", ["CannotDecrypt", "AlwaysLost"])
def test_our_own_fault_is_not_the_endpoints(db, now, fault):
    endpoint = make(8)
    attempt_all(Answer(status_code=None, error_class=fault, is_our_fault=True))
    assert stored(endpoint).failing_since is None
    assert {d.last_error for d in deliveries_of(endpoint)} == {fault}


def test_a_replay_of_what_is_open_is_refused_by_the_database(db, now):
    endpoint = make(1)
    attempt_all(OK)
    with acting_as(OPERATOR):
        replay(delivery_id=delivery_of(endpoint).pk, now=now)
    first, again = deliveries_of(endpoint)
    assert (again.message_id, again.replay_no, again.status) == (first.message_id, 1, Status.READY)
