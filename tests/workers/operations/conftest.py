"""Rows that are stuck, one of each kind."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from workers.deliveries.models import Attempt, Delivery, OpenDelivery
from workers.deliveries.queueing import register_endpoint
from workers.emails.models import Email
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.kernel.leases import Status
from workers.outbox.models import EventRecord, Job

OPERATOR = Actor(role=Role.OPERATOR)
BODY = "a-secret-body"


@pytest.fixture
def make_job(now: datetime) -> Callable[..., Job]:
    """Make a job, dead unless told otherwise, of an event of its own."""

    def make(**facts: Any) -> Job:
        event = facts.pop("event", None) or make_event(now)
        row = {
            "lane": "domain",
            "consumer": "tests.react",
            "ordering_key": event.aggregate_id,
            "seq": event.aggregate_version,
            "due_at": now,
            "status": Status.DEAD,
            "attempts": 12,
            "last_error": "ValueError('of somebody')",
        }
        with acting_as(WORKER):
            return Job.objects.create(event=event, **(row | facts))

    return make


def make_event(now: datetime, *, key: UUID | None = None, version: int = 1) -> EventRecord:
    """An event about something."""
    with acting_as(WORKER):
        return EventRecord.objects.create(
            type="tests.happened.v1",
            aggregate_type="tests.thing",
            aggregate_id=key or new_id(),
            aggregate_version=version,
            occurred_at=now,
            data={"body": BODY},
        )


@pytest.fixture
def dead_email(now: datetime) -> Email:
    """An e-mail that was given up."""
    with acting_as(WORKER):
        return Email.objects.create(
            key=str(new_id()),
            template="benefits/invitation",
            message={"to": "a@home.example", "subject": "s", "text": BODY},
            due_at=now,
            status=Status.DEAD,
            attempts=15,
            last_error="SMTPRecipientsRefused",
        )


@pytest.fixture
def dead_delivery(now: datetime) -> Delivery:
    """A delivery that was given up after one attempt."""
    return give_up_delivery(now, new_id())


def give_up_delivery(now: datetime, event_id: UUID) -> Delivery:
    """A delivery about an event that was given up after one attempt."""
    with acting_as(OPERATOR):
        endpoint = register_endpoint(owner_id=new_id(), url=f"https://{new_id().hex}.example/")
    with acting_as(WORKER):
        delivery = Delivery.objects.create(
            endpoint=endpoint,
            owner_id=endpoint.owner_id,
            event_id=event_id,
            type="referral.offered",
            body=f'{{"secret": "{BODY}"}}',
            created_at=now,
        )
        OpenDelivery.objects.update(status=Status.DEAD, attempts=10, last_error="HTTP 500")
        Attempt.objects.create(
            delivery=delivery, owner_id=endpoint.owner_id, number=1, at=now, status_code=500, duration_ms=12
        )
    return delivery
