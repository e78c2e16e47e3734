"""Reading clients, and finding whose a secret or a token is."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from referrals.clinic_access.models import AccessToken, ApiClient, ClientChange, ClientSecret
from referrals.clinic_access.rules import PREFIXES, TOKEN_PREFIX, Kind, hash_of
from workers.kernel.actor import AUTH, Actor, Role, acting_as
from workers.kernel.errors import NotFound
from workers.kernel.machines import Machine

_NOTED = timedelta(minutes=1)  # a use is noted at most so often: not one write per request


def find_machine(token: str, *, now: datetime) -> Machine | None:
    """Return the software that a bearer token is of, a key or an access token; None when it counts no more.

    Its use is noted, to the minute.
    """
    with acting_as(AUTH):
        if token.startswith(TOKEN_PREFIX):
            return _by_access_token(token, now)
        return _by_key(token, now) if token.startswith(PREFIXES[Kind.KEY]) else None


def _by_access_token(token: str, now: datetime) -> Machine | None:
    valid = AccessToken.objects.filter(_still("secret__valid_until", now), _live("client__", now), expires_at__gt=now)
    found = valid.filter(hash=hash_of(token)).select_related("client").first()
    return _machine(found.client, found.secret_id, found.scopes, now) if found else None


def _by_key(token: str, now: datetime) -> Machine | None:
    valid = list_valid_secrets(now=now).filter(client__kind=Kind.KEY)
    found = valid.filter(hash=hash_of(token)).first()
    return _machine(found.client, found.pk, found.client.scopes, now) if found else None


def list_valid_secrets(*, now: datetime) -> QuerySet[ClientSecret]:
    """Return the secrets that count now, each with its client; as AUTH."""
    valid = ClientSecret.objects.filter(_still("valid_until", now), _live("client__", now))
    return valid.select_related("client")


def note_use(client: ApiClient, secret_id: UUID, *, now: datetime) -> None:
    """Note that a client and its secret were used; as AUTH."""
    old = Q(last_used_at=None) | Q(last_used_at__lte=now - _NOTED)
    if client.last_used_at is None or client.last_used_at <= now - _NOTED:
        ApiClient.objects.filter(old, pk=client.pk).update(last_used_at=now)
        ClientSecret.objects.filter(old, pk=secret_id).update(last_used_at=now)


def list_clients(clinic_id: UUID | None = None) -> QuerySet[ApiClient]:
    """Return the clients that the actor may see, of one clinic or of all, each with its `secrets`, newest first."""
    readable = ClientSecret.objects.defer("hash").order_by("-id")
    clients = ApiClient.objects.prefetch_related(Prefetch("secrets", queryset=readable)).order_by("-id")
    return clients if clinic_id is None else clients.filter(clinic_id=clinic_id)


def get_client(client_id: UUID) -> ApiClient:
    """Return a client with its `secrets`. Raises NotFound."""
    client = list_clients().filter(pk=client_id).first()
    if client is None:
        raise NotFound("There is no such client.")
    return client


def list_changes(client_id: UUID) -> QuerySet[ClientChange]:
    """Return who did what about a client. Raises NotFound."""
    return ClientChange.objects.filter(client=get_client(client_id))


def _machine(client: ApiClient, secret_id: UUID, scopes: list[str], now: datetime) -> Machine:
    note_use(client, secret_id, now=now)
    return Machine(
        pk=client.pk,
        actor=Actor(role=Role.CLINIC, user=client.pk, clinic=client.clinic_id),
        scopes=frozenset(scopes) & frozenset(client.scopes),
        requests_per_minute=client.requests_per_minute,
    )


def _live(prefix: str, now: datetime) -> Q:
    """The client was neither revoked nor has it expired."""
    return Q(**{f"{prefix}revoked_at": None}) & _still(f"{prefix}expires_at", now)


def _still(column: str, now: datetime) -> Q:
    return Q(**{column: None}) | Q(**{f"{column}__gt": now})
