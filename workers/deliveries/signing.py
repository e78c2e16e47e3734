"""Standard Webhooks signatures: `v1,` and the base64 HMAC-SHA256 of `{id}.{timestamp}.{raw body}`.

https://www.standardwebhooks.com, specification 1.0. Secrets are `whsec_` and the base64 of 24 to 64 random bytes.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)
_PREFIX = "whsec_"


class BadSignature(Exception):
    """The headers are missing or malformed, the moment is not within five minutes, or no signature matches."""


def new_secret() -> str:
    """Return a fresh secret of 32 random bytes."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(message_id: str, *, at: datetime, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """Return the three headers; while a secret is rotated every one of `keys` signs."""
    timestamp = str(int(at.timestamp()))
    signatures = [f"v1,{_digest(key, message_id, timestamp, body)}" for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def verify(headers: Mapping[str, str], *, body: bytes, keys: Sequence[str], now: datetime) -> str:
    """Return the message id when any of `keys` signed the raw `body` within five minutes of `now`.

    Every comparison takes constant time. Raises BadSignature.
    """
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        raise BadSignature("webhook-id and webhook-timestamp (seconds since 1970) are required.")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise BadSignature("webhook-timestamp is more than five minutes away from now.")
    given = [part[3:] for part in headers.get("webhook-signature", "").split(" ") if part.startswith("v1,")]
    expected = [_digest(key, message_id, timestamp, body) for key in keys]
    matches = [_same(one, other) for one in given for other in expected]  # all of them: no early end
    if not any(matches):
        raise BadSignature("webhook-signature does not match the body under the endpoint's secret.")
    return message_id


def _digest(key: str, message_id: str, timestamp: str, body: bytes) -> str:
    try:
        secret = base64.b64decode(key.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("A webhook secret is whsec_ and base64.") from None
    signed = f"{message_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
