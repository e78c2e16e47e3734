"""Standard Webhooks 1.0 signatures, written apart from the project's own so that they share no mistake.

Specification: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TOLERANCE_SECONDS = 300
SECRET_PREFIX = "whsec_"
PUBLIC_PREFIX = "whpk_"
SECRET_BYTES = range(24, 65)
_TIMESTAMP = re.compile(r"[0-9]{1,11}", re.ASCII)


class BadSecret(ValueError):
    """The text is not `whsec_` followed by the base64 of 24 to 64 bytes."""


class NotVerified(Exception):
    """The message does not prove who sent it; the text says which proof failed."""


def decode_secret(text: str) -> bytes:
    """The key bytes of a `whsec_…` secret. Raises BadSecret."""
    encoded = text.removeprefix(SECRET_PREFIX)
    if encoded == text:
        raise BadSecret(f"a secret starts with {SECRET_PREFIX}")
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSecret("a secret is base64 after its prefix") from error
    if len(key) not in SECRET_BYTES:
        raise BadSecret(f"a secret has 24 to 64 bytes, this one {len(key)}")
    return key


def decode_verifier(text: str) -> bytes | Ed25519PublicKey:
    """What verifies under a `whsec_…` secret, or a `whpk_…` public key of 32 bytes. Raises BadSecret."""
    if not text.startswith(PUBLIC_PREFIX):
        return decode_secret(text)
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text.removeprefix(PUBLIC_PREFIX), validate=True))
    except (binascii.Error, ValueError) as error:
        raise BadSecret("a public key is the base64 of 32 bytes after its prefix") from error


def sign(key: bytes, *, message_id: str, timestamp: int, body: bytes) -> str:
    """One `v1,<base64>` signature over `{id}.{timestamp}.{body}`; the timestamp is in Unix seconds."""
    return "v1," + base64.b64encode(_digest(key, message_id, str(timestamp), body)).decode("ascii")


def verify(key: bytes | Ed25519PublicKey, *, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Check the three `webhook-…` headers (lower-case names) of a raw body. Raises NotVerified."""
    message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    signatures = headers.get("webhook-signature", "").split()
    if not (message_id and stamp and signatures):
        raise NotVerified("a webhook header is missing")
    if not _TIMESTAMP.fullmatch(stamp):
        raise NotVerified("the timestamp is not Unix seconds")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
        raise NotVerified("the timestamp is more than five minutes away")
    if isinstance(key, Ed25519PublicKey):
        return _verify_ed25519(key, f"{message_id}.{stamp}.".encode() + body, signatures)
    expected = _digest(key, message_id, stamp, body)
    # Every candidate is compared, matching or not, so that the time taken tells nothing.
    matches = [hmac.compare_digest(expected, _bytes_of("v1", signature)) for signature in signatures]
    if not any(matches):
        raise NotVerified("no signature matches")
    return None


def _verify_ed25519(key: Ed25519PublicKey, signed: bytes, signatures: list[str]) -> None:
    for signature in signatures:
        try:
            return key.verify(_bytes_of("v1a", signature), signed)
        except InvalidSignature:
            continue
    raise NotVerified("no signature matches")


def _digest(key: bytes, message_id: str, stamp: str, body: bytes) -> bytes:
    return hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256)


def _bytes_of(kind: str, signature: str) -> bytes:
    """The signature's bytes; empty, which matches nothing, for another version or for what is not base64."""
    version, _, encoded = signature.partition(",")
    try:
        return base64.b64decode(encoded, validate=True) if version == kind else b""
    except (binascii.Error, ValueError):
        return b""
