"""Only a signed, fresh, well-formed message of a known endpoint is stored, and once."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from standardwebhooks import Webhook

from referrals.clinic_updates.webhooks import MAX_BYTES
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import foreign_secret, make_endpoint, message, signed
from tests.workers.deliveries.sending_one import sign
from workers.deliveries.endpoints import rotate
from workers.deliveries.models import Endpoint
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.outbox.models import EventRecord
from workers.receipts.models import Receipt

pytestmark = pytest.mark.django_db

NO_SHOW = message("session.no_show", {"session_id": str(new_id())})


@pytest.fixture
def endpoint(now: datetime) -> Endpoint:
    return make_endpoint(new_id())


def post(endpoint_id: UUID, body: bytes, headers: dict[str, str], client: Client | None = None) -> Any:
    url = f"/webhooks/clinics/{endpoint_id}/"
    return (client or Client()).post(url, body, content_type="application/json", headers=headers)


def stored() -> list[tuple[str, UUID | None]]:
    with acting_as(WORKER):
        return list(Receipt.objects.values_list("message_id", "sender_id"))


def test_a_message_is_stored_and_announced(endpoint: Endpoint) -> None:
    answer = post(endpoint.pk, NO_SHOW, signed(endpoint, NO_SHOW))
    assert (answer.status_code, answer.json()) == (202, {"status": "stored"})
    assert stored() == [("msg_1", endpoint.owner_id)]
    with acting_as(WORKER):
        assert Receipt.objects.get().body == NO_SHOW.decode()
        event = EventRecord.objects.get(type="referrals.clinic-message.received.v1")
    assert event.data["clinic_id"] == str(endpoint.owner_id)
    assert event.data["message_id"] == "msg_1"


def test_a_repeat_is_answered_well_and_changes_nothing(endpoint: Endpoint) -> None:
    post(endpoint.pk, NO_SHOW, signed(endpoint, NO_SHOW))
    answer = post(endpoint.pk, NO_SHOW, signed(endpoint, NO_SHOW))
    assert (answer.status_code, answer.json()) == (200, {"status": "stored_before"})
    assert len(stored()) == 1


def test_an_id_used_for_another_body_is_a_conflict(endpoint: Endpoint) -> None:
    post(endpoint.pk, NO_SHOW, signed(endpoint, NO_SHOW))
    other = message("capacity.updated", {"open_slots": 1})
    answer = post(endpoint.pk, other, signed(endpoint, other))
    assert (answer.status_code, answer.json()["code"]) == (409, "message_id_reused")
    assert len(stored()) == 1


def test_two_clinics_may_use_one_message_id(endpoint: Endpoint) -> None:
    other = make_endpoint(new_id())
    for one in (endpoint, other):
        assert post(one.pk, NO_SHOW, signed(one, NO_SHOW)).status_code == 202


@pytest.mark.parametrize(("hours", "expected"), [(23, 202), (25, 401)])
def test_a_rotated_secret_verifies_for_a_day(endpoint: Endpoint, now: datetime, hours: int, expected: int) -> None:
    with acting_as(Actor(role=Role.CLINIC, clinic=endpoint.owner_id)):
        rotate(endpoint_id=endpoint.pk, direction="in", now=now - timedelta(hours=hours))
    assert post(endpoint.pk, NO_SHOW, signed(endpoint, NO_SHOW)).status_code == expected


def test_a_fresh_secret_verifies_at_once(endpoint: Endpoint, now: datetime) -> None:
    with acting_as(Actor(role=Role.CLINIC, clinic=endpoint.owner_id)):
        endpoint.inbound_secrets = [rotate(endpoint_id=endpoint.pk, direction="in", now=now)]
    assert post(endpoint.pk, NO_SHOW, signed(endpoint, NO_SHOW)).status_code == 202


@pytest.mark.parametrize("minutes", [-6, 6])
def test_stale_and_future_signatures_are_refused(endpoint: Endpoint, now: datetime, minutes: int) -> None:
    headers = signed(endpoint, NO_SHOW, at=now + timedelta(minutes=minutes))
    assert_refused(post(endpoint.pk, NO_SHOW, headers), 401, "bad_signature")


@pytest.mark.parametrize("minutes", [-4, 4])
def test_clocks_may_differ_by_a_little(endpoint: Endpoint, now: datetime, minutes: int) -> None:
    headers = signed(endpoint, NO_SHOW, at=now + timedelta(minutes=minutes))
    assert post(endpoint.pk, NO_SHOW, headers).status_code == 202


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", [None, "", "1", "v1,####", "v1,é"])
def test_altered_headers_are_refused(endpoint: Endpoint, header: str, value: str | None) -> None:
    headers = {k: v for k, v in (signed(endpoint, NO_SHOW) | {header: value}).items() if v is not None}
    assert_refused(post(endpoint.pk, NO_SHOW, headers), 401, "bad_signature")


def test_a_tampered_body_is_refused(endpoint: Endpoint) -> None:
    assert_refused(post(endpoint.pk, NO_SHOW + b" ", signed(endpoint, NO_SHOW)), 401, "bad_signature")


def test_an_unknown_endpoint_and_a_wrong_signature_answer_alike(endpoint: Endpoint, now: datetime) -> None:
    signature = Webhook(foreign_secret()).sign("msg_1", now, NO_SHOW.decode())
    headers = signed(endpoint, NO_SHOW) | {"webhook-signature": signature}
    other = make_endpoint(new_id())
    answers = [
        post(endpoint.pk, NO_SHOW, headers),
        post(new_id(), NO_SHOW, headers),
        post(other.pk, NO_SHOW, signed(endpoint, NO_SHOW)),
    ]
    for answer in answers:
        assert_refused(answer, 401, "bad_signature")
    assert len({answer.content for answer in answers}) == 1


def test_what_we_sign_for_a_clinic_is_not_taken_from_it(endpoint: Endpoint, now: datetime) -> None:
    signature = Webhook(endpoint.signing_secrets[0]).sign("msg_1", now, NO_SHOW.decode())
    headers = signed(endpoint, NO_SHOW) | {"webhook-signature": signature}
    assert_refused(post(endpoint.pk, NO_SHOW, headers), 401, "bad_signature")


def test_too_long_a_body_is_refused_unread(endpoint: Endpoint) -> None:
    body = message("session.cancelled", {"session_id": str(new_id()), "reason": "x" * MAX_BYTES})
    assert_refused(post(endpoint.pk, body, {}), 413, "too_large")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"[]", 400, "malformed_message"),
        (b"{", 400, "malformed_message"),
        (b'{"type": "session.no_show"}', 400, "malformed_message"),
        (message("referral.eaten", {}), 422, "unknown_message_type"),
        (message("session.no_show", {}), 422, "wrong_message_data"),
        (message("capacity.updated", {"open_slots": -1}), 422, "wrong_message_data"),
    ],
)
def test_a_signed_message_of_the_wrong_shape_is_refused(
    endpoint: Endpoint, body: bytes, status: int, code: str
) -> None:
    assert_refused(post(endpoint.pk, body, signed(endpoint, body)), status, code)


def test_bytes_that_are_not_utf8_are_refused(endpoint: Endpoint, now: datetime) -> None:
    headers = sign("msg_1", at=now, body=b"\xff", keys=endpoint.inbound_secrets)
    assert_refused(post(endpoint.pk, b"\xff", headers), 400, "malformed_message")


def test_an_unknown_type_is_answered_with_the_known_ones(endpoint: Endpoint) -> None:
    body = message("referral.eaten", {})
    assert "capacity.updated" in post(endpoint.pk, body, signed(endpoint, body)).json()["known"]


@pytest.mark.parametrize("days", [1, -400])
def test_a_message_written_in_another_age_is_refused(endpoint: Endpoint, now: datetime, days: int) -> None:
    body = message("session.no_show", {"session_id": str(new_id())}, at=now + timedelta(days=days))
    assert_refused(post(endpoint.pk, body, signed(endpoint, body)), 422, "wrong_message_data")


def test_an_unreasonable_id_is_refused(endpoint: Endpoint) -> None:
    headers = signed(endpoint, NO_SHOW, message_id="m" * 201)
    assert_refused(post(endpoint.pk, NO_SHOW, headers), 400, "malformed_message")


def test_who_is_signed_in_makes_no_difference(endpoint: Endpoint) -> None:
    client = signed_in(make_user("employee", employer_id=new_id(), member_id=new_id()))
    assert post(endpoint.pk, NO_SHOW, signed(endpoint, NO_SHOW), client).status_code == 202


def test_only_posts_are_taken(endpoint: Endpoint) -> None:
    assert Client().get(f"/webhooks/clinics/{endpoint.pk}/").status_code == 405


def assert_refused(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content)["code"] == code
    assert stored() == []
