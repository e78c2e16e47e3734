"""Making, rotating and revoking clients. The database shows a clinic its own, and others nothing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from benefits import facade as benefits
from referrals.clinic_access.models import ApiClient, ClientChange, ClientSecret
from referrals.clinic_access.queries import get_client
from referrals.clinic_access.rules import (
    HINT,
    MOST_OVERLAP,
    OVERLAP,
    PREFIXES,
    REQUESTS_PER_MINUTE,
    Change,
    Kind,
    Scope,
    hash_of,
    new_secret,
)
from referrals.clinics.queries import get_clinic
from referrals.events import ApiClientChanged
from workers.emails.queueing import queue_email
from workers.kernel.errors import DomainError, Invalid
from workers.kernel.words import gettext_noop as _
from workers.outbox.publishing import publish


class ClientRevoked(DomainError):
    """The client was revoked, and stays so."""

    code = "client_revoked"


class BadClient(Invalid):
    """A scope that there is not, none at all, or an end that lies behind."""

    code = "bad_client"


@dataclass(frozen=True, kw_only=True)
class NewSecret:
    """A client and its fresh secret, which is nowhere else."""

    client: ApiClient
    secret: str


def create(
    *,
    clinic_id: UUID,
    name: str,
    scopes: Collection[str],
    kind: Kind = Kind.CLIENT,
    expires_at: datetime | None = None,
    requests_per_minute: int = REQUESTS_PER_MINUTE,
    by: UUID,
    now: datetime,
) -> NewSecret:
    """Make a client of a clinic, as the user `by`; without `expires_at` it lasts until it is revoked.

    Raises NotFound for a clinic that the actor may not see, BadClient.
    """
    if not scopes or set(scopes) - set(Scope):
        raise BadClient("scopes are one or more of `known`.", known=list(Scope))
    if expires_at is not None and expires_at <= now:
        raise BadClient("expires_at lies behind.")
    client = ApiClient(
        clinic=get_clinic(clinic_id),
        kind=kind,
        name=name,
        scopes=sorted(set(scopes)),
        requests_per_minute=requests_per_minute,
        created_at=now,
        expires_at=expires_at,
    )
    with transaction.atomic():
        client.save(force_insert=True)
        secret = _add_secret(client, now)
        _record(client, Change.CREATED, by=by, now=now)
    return NewSecret(client=get_client(client.pk), secret=secret)


def rotate(*, client_id: UUID, overlap: timedelta = OVERLAP, by: UUID, now: datetime) -> NewSecret:
    """Give a client another secret; the former works beside it for `overlap`, and ends at once where that is zero.

    With it end the tokens that it was exchanged for. One that was rotated out before ends now.
    Raises NotFound, ClientRevoked, Invalid for an overlap that is negative or over a week.
    """
    if not timedelta() <= overlap <= MOST_OVERLAP:
        raise Invalid(f"Two secrets work beside each other for at most {MOST_OVERLAP.days} days.")
    with transaction.atomic():
        client = _lock(client_id)
        secrets = ClientSecret.objects.filter(client=client)
        secrets.filter(valid_until__gt=now).update(valid_until=now)
        secrets.filter(valid_until=None).update(valid_until=now + overlap)
        secret = _add_secret(client, now)
        _record(client, Change.ROTATED, by=by, now=now)
    return NewSecret(client=get_client(client.pk), secret=secret)


def revoke(*, client_id: UUID, by: UUID, now: datetime) -> ApiClient:
    """End a client with its secrets and tokens, at once and for good; again changes nothing. Raises NotFound."""
    with transaction.atomic():
        client = ApiClient.locked(pk=client_id)
        if client.revoked_at is None:
            client.revoked_at = now
            client.save(update_fields=["revoked_at"])
            _record(client, Change.REVOKED, by=by, now=now)
    return get_client(client_id)


def tell_staff(*, client_id: UUID, change: str, event_id: UUID, now: datetime) -> None:
    """Mail a clinic's staff that access for software changed: whoever did not do it learns of it. Once per event."""
    client = ApiClient.objects.get(pk=client_id)
    for email in benefits.list_clinic_emails(client.clinic_id):
        queue_email(
            key=f"api-client/{event_id}/{email}",
            to=email,
            template="referrals/api_client_changed",
            context={"name": client.name, "change": change},
            now=now,
        )


def _lock(client_id: UUID) -> ApiClient:
    client = ApiClient.locked(pk=client_id)
    if client.revoked_at is not None:
        raise ClientRevoked(_("This client was revoked: make a new one."), revoked_at=client.revoked_at.isoformat())
    return client


def _add_secret(client: ApiClient, now: datetime) -> str:
    secret = new_secret(PREFIXES[Kind(client.kind)])
    row = ClientSecret(
        client=client, clinic_id=client.clinic_id, hash=hash_of(secret), hint=secret[-HINT:], created_at=now
    )
    ClientSecret.objects.bulk_create([row])  # which reads nothing back: it may not
    return secret


def _record(client: ApiClient, change: Change, *, by: UUID, now: datetime) -> None:
    """Keep who did it, and announce that it was done."""
    ClientChange.objects.create(client=client, clinic_id=client.clinic_id, change=change, by_id=by, at=now)
    event = ApiClientChanged(client_id=client.pk, clinic_id=client.clinic_id, change=str(change))
    publish(event, about=client, now=now)
