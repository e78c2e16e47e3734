"""Events reach their reactions, once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from tests.racing import at_once
from workers.deliveries.models import EndpointSecret
from workers.deliveries.queueing import register_endpoint
from workers.events import Envelope, Event, reacts_to
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.kernel.trace import traced
from workers.outbox.draining import drain
from workers.outbox.models import EventRecord, Job
from workers.outbox.publishing import publish
from workers.timers import firing
from workers.timers.firing import fire_due
from workers.timers.models import Timer
from workers.timers.rezoning import follow_clocks
from workers.timers.scheduling import schedule, schedule_all, timer_for

OPERATOR = Actor(role=Role.OPERATOR)
heard: list[UUID] = []


@dataclass(frozen=True, kw_only=True)
class Rang(Event, name="tests.rang.v1"):
    """For these tests."""

    endpoint_id: UUID


@dataclass(frozen=True, kw_only=True)
class Numbered(Event, name="tests.numbered.v1"):
    """For these tests: the n-th of many."""

    number: int


numbers: list[int] = []


@reacts_to(Numbered)
def note_number(event: Numbered, envelope: Envelope) -> None:
    numbers.append(event.number)


@reacts_to(Rang)
def hear(event: Rang, envelope: Envelope) -> None:
    heard.append(event.endpoint_id)


@pytest.fixture
def endpoint(db, now):
    heard.clear()
    numbers.clear()
    with acting_as(OPERATOR):
        return register_endpoint(owner_id=new_id(), url="https://clinic.example/hooks")


def test_an_event_is_heard_once(endpoint, now):
    with acting_as(OPERATOR):
        publish(Rang(endpoint_id=endpoint.pk), about=endpoint, now=now)
        publish(Rang(endpoint_id=endpoint.pk), about=endpoint, now=now)
    assert drain("domain") == 2
    assert drain("domain") == 0
    assert heard == [endpoint.pk, endpoint.pk]
    with acting_as(WORKER):
        assert list(EventRecord.objects.order_by("aggregate_version").values_list("aggregate_version", flat=True)) == [
            1,
            2,
        ]
        assert not Job.objects.exists()


def test_a_timer_fires_once_when_due(endpoint, now):
    with acting_as(OPERATOR):
        for _ in range(2):
            schedule(Rang(endpoint_id=endpoint.pk), about=endpoint, due_at=now)
    assert fire_due() == 1
    assert fire_due() == 0
    drain("domain")
    assert heard == [endpoint.pk]


def test_a_timer_of_a_kind_that_is_not_known_waits_for_a_process_that_knows_it(endpoint, now):
    with acting_as(WORKER):
        unknown = {"kind": "tests.of_tomorrow.v1", "subject_type": "t", "subject_id": endpoint.pk}
        Timer.objects.create(**unknown, due_at=now - timedelta(days=1), payload={})
        schedule(Rang(endpoint_id=endpoint.pk), about=endpoint, due_at=now)
    assert fire_due() == 1
    with acting_as(WORKER):
        assert Timer.objects.get().kind == "tests.of_tomorrow.v1"


def test_timers_fire_oldest_first_and_carry_their_trace(endpoint, now):
    with acting_as(OPERATOR):
        for hour in (2, 1, 3):
            with traced(f"trace-{hour}"):
                schedule(
                    Rang(endpoint_id=endpoint.pk), about=endpoint, due_at=now + timedelta(hours=hour), generation=hour
                )
    clock.freeze(now + timedelta(hours=5))
    assert fire_due() == 3
    with acting_as(WORKER):
        jobs = Job.objects.order_by("id").select_related("event")
        assert [job.event.trace for job in jobs] == ["trace-1", "trace-2", "trace-3"]
        assert [job.due_at for job in jobs] == [now + timedelta(hours=hour) for hour in (1, 2, 3)]


def set_timers(endpoint, count, *, due_at, order=1):
    """So many timers, each a second after the one before, set in any order."""
    timers = [
        timer_for(Numbered(number=n), about=endpoint, due_at=due_at + timedelta(seconds=n), generation=n)
        for n in range(count)
    ]
    with acting_as(OPERATOR):
        schedule_all(timers[::order])


def test_a_move_of_the_clock_fires_what_came_due_once_and_in_order(db, endpoint, now, settings, tmp_path):
    """More than a batch: each is heard after the one that was due before it, whatever order they are found in."""
    with connection.cursor() as cursor:  # of this test's transaction
        cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
    clock.freeze(None)
    settings.CLOCK_FILE = str(tmp_path / "clock")
    count = 2 * firing.BATCH + 7
    set_timers(endpoint, count, due_at=clock.now() + timedelta(days=3), order=-1)
    assert fire_due() == 0
    clock.move(timedelta(days=4))
    while firing._fire_batch():  # a worker hears of each batch before the next one fires
        drain("domain")
    assert numbers == list(range(count))


def test_sweepers_side_by_side_fire_each_timer_once(committed_db, now):
    with acting_as(OPERATOR):
        endpoint = register_endpoint(owner_id=new_id(), url="https://clinic.example/hooks")
    count = 3 * firing.BATCH
    set_timers(endpoint, count, due_at=now - timedelta(days=1))
    fired = at_once(*[fire_due] * 4)
    assert sum(fired) == count
    with acting_as(WORKER):
        assert EventRecord.objects.count() == Job.objects.count() == count
        assert not Timer.objects.exists()


EVENING = datetime(2026, 11, 3, 18, tzinfo=ZoneInfo("America/New_York"))


def test_a_wall_time_stays_when_its_zone_changes_its_rules(endpoint, now):
    with acting_as(OPERATOR):
        schedule(Rang(endpoint_id=endpoint.pk), about=endpoint, due_at=EVENING, zone=ZoneInfo("America/New_York"))
        schedule(Rang(endpoint_id=endpoint.pk), about=endpoint, due_at=EVENING, generation=1)
    with acting_as(WORKER):
        Timer.objects.update(due_at=EVENING + timedelta(hours=1))  # as the rules were when it was set
    assert follow_clocks() == 1
    assert follow_clocks() == 0
    with acting_as(WORKER):
        moved = Timer.objects.order_by("generation").values_list("wall_time", "due_at")
        assert list(moved) == [("2026-11-03T18:00:00", EVENING), ("", EVENING + timedelta(hours=1))]


def test_the_second_of_two_hours_with_one_name_is_not_moved_to_the_first(endpoint, now):
    second = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York"), fold=1).astimezone(UTC)
    with acting_as(OPERATOR):
        schedule(Rang(endpoint_id=endpoint.pk), about=endpoint, due_at=second, zone=ZoneInfo("America/New_York"))
    assert follow_clocks() == 0


def test_secrets_are_sealed_for_their_row(endpoint):
    with acting_as(WORKER):
        stored = {secret.direction: secret.value for secret in EndpointSecret.objects.all()}
    assert stored == {"out": endpoint.signing_secrets[0], "in": endpoint.inbound_secrets[0]}
    assert stored["out"].startswith("whsec_")
    assert stored["out"] != stored["in"]
