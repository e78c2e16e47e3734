"""Tokens for credentials: the client credentials grant (RFC 6749, 4.4). Runs as AUTH: who asks is not known yet."""

from dataclasses import dataclass
from datetime import datetime
from secrets import compare_digest
from uuid import UUID

from django.db import transaction

from referrals.clinic_access.models import AccessToken, ClientSecret
from referrals.clinic_access.queries import list_valid_secrets, note_use
from referrals.clinic_access.rules import (
    PREFIXES,
    TOKEN_LASTS,
    TOKEN_PREFIX,
    Kind,
    hash_of,
    new_secret,
    read_scope,
)
from workers.kernel.errors import DomainError

_NOBODY = UUID(int=0)  # whom a client_id that is no id is looked up as: the same question takes the same time
_NOBODYS = hash_of(new_secret(PREFIXES[Kind.CLIENT]))  # and what its secret is compared with


class InvalidClient(DomainError):
    """Unknown, expired, revoked, or another secret: all alike."""

    code = "invalid_client"
    status = 401


class UnauthorizedClient(DomainError):
    """The client's secret is a key, which is sent as it is and not exchanged."""

    code = "unauthorized_client"
    status = 400


class InvalidScope(DomainError):
    """A scope that the client has not."""

    code = "invalid_scope"
    status = 400


@dataclass(frozen=True, kw_only=True)
class Grant:
    """An access token, for how many seconds, and for what."""

    access_token: str
    expires_in: int
    scope: str


def issue(*, client_id: str, client_secret: str, scope: str, now: datetime) -> Grant:
    """Exchange a client's secret for a token of `scope`, which may be a part of the client's, or empty for all of it.

    Raises InvalidClient, UnauthorizedClient, InvalidScope.
    """
    secret = _authenticate(client_id, client_secret, now)
    if secret.client.kind != Kind.CLIENT:
        raise UnauthorizedClient("This is a key: send it as a bearer token, without exchanging it.")
    scopes = _narrowed(secret.client.scopes, scope)
    token = new_secret(TOKEN_PREFIX)
    ends = [now + TOKEN_LASTS, secret.valid_until, secret.client.expires_at]
    expires_at = min(end for end in ends if end is not None)
    with transaction.atomic():
        AccessToken.objects.create(
            client=secret.client,
            secret=secret,
            hash=hash_of(token),
            scopes=scopes,
            issued_at=now,
            expires_at=expires_at,
        )
        note_use(secret.client, secret.pk, now=now)
    seconds = int((expires_at - now).total_seconds())
    return Grant(access_token=token, expires_in=seconds, scope=" ".join(scopes))


def _authenticate(client_id: str, client_secret: str, now: datetime) -> ClientSecret:
    """One question and a comparison in constant time, whether or not there is such a client. Raises InvalidClient."""
    given = hash_of(client_secret)
    found = list(list_valid_secrets(now=now).filter(client_id=_as_id(client_id)).order_by("-id"))
    matching = [secret for secret in found if compare_digest(secret.hash, given)]
    if not found:
        compare_digest(_NOBODYS, given)
    if not matching:
        raise InvalidClient("The client is unknown, or its secret is wrong or counts no more.")
    return matching[0]


def _as_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return _NOBODY


def _narrowed(granted: list[str], asked: str) -> list[str]:
    wanted = read_scope(asked) or frozenset(granted)
    if beyond := sorted(wanted - set(granted)):
        raise InvalidScope(f"The client has no scope {' '.join(beyond)}.")
    return sorted(wanted)
