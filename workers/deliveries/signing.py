"""Standard Webhooks signatures over `{id}.{timestamp}.{raw body}`.

`v1,` and base64: HMAC-SHA256 under a secret that both sides have (`whsec_` and base64 of 24 to 64 random bytes).
`v1a,` and base64: ed25519 under our key (`whsk_` and base64 of seed and public key, 64 bytes, as libsodium writes it);
the receiver verifies with `whpk_` and base64 of the public 32. https://www.standardwebhooks.com, specification 1.0.
"""

import base64
import binascii
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

TOLERANCE = timedelta(minutes=5)
OVERLAP = timedelta(hours=24)  # how long a rotated secret goes on working beside its successor
_SECRET, _PRIVATE, _PUBLIC = "whsec_", "whsk_", "whpk_"

Signer = Callable[[bytes], str]


class BadSignature(Exception):
    """The headers are missing or malformed, the moment is not within five minutes, or no signature matches."""


def new_secret() -> str:
    """Return a fresh secret of 32 random bytes."""
    return _SECRET + base64.b64encode(secrets.token_bytes(32)).decode()


def new_key() -> str:
    """Return a fresh ed25519 key, `whsk_…`."""
    key = Ed25519PrivateKey.generate()
    return _PRIVATE + base64.b64encode(key.private_bytes_raw() + key.public_key().public_bytes_raw()).decode()


def for_receiver(key: str) -> str:
    """Return what the receiver needs to verify: the secret itself, or a key's public half as `whpk_…`."""
    if not key.startswith(_PRIVATE):
        return key
    return _PUBLIC + base64.b64encode(_private_key(key).public_key().public_bytes_raw()).decode()


def signer(key: str) -> Signer:
    """Return what signs a message under `key`, decoded once for many. Raises ValueError for what is no key."""
    if key.startswith(_PRIVATE):
        return partial(_sign_ed25519, _private_key(key))
    return partial(_sign_hmac, HMAC(_secret(key), SHA256()))


def headers(message_id: str, *, at: datetime, body: bytes, signers: Sequence[Signer]) -> dict[str, str]:
    """Return the three headers, signed by each of `signers` in turn."""
    timestamp = str(int(at.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join([sign(signed) for sign in signers]),
    }


def verify(headers: Mapping[str, str], *, body: bytes, keys: Sequence[str], now: datetime) -> str:
    """Return the message id when any of the secrets `keys` signed the raw `body` within five minutes of `now`.

    Every comparison takes constant time. Raises BadSignature.
    """
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        raise BadSignature("webhook-id and webhook-timestamp (seconds since 1970) are required.")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise BadSignature("webhook-timestamp is more than five minutes away from now.")
    signed = f"{message_id}.{timestamp}.".encode() + body
    given = [part for part in headers.get("webhook-signature", "").split(" ") if part.startswith("v1,")]
    expected = [_sign_hmac(HMAC(_secret(key), SHA256()), signed) for key in keys]
    matches = [_same(one, other) for one in given for other in expected]  # all of them: no early end
    if not any(matches):
        raise BadSignature("webhook-signature does not match the body under the endpoint's secret.")
    return message_id


def _sign_hmac(keyed: HMAC, signed: bytes) -> str:
    """`keyed` has taken the secret in, which is half of the work."""
    signature = keyed.copy()
    signature.update(signed)
    return "v1," + base64.b64encode(signature.finalize()).decode()


def _sign_ed25519(key: Ed25519PrivateKey, signed: bytes) -> str:
    return "v1a," + base64.b64encode(key.sign(signed)).decode()


def _secret(key: str) -> bytes:
    return _decoded(key.removeprefix(_SECRET))


def _private_key(key: str) -> Ed25519PrivateKey:
    """The seed alone is a key, too."""
    return Ed25519PrivateKey.from_private_bytes(_decoded(key.removeprefix(_PRIVATE))[:32])


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("A webhook secret is whsec_ or whsk_ and base64.") from None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
