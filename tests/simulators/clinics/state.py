"""One clinic's own records: how it is reached, what it has taken in, its offers and its sessions."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.simulators.clinics import signing
from tests.simulators.clinics.behaviours import BEHAVIOURS, DECLINE_REASONS, OPTIONS, Behaviour, Option

T = TypeVar("T")
# proposed -> scheduling -> scheduled -> finished; a refused scheduling falls back to proposed.
Phase = Literal["proposed", "scheduling", "scheduled", "finished"]


class BadRegistration(ValueError):
    """The control request names something a clinic cannot have; the text says what."""


@dataclass
class Session:
    """One session of a course as the clinic keeps it; instants in UTC or with their offset."""

    course_id: str
    session_id: str
    starts_at: datetime
    ends_at: datetime
    phase: Phase


@dataclass
class Clinic:
    """A clinic's settings and everything it knows."""

    key: str
    behaviour_name: str
    options: Mapping[str, Option]
    signing_key: bytes | Ed25519PublicKey
    inbound_key: bytes
    answer_url: str
    failures_given: int = 0
    messages_heard: int = 0
    digests: dict[str, bytes] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    offers: dict[str, str] = field(default_factory=dict)
    course_versions: dict[str, datetime] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)

    @property
    def behaviour(self) -> Behaviour:
        """The row of `BEHAVIOURS` it follows."""
        return BEHAVIOURS[self.behaviour_name]

    def option(self, name: str) -> Option:
        """An option as registered, else the behaviour's default, else everyone's."""
        return {**OPTIONS, **self.behaviour.options, **self.options}[name]

    def is_same_body(self, message_id: str, body: bytes) -> bool:
        """Whether this id has only ever come with this body; remembers the first."""
        digest = hashlib.sha256(body).digest()
        return self.digests.setdefault(message_id, digest) == digest

    def describe(self) -> dict[str, Any]:
        """The public view: settings without keys, and what is known of offers and sessions."""
        return {
            "key": self.key,
            "behaviour": self.behaviour_name,
            "options": dict(self.options),
            "answer_url": self.answer_url,
            "webhook_path": f"/clinics/{self.key}/webhooks",
            "offers": dict(self.offers),
            "sessions": {key: _describe_session(session) for key, session in self.sessions.items()},
        }


def register(document: Mapping[str, Any]) -> Clinic:
    """A new clinic from a control document. Raises BadRegistration."""
    known = {"key", "behaviour", "signing_secret", "inbound_secret", "answer_url", "options"}
    _refuse_unknown(document, known)
    key = _text(document, "key")
    if not key.isascii() or not key.replace("-", "").replace("_", "").isalnum():
        raise BadRegistration("key: letters, digits, - and _ only")
    return Clinic(
        key=key,
        behaviour_name=_behaviour(document.get("behaviour", "accepts")),
        options=_options(document.get("options", {})),
        signing_key=_secret(document, "signing_secret", signing.decode_verifier),
        inbound_key=_secret(document, "inbound_secret", signing.decode_secret),
        answer_url=_url(document),
    )


def amend(clinic: Clinic, document: Mapping[str, Any]) -> None:
    """Change settings in place, records kept; a new behaviour starts with the options given.

    Raises BadRegistration, and then nothing has changed.
    """
    current = {"key": clinic.key, "behaviour": clinic.behaviour_name, "answer_url": clinic.answer_url}
    _refuse_unknown(document, {"behaviour", "answer_url", "options", "signing_secret", "inbound_secret"})
    amended = {**current, **document}
    behaviour, url = _behaviour(amended["behaviour"]), _url(amended)
    options = _options(document.get("options", {} if "behaviour" in document else clinic.options))
    signing_key, inbound_key = clinic.signing_key, clinic.inbound_key
    if "signing_secret" in document:
        signing_key = _secret(document, "signing_secret", signing.decode_verifier)
    if "inbound_secret" in document:
        inbound_key = _secret(document, "inbound_secret", signing.decode_secret)
    if "behaviour" in document or "options" in document:
        clinic.failures_given = 0
    clinic.behaviour_name, clinic.answer_url, clinic.options = behaviour, url, options
    clinic.signing_key, clinic.inbound_key = signing_key, inbound_key


def _describe_session(session: Session) -> dict[str, str]:
    return {
        "course_id": session.course_id,
        "phase": session.phase,
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
    }


def _refuse_unknown(document: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(document) - known):
        raise BadRegistration(f"unknown: {', '.join(unknown)}")


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise BadRegistration(f"{name}: a non-empty string is needed")
    return value


def _url(document: Mapping[str, Any]) -> str:
    url = _text(document, "answer_url")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadRegistration("answer_url: an http(s) address is needed")
    return url


def _secret(document: Mapping[str, Any], name: str, decode: Callable[[str], T]) -> T:
    try:
        return decode(_text(document, name))
    except signing.BadSecret as error:
        raise BadRegistration(f"{name}: {error}") from error


def _behaviour(name: Any) -> str:
    if not isinstance(name, str) or name not in BEHAVIOURS:
        raise BadRegistration(f"behaviour: one of {', '.join(BEHAVIOURS)}")
    return name


def _options(options: Any) -> Mapping[str, Option]:
    if not isinstance(options, Mapping):
        raise BadRegistration("options: an object is needed")
    _refuse_unknown(options, set(OPTIONS))
    if options.get("reason", DECLINE_REASONS[0]) not in DECLINE_REASONS:
        raise BadRegistration(f"options.reason: one of {', '.join(DECLINE_REASONS)}")
    for name in ("delay", "times"):
        value = options.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise BadRegistration(f"options.{name}: a number from 0 is needed")
    return dict(options)
