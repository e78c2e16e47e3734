"""Events reach their reactions, once."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from workers.deliveries.models import Endpoint
from workers.deliveries.queueing import register_endpoint
from workers.events import Envelope, Event, reacts_to
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.outbox.draining import drain
from workers.outbox.models import EventRecord, Job
from workers.outbox.publishing import publish
from workers.timers.firing import fire_due
from workers.timers.scheduling import schedule

OPERATOR = Actor(role=Role.OPERATOR)
heard: list[UUID] = []


@dataclass(frozen=True, kw_only=True)
class Rang(Event, name="tests.rang.v1"):
    """For these tests."""

    endpoint_id: UUID


@reacts_to(Rang)
def hear(event: Rang, envelope: Envelope) -> None:
    heard.append(event.endpoint_id)


@pytest.fixture
def endpoint(committed_db, now):
    heard.clear()
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
        assert list(EventRecord.objects.values_list("aggregate_version", flat=True)) == [1, 2]
        assert not Job.objects.exists()


def test_a_timer_fires_once_when_due(endpoint, now):
    with acting_as(OPERATOR):
        for _ in range(2):
            schedule(Rang(endpoint_id=endpoint.pk), about=endpoint, due_at=now)
    assert fire_due() == 1
    assert fire_due() == 0
    drain("domain")
    assert heard == [endpoint.pk]


def test_secrets_are_sealed_for_their_row(endpoint):
    with acting_as(WORKER):
        stored = Endpoint.objects.get()
        assert stored.signing_secrets[0].startswith("whsec_")
        assert stored.signing_secrets != stored.inbound_secrets
