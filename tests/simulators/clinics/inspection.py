"""What a clinic insists on before it believes a webhook; stricter than a real one, to show our mistakes."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.simulators.clinics import signing

MAX_BYTES = 64 * 1024
REQUIRED: Mapping[str, Mapping[str, type]] = {
    "referral.offered": {"offer_id": str, "respond_by": str, "request": dict},
    "referral.withdrawn": {"offer_id": str},
    "referral.confirmed": {"offer_id": str, "referral_id": str, "course_id": str},
    "course.updated": {"course_id": str, "sessions": list},
    "endpoint.test": {},
}
SESSION_FIELDS = ("session_id", "kind", "starts_at", "ends_at", "status")
# Before it accepts, a clinic gets the least that lets it decide: nothing on who a person is or earns.
FORBIDDEN_WORDS = frozenset(
    {
        *("name", "names", "firstname", "lastname", "fullname", "forename", "surname", "nickname"),
        *("email", "mail", "dob", "birth", "birthday", "birthdate", "birthyear"),
        *("income", "incomes", "salary", "wage", "wages", "earnings", "ssn"),
    }
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


class Refused(Exception):
    """The clinic does not take this message; carries the HTTP status it answers."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Message:
    """A verified envelope `{"type", "timestamp", "data"}` with the id it came under."""

    id: str
    type: str
    timestamp: datetime
    data: dict[str, Any]


def authenticate(key: bytes | Ed25519PublicKey, *, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Refuse 413 over 64 kB and 401 what is not signed with the key within five minutes of `now`."""
    if len(body) > MAX_BYTES:
        raise Refused(413, f"the body is over {MAX_BYTES} bytes")
    try:
        signing.verify(key, headers=headers, body=body, now=now)
    except signing.NotVerified as error:
        raise Refused(401, str(error)) from error


def read_message(message_id: str, body: bytes) -> Message:
    """The envelope in a raw body. Refuses 400 a broken envelope and 422 contents its type does not allow."""
    envelope = peek(body)
    if envelope is None:
        raise Refused(400, "the body is not a JSON object")
    missing = [name for name in ("type", "timestamp", "data") if name not in envelope]
    if missing:
        raise Refused(400, f"the envelope lacks {', '.join(missing)}")
    message_type, data = envelope["type"], envelope["data"]
    if not isinstance(message_type, str) or not isinstance(data, dict):
        raise Refused(400, "type must be a string and data an object")
    timestamp = read_instant(envelope["timestamp"], "timestamp", status=400)
    _check_data(message_type, data)
    return Message(id=message_id, type=message_type, timestamp=timestamp, data=data)


def peek(body: bytes) -> dict[str, Any] | None:
    """The body's JSON object, believed or not, for the journal; None if it is none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def read_instant(text: Any, field: str, *, status: int = 422) -> datetime:
    """An RFC 3339 instant with its offset; refuses anything else with the given status."""
    try:
        instant = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise Refused(status, f"{field} is not an RFC 3339 instant") from error
    if instant.tzinfo is None:
        raise Refused(status, f"{field} has no offset from UTC")
    return instant


def forbidden_keys(value: Any) -> Iterator[str]:
    """Every key, at any depth, whose words name the person, an e-mail address, a birth date or an income."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if FORBIDDEN_WORDS & {word.lower() for word in _WORD.findall(key)}:
                yield key
            yield from forbidden_keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from forbidden_keys(inner)


def _check_data(message_type: str, data: dict[str, Any]) -> None:
    if message_type not in REQUIRED:
        raise Refused(422, f"unknown type {message_type}")
    for name, kind in REQUIRED[message_type].items():
        if not isinstance(data.get(name), kind):
            raise Refused(422, f"{message_type} needs {name} ({kind.__name__})")
    if message_type == "referral.offered":
        _check_offer(data)
    if message_type == "course.updated":
        for session in data["sessions"]:
            _check_session(session)


def _check_offer(data: dict[str, Any]) -> None:
    read_instant(data["respond_by"], "respond_by")
    if found := sorted(set(forbidden_keys(data))):
        raise Refused(422, f"an offer must not carry {', '.join(found)}")


def _check_session(session: Any) -> None:
    if not isinstance(session, dict):
        raise Refused(422, "a session is an object")
    for name in SESSION_FIELDS:
        if not isinstance(session.get(name), str):
            raise Refused(422, f"a session needs {name} (str)")
    starts_at, ends_at = (read_instant(session[name], name) for name in ("starts_at", "ends_at"))
    if ends_at <= starts_at:
        raise Refused(422, "a session ends after it starts")
