"""The doors for others' notices: whatever is sent is answered below 500, and only what was signed is stored."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import stripe
from django.test.client import ClientHandler
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.stripe.client import API_VERSION
from tests.conftest import NOW
from tests.factories.courses import make_endpoint, message
from tests.workers.deliveries.sending_one import sign
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.outbox.models import EventRecord
from workers.receipts.models import Receipt

SECRET = "whsec_c3RyaXBl"
thorough = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Broken(io.BytesIO):
    """A connection that ends before the body does."""

    def read(self, *_: Any) -> bytes:
        raise OSError("connection reset")


@dataclass(frozen=True)
class Sent:
    """A request as a web server hands it to us: CGI names, header values as latin-1."""

    path: str
    body: bytes
    headers: dict[str, str]
    method: str = "POST"
    more: dict[str, Any] = field(default_factory=dict)

    def having(self, **headers: str | None) -> "Sent":
        """The same with other headers; None takes one away."""
        merged = {name: value for name, value in {**self.headers, **headers}.items() if value is not None}
        return replace(self, headers=merged)

    def environ(self) -> dict[str, Any]:
        plain = {"REQUEST_METHOD": self.method, "PATH_INFO": self.path, "SERVER_NAME": "localhost", "SERVER_PORT": "80"}
        length = {"CONTENT_LENGTH": str(len(self.body)), "CONTENT_TYPE": "application/json"}
        wsgi = {"wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(self.body), "wsgi.errors": io.StringIO()}
        made = plain | length | wsgi | self.headers | self.more
        return {name: value for name, value in made.items() if value is not None}


@dataclass(frozen=True)
class Door:
    """One of the two addresses: `signed(body, id, at)` is a request that it should believe."""

    signed: Callable[[bytes, str, datetime], Sent]
    good: Callable[[], bytes]
    signature: str


def send(sent: Sent) -> int:
    """The status that a request is answered with, having checked that a refusal stores nothing."""
    before = stored()
    status = int(ClientHandler()(sent.environ()).status_code)
    assert status < 500, (status, sent)
    assert status < 300 or stored() == before
    return status


def stored() -> tuple[int, int]:
    with acting_as(WORKER):
        return Receipt.objects.count(), EventRecord.objects.count()


def clinics_door() -> Door:
    endpoint = make_endpoint(new_id())

    def signed(body: bytes, message_id: str, at: datetime) -> Sent:
        made = sign(message_id, at=at, body=body, keys=endpoint.inbound_secrets)
        headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in made.items()}
        return Sent(f"/webhooks/clinics/{endpoint.pk}/", body, headers)

    return Door(signed, lambda: message("session.no_show", {"session_id": str(new_id())}), "HTTP_WEBHOOK_SIGNATURE")


def stripe_door() -> Door:
    """Stripe's ids are in the body, so `message_id` is not heeded."""

    def signed(body: bytes, message_id: str, at: datetime) -> Sent:
        text = body.decode("latin-1")
        header = f"t={int(at.timestamp())},v1=" + stripe.WebhookSignature._compute_signature(
            f"{int(at.timestamp())}.{text}", SECRET
        )
        return Sent("/webhooks/stripe/", body, {"HTTP_STRIPE_SIGNATURE": header})

    def good() -> bytes:
        subject = {"id": "pi_1", "object": "payment_intent"}
        event = {"object": "event", "livemode": False, "type": "payment_intent.succeeded", "data": {"object": subject}}
        return json.dumps({"id": f"evt_{new_id().hex}", "api_version": API_VERSION, **event}).encode()

    return Door(signed, good, "HTTP_STRIPE_SIGNATURE")


@pytest.fixture(params=[clinics_door, stripe_door], ids=["clinics", "stripe"])
def door(request: Any, db: None, now: datetime, settings: Any) -> Door:
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_newer", SECRET]
    made: Door = request.param()
    return made


def good(door: Door) -> Sent:
    return door.signed(door.good(), f"msg_{new_id().hex}", NOW)


def test_what_is_signed_and_of_now_is_stored_once(door: Door) -> None:
    sent = good(door)
    assert send(sent) in (200, 202)
    assert stored() == (1, 1)
    assert send(sent) == 200
    assert stored() == (1, 1)


LATIN = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=80)
NUMBERS = st.one_of(st.integers(-(10**30), 10**30).map(str), st.just("9" * 5_000), st.just("²"), st.just("1_0"))


@thorough
@given(value=st.one_of(st.none(), LATIN, NUMBERS, LATIN.map(lambda t: "v1," + t), LATIN.map(lambda t: "t=1,v1=" + t)))
def test_an_altered_header_is_refused(door: Door, value: str | None) -> None:
    sent = good(door)
    for name in sent.headers:
        assert send(sent.having(**{name: value})) in (400, 401)


def test_a_header_that_came_twice_is_refused(door: Door) -> None:
    """Servers join the two by a comma."""
    sent = good(door)
    for name, value in sent.headers.items():
        assert send(sent.having(**{name: f"{value},{value}"})) in (400, 401)


@thorough
@given(at=st.integers(0, 10_000), byte=st.integers(1, 255))
def test_a_body_altered_by_one_byte_is_refused(door: Door, at: int, byte: int) -> None:
    sent = good(door)
    altered = bytearray(sent.body)
    altered[at % len(altered)] ^= byte
    assert send(replace(sent, body=bytes(altered))) in (400, 401)


@thorough
@given(seconds=st.integers(301, 10**9), ahead=st.booleans())
def test_a_notice_of_another_time_is_refused(door: Door, seconds: int, ahead: bool) -> None:
    at = NOW + timedelta(seconds=seconds) * (1 if ahead else -1)
    assert send(door.signed(door.good(), "msg_1", at)) in (400, 401)


@pytest.mark.parametrize("seconds", [-299, 299])
def test_clocks_may_differ_by_five_minutes(door: Door, seconds: int) -> None:
    assert send(door.signed(door.good(), "msg_1", NOW + timedelta(seconds=seconds))) in (200, 202)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
HEAPS = st.sampled_from(
    [b"[" * 50_000, b'{"a":' * 10_000, b"1" * 5_000, b"\xff\xfe", b"\0", b"", b"null", b'"\\ud800"']
)


@thorough
@given(body=st.one_of(st.binary(max_size=200), JSON.map(lambda value: json.dumps(value).encode()), HEAPS))
def test_a_signed_body_of_any_bytes_is_refused(door: Door, body: bytes) -> None:
    assert send(door.signed(body, "msg_1", NOW)) in (400, 422)


@thorough
@given(data=st.data())
def test_a_signed_notice_with_any_value_in_it_is_answered(door: Door, data: st.DataObject) -> None:
    notice = json.loads(door.good())
    place = notice
    while isinstance(place.get(key := data.draw(st.sampled_from(sorted(place)))), dict) and data.draw(st.booleans()):
        place = place[key]
    place[key] = data.draw(st.one_of(JSON, st.sampled_from(["\0", "\ud800", "a" * 300, "é", 10**400, -1, [[]]])))
    send(door.signed(json.dumps(notice).encode(), f"msg_{new_id().hex}", NOW))


@thorough
@given(message_id=st.one_of(LATIN, st.just("m" * 201), st.just("a\0b"), st.just("")))
def test_a_signed_id_of_any_text_is_answered(door: Door, message_id: str) -> None:
    is_plain = 1 <= len(message_id) <= 200 and message_id.isascii() and message_id.isprintable()
    assert send(door.signed(door.good(), message_id, NOW)) in ((200, 202) if is_plain else (200, 400, 401))


@pytest.mark.parametrize("event_id", ["a\0b", "é", "e" * 201, "a\nb", ""])
def test_stripes_ids_are_plain_text(db: None, now: datetime, settings: Any, event_id: str) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    door = stripe_door()
    body = json.dumps(json.loads(door.good()) | {"id": event_id}).encode()
    assert send(door.signed(body, "", NOW)) == 400


@pytest.mark.parametrize("length", [None, "", "-1", "x", "²", "0x10", "1e3", "+5", " 5", "5,5"])
def test_a_length_that_is_none_is_refused(door: Door, length: str | None) -> None:
    assert send(replace(good(door), more={"CONTENT_LENGTH": length})) == 411


@pytest.mark.parametrize("length", [str(1024 * 1024 + 1), "9" * 18, "9" * 5_000])
def test_too_much_is_refused_unread(door: Door, length: str) -> None:
    sent = replace(good(door), more={"CONTENT_LENGTH": length, "wsgi.input": Broken()})
    assert send(sent) == 413


def test_chunks_are_refused(door: Door) -> None:
    more = {"CONTENT_LENGTH": None, "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    assert send(replace(good(door), more=more)) == 411


@pytest.mark.parametrize("missing", [1, 50])
def test_a_body_cut_by_its_length_is_refused(door: Door, missing: int) -> None:
    sent = good(door)
    more = {"CONTENT_LENGTH": str(len(sent.body) - missing)}
    assert send(replace(sent, more=more)) in (400, 401)


def test_a_connection_that_breaks_is_no_defect_of_ours(door: Door) -> None:
    assert send(replace(good(door), more={"wsgi.input": Broken()})) == 400


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json", "a/+json"],
)
def test_another_content_type_is_refused(door: Door, kind: str) -> None:
    assert send(replace(good(door), more={"CONTENT_TYPE": kind})) == 415


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "Application/JSON", "application/cloudevents+json"]
)
def test_json_has_more_names_than_one(door: Door, kind: str) -> None:
    assert send(replace(good(door), more={"CONTENT_TYPE": kind})) in (200, 202)


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip", "x"])
def test_an_encoded_body_is_refused(door: Door, encoding: str) -> None:
    assert send(good(door).having(HTTP_CONTENT_ENCODING=encoding)) == 415


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "NONSENSE"])
def test_only_posts_are_taken(door: Door, method: str) -> None:
    assert send(replace(good(door), method=method)) == 405


def test_the_same_id_with_another_body_is_a_conflict_and_an_alarm(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    body = door.good()
    other = body.replace(b"session.no_show", b"session.no_show ").replace(b"pi_1", b"pi_2")
    other = other if b"pi_2" in other else message("capacity.updated", {"open_slots": 1})
    assert send(door.signed(body, "msg_1", NOW)) in (200, 202)
    assert send(door.signed(other, "msg_1", NOW)) == 409
    [alarm] = [record for record in caplog.records if record.name == "workers.receipts.receiving"]
    assert alarm.levelname == "ERROR"
    assert "reused with another body" in alarm.getMessage()
