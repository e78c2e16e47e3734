"""Sending again: one, or those of a time; under the same webhook id."""

from datetime import timedelta

import pytest

from tests.workers.deliveries.acting import OPERATOR, deliveries_of, delivery_of, log_of, queue, staff_of, stored
from tests.workers.deliveries.test_claiming import make
from tests.workers.deliveries.test_recording import OK, attempt_all
from workers.deliveries import endpoints as services
from workers.deliveries import replaying
from workers.deliveries.models import Attempt, OpenDelivery
from workers.deliveries.replaying import EndpointDisabled, StillOpen, TooMany, replay, replay_range, revive
from workers.deliveries.rules import Answer
from workers.deliveries.sending import send_due
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import Invalid, NotFound
from workers.kernel.leases import Status

HOUR = timedelta(hours=1)


def kill(endpoint):
    with acting_as(WORKER):
        OpenDelivery.objects.filter(endpoint=endpoint, status=Status.READY).update(status=Status.DEAD)


def test_a_replay_keeps_its_webhook_id_so_that_the_clinic_takes_it_once(clinic):
    endpoint = clinic()
    queue(endpoint)
    send_due()
    with acting_as(staff_of(endpoint)):
        replay(delivery_id=delivery_of(endpoint).pk, now=delivery_of(endpoint).created_at)
    send_due()
    first, second = log_of(endpoint)
    assert first["id"] == second["id"]
    assert (first["verdict"], second["verdict"]) == ("verified", "repeat")
    assert first["data"] == second["data"]


def test_what_is_open_is_not_sent_twice(db, now):
    endpoint = make(1)
    with acting_as(staff_of(endpoint)):
        with pytest.raises(StillOpen):
            replay(delivery_id=delivery_of(endpoint).pk, now=now)
        assert replay_range(endpoint_id=endpoint.pk, since=now - HOUR, until=now + HOUR, only_dead=False, now=now) == 0


@pytest.mark.parametrize(("only_dead", "expected"), [(True, 1), (False, 2)])
def test_a_range_takes_the_dead_or_all(db, now, only_dead, expected):
    endpoint = make(1)
    attempt_all(OK)
    queue(endpoint, now)
    kill(endpoint)
    with acting_as(staff_of(endpoint)):
        count = replay_range(endpoint_id=endpoint.pk, since=now, until=now + HOUR, only_dead=only_dead, now=now)
    assert count == expected


def test_a_message_that_a_replay_delivered_is_dead_no_more(db, now):
    endpoint = make(1)
    kill(endpoint)
    window = {"endpoint_id": endpoint.pk, "since": now, "until": now + HOUR, "only_dead": True, "now": now}
    with acting_as(staff_of(endpoint)):
        assert replay_range(**window) == 1
    attempt_all(OK)
    with acting_as(staff_of(endpoint)):
        assert replay_range(**window) == 0


def test_the_window_is_of_the_first_queueing(db, now):
    endpoint = make()
    for hours in range(3):
        queue(endpoint, now + hours * HOUR)
    kill(endpoint)
    with acting_as(staff_of(endpoint)):
        assert replay_range(endpoint_id=endpoint.pk, since=now, until=now + HOUR, only_dead=True, now=now) == 1
        assert replay_range(endpoint_id=endpoint.pk, since=now, until=now + 3 * HOUR, only_dead=True, now=now) == 2
    assert [d.replay_no for d in deliveries_of(endpoint)] == [0, 0, 0, 1, 1, 1]


def test_too_wide_a_window_and_one_that_ends_first_are_refused(db, now, monkeypatch):
    monkeypatch.setattr(replaying, "MOST_REPLAYED", 1)
    endpoint = make(2)
    kill(endpoint)
    with acting_as(staff_of(endpoint)):
        with pytest.raises(TooMany):
            replay_range(endpoint_id=endpoint.pk, since=now, until=now + HOUR, only_dead=True, now=now)
        with pytest.raises(Invalid):
            replay_range(endpoint_id=endpoint.pk, since=now, until=now, only_dead=True, now=now)


def test_nothing_is_queued_for_a_disabled_endpoint_until_it_is_enabled(db, now):
    endpoint = make(1)
    attempt_all(Answer(status_code=410))
    with acting_as(staff_of(endpoint)):
        with pytest.raises(EndpointDisabled):
            replay(delivery_id=delivery_of(endpoint).pk, now=now)
        services.enable(endpoint_id=endpoint.pk)
        replay(delivery_id=delivery_of(endpoint).pk, now=now)
    healed = stored(endpoint)
    assert (healed.state, healed.failing_since, healed.disabled_reason) == ("active", None, "")
    assert len(deliveries_of(endpoint)) == 2


def test_another_clinics_delivery_is_unknown(db, now):
    endpoint, stranger = make(1), make()
    with acting_as(staff_of(stranger)), pytest.raises(NotFound):
        replay(delivery_id=delivery_of(endpoint).pk, now=now)


def test_a_revived_one_is_tried_anew_and_keeps_its_log(db, now):
    endpoint = make(2)
    attempt_all(Answer(status_code=400))
    kill(endpoint)
    with acting_as(OPERATOR):
        assert revive(OpenDelivery.objects.filter(status=Status.DEAD), now=now) == 2
    attempt_all(OK)
    assert {d.status for d in deliveries_of(endpoint)} == {Status.DONE}
    with acting_as(WORKER):
        assert sorted(Attempt.objects.values_list("number", flat=True)) == [1, 1, 2, 2]


def test_of_a_message_that_died_twice_the_newest_is_revived_and_none_where_one_is_open(db, now):
    endpoint = make(1)
    kill(endpoint)
    with acting_as(OPERATOR):
        replay(delivery_id=delivery_of(endpoint).pk, now=now)
        assert revive(OpenDelivery.objects.filter(status=Status.DEAD), now=now) == 0
    kill(endpoint)
    with acting_as(OPERATOR):
        assert revive(OpenDelivery.objects.filter(status=Status.DEAD), now=now) == 1
    assert [d.status for d in deliveries_of(endpoint)] == [Status.DEAD, Status.READY]
