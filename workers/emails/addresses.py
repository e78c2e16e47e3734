"""Addresses without naming them: the hash they are compared by, and the tokens of links about one kind of e-mail."""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac

_SALT = "workers.emails"


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Whom a token stands for: an address, by its hash, and the kind of e-mail that it came with."""

    address_hash: str
    kind: str


def hash_of(address: str) -> str:
    """Return what an address is compared by: keyed (SECRET_KEY), so that nobody finds out by trying."""
    return salted_hmac(_SALT, address.strip().casefold(), algorithm="sha256").hexdigest()


def token_for(reader: Reader) -> str:
    """Return a token that says whose wishes about a kind are meant. It never expires: RFC 8058 wants it so."""
    return signing.Signer(salt=_SALT).sign_object([reader.address_hash, reader.kind], compress=True)


def read_token(token: str) -> Reader | None:
    """Return whom a token stands for, or None when we did not make it."""
    try:
        address_hash, kind = signing.Signer(salt=_SALT).unsign_object(token)
    except (signing.BadSignature, ValueError):
        return None
    return Reader(address_hash=address_hash, kind=kind)


def preferences_url(reader: Reader) -> str:
    """Return the page on which a reader says what they want; a POST to it by a mail program ends the kind."""
    return f"{settings.BASE_URL}/mail/?token={token_for(reader)}"
