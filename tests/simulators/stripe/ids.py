"""Identifiers that look like Stripe's: a prefix for the noun, then letters and digits."""

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits


def random_text(length: int = 24) -> str:
    """Return unguessable letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def new_id(prefix: str) -> str:
    """Return a fresh identifier such as `pi_3Nf…`."""
    return f"{prefix}_{random_text()}"


def new_client_secret(object_id: str) -> str:
    """Return the secret with which a browser may act on one intent."""
    return f"{object_id}_secret_{random_text(25)}"
