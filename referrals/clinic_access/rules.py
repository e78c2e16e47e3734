"""Scopes, and what secrets look like."""

import hashlib
import secrets
from datetime import timedelta
from enum import StrEnum

from workers.kernel.words import gettext_noop as _

TOKEN_LASTS = timedelta(hours=1)  # of an access token: a stolen one is soon worth nothing
MOST_OVERLAP = timedelta(days=7)
OVERLAP = timedelta(hours=24)  # both secrets work so long after a rotation, as with webhook secrets
REQUESTS_PER_MINUTE = 600  # of one client: ten a second, as much as a clinic's system can need
TOKENS_PER_MINUTE = 30  # of one client: a token lasts an hour
HINT = 4  # characters of a secret that lists show, so that people can tell two apart


class Scope(StrEnum):
    """What a client may do; nothing else."""

    OFFERS_READ = "offers:read"
    OFFERS_ANSWER = "offers:answer"
    REFERRALS_READ = "referrals:read"
    SESSIONS_READ = "sessions:read"
    SESSIONS_WRITE = "sessions:write"
    CAPACITY_WRITE = "capacity:write"
    PRICES_WRITE = "prices:write"
    ENDPOINTS_MANAGE = "endpoints:manage"
    DELIVERIES_READ = "deliveries:read"
    DELIVERIES_REPLAY = "deliveries:replay"
    SANDBOX_USE = "sandbox:use"


MEANINGS = {
    Scope.OFFERS_READ: _("See the offers to the clinic."),
    Scope.OFFERS_ANSWER: _("Accept or decline an offer."),
    Scope.REFERRALS_READ: _("Read in full the referrals that the clinic accepted, also as FHIR."),
    Scope.SESSIONS_READ: _("See courses and their sessions."),
    Scope.SESSIONS_WRITE: _("Schedule, move, complete or call off sessions."),
    Scope.CAPACITY_WRITE: _("Set how many more people the clinic can take."),
    Scope.PRICES_WRITE: _("Set the clinic's prices."),
    Scope.ENDPOINTS_MANAGE: _("Manage the clinic's webhook addresses and their secrets."),
    Scope.DELIVERIES_READ: _("See what was sent to the clinic's addresses, and what became of what the clinic sent."),
    Scope.DELIVERIES_REPLAY: _("Have messages sent again."),
    Scope.SANDBOX_USE: _("Make test offers, and answer those."),
}


class Kind(StrEnum):
    """How a secret is used: a client exchanges it for tokens, a key is sent with each request."""

    CLIENT = "client"
    KEY = "key"


class Change(StrEnum):
    """What people do about a client; each is recorded."""

    CREATED = "created"
    ROTATED = "rotated"
    REVOKED = "revoked"


# What a secret is for is its beginning, so that a scanner which finds one somewhere knows what it found.
PREFIXES = {Kind.CLIENT: "clinic_secret_", Kind.KEY: "clinic_key_"}
TOKEN_PREFIX = "clinic_token_"  # noqa: S105 - what every token begins with


def new_secret(prefix: str) -> str:
    """Return a fresh secret of 256 random bits."""
    return prefix + secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """Return what is kept of a secret: its SHA-256. It is random, so nothing slower would protect it better."""
    return hashlib.sha256(secret.encode()).hexdigest()


def read_scope(text: str) -> frozenset[str]:
    """Return the scopes of a `scope` parameter, a list with spaces (RFC 6749, 3.3)."""
    return frozenset(text.split())
