"""Our verifier and the `standardwebhooks` package agree, in both directions."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from tests.simulators.clinics import signing

keys = st.binary(min_size=24, max_size=64)
message_ids = st.text(st.characters(codec="ascii", exclude_categories=["C", "Z"]), min_size=1, max_size=40)
bodies = st.text(st.characters(codec="utf-8"), max_size=200)


@given(key=keys, message_id=message_ids, body=bodies)
def test_the_oracle_takes_what_we_sign(key: bytes, message_id: str, body: str) -> None:
    timestamp = int(datetime.now(UTC).timestamp())
    signature = signing.sign(key, message_id=message_id, timestamp=timestamp, body=body.encode())
    headers = headers_of(message_id, timestamp, signature)

    Webhook(key).verify(body, headers, json_parse=False)


@given(key=keys, message_id=message_ids, body=bodies)
def test_we_take_what_the_oracle_signs(key: bytes, message_id: str, body: str) -> None:
    now = datetime.now(UTC)
    signature = Webhook(key).sign(message_id, now, body)

    headers = headers_of(message_id, int(now.timestamp()), signature)
    signing.verify(key, headers=headers, body=body.encode(), now=now)


@given(key=keys, other=keys, body=bodies)
def test_another_key_or_body_never_verifies(key: bytes, other: bytes, body: str) -> None:
    now = datetime.now(UTC)
    signature = Webhook(key).sign("msg", now, body)
    headers = headers_of("msg", int(now.timestamp()), signature)

    with pytest.raises(signing.NotVerified, match="no signature matches"):
        signing.verify(key, headers=headers, body=body.encode() + b"x", now=now)
    # Not `other != key`: HMAC pads a short key with zeros, so keys that differ in those alone are one key.
    if other.ljust(64, b"\0") != key.ljust(64, b"\0"):
        with pytest.raises(signing.NotVerified, match="no signature matches"):
            signing.verify(other, headers=headers, body=body.encode(), now=now)


@given(key=keys, signature=st.text(max_size=60), timestamp=st.text(max_size=20))
def test_no_header_breaks_the_verifier(key: bytes, signature: str, timestamp: str) -> None:
    headers = {"webhook-id": "msg", "webhook-timestamp": timestamp, "webhook-signature": signature}

    with pytest.raises(signing.NotVerified):
        signing.verify(key, headers=headers, body=b"{}", now=datetime.now(UTC))


@given(key=keys)
def test_a_secret_is_the_base64_of_its_key(key: bytes) -> None:
    assert signing.decode_secret("whsec_" + base64.b64encode(key).decode()) == key


def headers_of(message_id: str, timestamp: int, signature: str) -> dict[str, str]:
    """The three headers of a message."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature,
    }
