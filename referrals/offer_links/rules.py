"""Tokens of links."""

import hashlib
import secrets

OFFERED = "referral.offered"  # the message that a clinic with software is asked by (referrals/messages.py)


def new_token() -> str:
    """Return a fresh token of 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """Return what is kept of a token: its SHA-256."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
