"""One trace id, from a request through its events, reactions, deliveries and e-mails, in the log and in the tables."""

import json
import logging
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from config.logs import JsonFormatter, TraceFilter
from tests.architecture.world import PLACES, clinic_at
from tests.factories.benefits import activate, make_employer, make_member, make_plan, signed_in
from tests.factories.courses import make_endpoint
from tests.factories.referrals import SAFE, run_workers
from workers.deliveries.models import Attempt, Delivery
from workers.deliveries.sending import send_due as send_deliveries
from workers.emails.models import Email
from workers.emails.sending import send_due as send_emails
from workers.kernel.actor import WORKER, acting_as
from workers.outbox.models import EventRecord

ID = "4bf92f3577b34da6a3ce929d0e0e4736"
HEADERS = {"traceparent": f"00-{ID}-00f067aa0ba902b7-01"}


class Lines(logging.Handler):
    """What production would write, parsed."""

    def __init__(self) -> None:
        super().__init__()
        self.addFilter(TraceFilter())
        self.setFormatter(JsonFormatter())
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def lines():
    handler = Lines()
    logs = [logging.getLogger(name) for name in ("workers", "config")]
    for log in logs:
        log.addHandler(handler)
        log.setLevel(logging.DEBUG)
    yield handler.lines
    for log in logs:
        log.removeHandler(handler)
        log.setLevel(logging.NOTSET)


@pytest.fixture
def employee(committed_db: str, now: datetime) -> Client:
    """A member near a clinic that has a webhook address, with nothing left to be done."""
    place = PLACES[0]
    employer = make_employer(now=now)
    make_plan(employer.pk, now=now)
    make_endpoint(clinic_at(place, 0).pk)
    member = make_member(employer.pk, postal_code=place.home, state=place.state, timezone=place.timezone)
    client = signed_in(activate(member, now=now))
    run_workers()
    return client


def ask_for_care(client: Client) -> None:
    screening = client.post(
        "/api/v1/screenings/", {"questionnaire": "readiness.2026-01", "answers": SAFE}, content_type="application/json"
    ).json()
    wishes = {"near": "10025", "max_distance_km": 50}
    body = {"screening_id": screening["id"], "preferences": wishes}
    answer = client.post("/api/v1/referrals/", body, content_type="application/json", headers=HEADERS)
    assert (answer.status_code, answer["Trace-Id"]) == (201, ID)


def test_a_walk_can_be_followed_from_the_request_to_the_attempt(employee: Client, lines: list[dict[str, Any]]) -> None:
    ask_for_care(employee)
    run_workers()
    send_deliveries()
    walk = [line for line in lines if line["trace"] == ID]
    with acting_as(WORKER):
        events = set(EventRecord.objects.filter(trace=ID).values_list("id", flat=True))
        delivery = Delivery.objects.filter(type="referral.offered").earliest("id")
        assert delivery.trace == ID
        assert delivery.event_id in events
        assert Attempt.objects.filter(delivery=delivery).count() == 1
    assert {str(event) for event in events} == {line["event"] for line in walk if "published" in line["message"]}
    kinds = ["published event", "request method", "reacted consumer", "delivery failed"]
    places = [next(place for place, line in enumerate(walk) if kind in line["message"]) for kind in kinds]
    assert places == sorted(places)
    [attempt] = [line for line in walk if line.get("delivery") == str(delivery.pk)]
    assert attempt["event"] == str(delivery.event_id)


def test_an_email_is_sent_under_the_trace_of_what_queued_it(
    employee: Client, lines: list[dict[str, Any]], settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with acting_as(WORKER):
        Email.objects.update(trace=ID)
        emails = {str(pk) for pk in Email.objects.values_list("pk", flat=True)}
    send_emails()
    assert emails
    assert {line["email"] for line in lines if line["trace"] == ID} == emails
