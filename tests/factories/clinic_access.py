"""Clinics' software, for tests."""

import base64
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID

from django.test import Client

from referrals.clinic_access.rules import Kind, Scope
from referrals.clinic_access.services import clients
from referrals.clinic_access.services.clients import NewSecret
from tests.conftest import NOW
from workers.kernel.actor import Actor, Role, acting_as
from workers.kernel.ids import new_id

OPERATOR = Actor(role=Role.OPERATOR)
TOKEN_URL = "/api/v1/oauth/token"
EVERY_SCOPE = tuple(Scope)


def make_client(clinic_id: UUID, *scopes: str, kind: Kind = Kind.CLIENT, now: datetime = NOW, **more: Any) -> NewSecret:
    """A client of a clinic with some scopes, or all."""
    with acting_as(OPERATOR):
        return clients.create(
            clinic_id=clinic_id,
            name="Front desk",
            scopes=scopes or EVERY_SCOPE,
            kind=kind,
            by=new_id(),
            now=now,
            **more,
        )


def make_key(clinic_id: UUID, *scopes: str, **more: Any) -> str:
    """A key of a clinic with some scopes, or all."""
    return make_client(clinic_id, *scopes, kind=Kind.KEY, **more).secret


def bearer(token: str) -> Client:
    """A program that sends a token with each request."""
    return Client(headers={"Authorization": f"Bearer {token}"})


def basic(client_id: object, secret: str) -> dict[str, str]:
    """The Authorization header of a client: both halves form-encoded (RFC 6749, 2.3.1)."""
    pair = f"{quote_plus(str(client_id))}:{quote_plus(secret)}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def ask_token(body: Any, headers: dict[str, str] | None = None) -> Any:
    """Ask the token endpoint: a dict is sent as a form, bytes as they are."""
    form = "application/x-www-form-urlencoded"
    if isinstance(body, dict):
        body = "&".join(f"{name}={quote_plus(str(value))}" for name, value in body.items())
    return Client().post(TOKEN_URL, body, content_type=form, headers=headers or {})


def token_of(made: NewSecret, scope: str = "") -> str:
    """The access token that a client gets."""
    answer = ask_token({"grant_type": "client_credentials", "scope": scope}, basic(made.client.pk, made.secret))
    assert answer.status_code == 200, answer.content
    return str(answer.json()["access_token"])
