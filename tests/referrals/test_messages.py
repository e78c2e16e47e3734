"""What clinics are told has the published shape, in words that are the domain's own."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from django.conf import settings
from jsonschema import Draft202012Validator, FormatChecker

from referrals import messages
from referrals.clinics.rules import Format, Protocol, Route, SessionKind
from referrals.courses.rules import SessionStatus
from referrals.courses.services import closing
from referrals.screening.rules import Result
from tests.factories.courses import make_accepted_offer
from tests.factories.referrals import run_workers
from workers.deliveries.models import Delivery
from workers.kernel.actor import WORKER, acting_as
from workers.outbox.models import EventRecord

SCHEMAS = Path(settings.BASE_DIR) / "docs" / "schemas"


def validate(value: Any, name: str) -> None:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(value)


@pytest.mark.parametrize(
    ("published", "known"),
    [
        (messages.Route, Route),
        (messages.Protocol, Protocol),
        (messages.Format, Format),
        (messages.Kind, SessionKind),
        (messages.SessionState, SessionStatus),
        (messages.Result, Result),
    ],
)
def test_published_words_are_the_domains(published: Any, known: Any) -> None:
    assert set(get_args(published)) == set(known)


@pytest.mark.django_db
def test_all_that_is_sent_and_announced_fits_the_committed_schemas(now: Any) -> None:
    offer = make_accepted_offer()
    run_workers()
    with acting_as(WORKER):
        closing.cancel_course(request_id=offer.request_id, now=now)
    run_workers()
    with acting_as(WORKER):
        bodies = [json.loads(delivery.body) for delivery in Delivery.objects.all()]
        events = list(EventRecord.objects.values_list("type", "data"))
    assert {body["type"] for body in bodies} >= {"referral.offered", "referral.confirmed", "course.updated"}
    for body in bodies:
        validate(body, f"outbound/{body['type']}")
    assert len({name for name, _ in events}) >= 8
    for name, data in events:
        validate(data, f"events/{name}")
