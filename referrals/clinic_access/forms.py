"""What is asked about clients, and how a token request is read (RFC 6749, 2.3.1 and 4.4.2)."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from referrals.clinic_access.rules import MEANINGS, MOST_OVERLAP, OVERLAP, Kind, Scope
from referrals.clinic_access.services.tokens import InvalidClient
from workers.kernel.api import Input
from workers.kernel.errors import DomainError

GRANT_TYPE = "client_credentials"
MOST_REQUESTS = 6_000  # a minute: a hundred a second
_ONCE = ("grant_type", "scope", "client_id", "client_secret")  # no parameter is given twice (RFC 6749, 3.2)
_LONGEST = 500  # characters of a parameter


class ClientInput(Input):
    """A client to be made."""

    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(list(Kind), default=Kind.CLIENT)
    scopes = serializers.ListField(child=serializers.ChoiceField(list(Scope)), min_length=1, max_length=len(Scope))
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class OperatorsClientInput(ClientInput):
    """An operator may let a client ask more often, or less."""

    requests_per_minute = serializers.IntegerField(min_value=1, max_value=MOST_REQUESTS, required=False)


class NewClientForm(forms.Form):
    """A client to be made on the page."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Which of your programs it is for."))
    kind = forms.ChoiceField(
        label=_("How it signs in"),
        choices=[
            (Kind.CLIENT, _("OAuth 2: exchanges its secret for tokens")),
            (Kind.KEY, _("Key: sends it each time")),
        ],
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(str(scope), format_lazy("{} – {}", scope, _(meaning))) for scope, meaning in MEANINGS.items()],
        widget=forms.CheckboxSelectMultiple,
    )

    def clean_kind(self) -> Kind:
        """The enumeration's own."""
        return Kind(self.cleaned_data["kind"])


class SecretRotationInput(Input):
    """For how many hours the former secret works beside the new one; 0 after a leak."""

    overlap_hours = serializers.IntegerField(
        min_value=0,
        max_value=int(MOST_OVERLAP.total_seconds()) // 3600,
        default=int(OVERLAP.total_seconds()) // 3600,
    )


class InvalidRequest(DomainError):
    """A parameter is missing, given twice, or the client shows its secret in two ways."""

    code = "invalid_request"
    status = 400


class UnsupportedGrantType(DomainError):
    """Only client credentials are exchanged here."""

    code = "unsupported_grant_type"
    status = 400


@dataclass(frozen=True, kw_only=True)
class TokenRequest:
    """Who asks for a token, and for what."""

    client_id: str
    client_secret: str
    scope: str


def read_token_request(body: QueryDict, authorization: str) -> TokenRequest:
    """Return a token request; the client shows its secret in the Authorization header or in the body.

    Raises InvalidRequest, UnsupportedGrantType, InvalidClient.
    """
    fields = {name: _only(body, name) for name in _ONCE}
    if not fields["grant_type"]:
        raise InvalidRequest("grant_type is missing.")
    if fields["grant_type"] != GRANT_TYPE:
        raise UnsupportedGrantType(f"grant_type has to be {GRANT_TYPE}.")
    given = {"client_id": fields["client_id"], "client_secret": fields["client_secret"]}
    return TokenRequest(scope=fields["scope"], **_credentials(given, authorization))


def _only(body: QueryDict, name: str) -> str:
    """A parameter, which counts as left out where it is empty."""
    values = body.getlist(name)
    if len(values) > 1:
        raise InvalidRequest(f"{name} is given more than once.")
    if values and len(values[0]) > _LONGEST:
        raise InvalidRequest(f"{name} has at most {_LONGEST} characters.")
    return values[0] if values else ""


def _credentials(given: dict[str, str], authorization: str) -> dict[str, str]:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "basic":
        if given["client_secret"]:
            raise InvalidRequest("The secret is in the Authorization header and in the body: one of them is enough.")
        basic = _basic(value.strip())
        if given["client_id"] not in ("", basic["client_id"]):
            raise InvalidRequest("client_id is another one than in the Authorization header.")
        return basic
    if not given["client_id"] or not given["client_secret"]:
        raise InvalidClient("The client says who it is in the Authorization header, or by client_id and client_secret.")
    return given


def _basic(value: str) -> dict[str, str]:
    """Both halves are form-encoded before they are joined (RFC 6749, 2.3.1)."""
    try:
        client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise InvalidClient("The Authorization header is not base64 of client_id:client_secret.") from None
    return {"client_id": unquote_plus(client_id), "client_secret": unquote_plus(secret)}


def to_parameters(data: Any) -> QueryDict:
    """Return the form that was sent. Raises InvalidRequest for a body that is none."""
    if not isinstance(data, QueryDict):
        raise InvalidRequest("The body is application/x-www-form-urlencoded.")
    return data
