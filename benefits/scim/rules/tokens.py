"""What a token looks like, and how long two work beside each other."""

import hashlib
import secrets
from datetime import timedelta
from enum import StrEnum

PREFIX = "scim_"  # so that a scanner which finds one somewhere knows what it found
MOST_OVERLAP = timedelta(days=7)
OVERLAP = timedelta(hours=24)  # an admin copies the new one into the identity provider by hand
HINT = 4  # characters that lists show, so that people can tell two apart
REQUESTS_PER_MINUTE = 1_500  # of one token: Entra's provisioning service sends up to 25 a second
BULK_REQUESTS_PER_MINUTE = 60  # of one token, with up to 1,000 members each


class Change(StrEnum):
    """What people do about a token; each is recorded."""

    CREATED = "created"
    ROTATED = "rotated"
    REVOKED = "revoked"


def new_token() -> str:
    """Return a fresh token of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """Return what is kept of a token: its SHA-256. It is random, so nothing slower would protect it better."""
    return hashlib.sha256(token.encode()).hexdigest()
