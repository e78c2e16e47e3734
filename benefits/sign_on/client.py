"""What is asked of an identity provider: its configuration, its keys, and an ID token for a code."""

from dataclasses import dataclass
from typing import Any

from benefits.sign_on.rules.attempts import NotSignedOn, Reason
from workers.deliveries.addresses import is_endpoint_url
from workers.deliveries.fetching import CannotFetch, fetch_json

_WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A provider's own word on where it answers (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    keys_url: str


def discover(issuer: str) -> Provider:
    """Return what an issuer publishes of itself. Raises NotSignedOn where it is away, or speaks for another issuer."""
    found = _ask(issuer.rstrip("/") + _WELL_KNOWN)
    names = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
    told = [found.get(name) for name in names]
    if told[0] != issuer or not all(isinstance(url, str) and is_endpoint_url(url) for url in told[1:]):
        raise NotSignedOn(Reason.PROVIDER_REFUSED)
    return Provider(
        issuer=issuer, authorization_endpoint=str(told[1]), token_endpoint=str(told[2]), keys_url=str(told[3])
    )


def exchange(
    provider: Provider, *, code: str, verifier: str, client_id: str, client_secret: str, redirect_uri: str
) -> str:
    """Return the ID token that a code stands for. Raises NotSignedOn."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    told = _ask(provider.token_endpoint, form=form, basic=(client_id, client_secret))
    if not isinstance(told.get("id_token"), str):
        raise NotSignedOn(Reason.PROVIDER_REFUSED)
    return str(told["id_token"])


def keys_of(provider: Provider) -> list[dict[str, Any]]:
    """Return the keys that a provider signs with, as JWKs. Raises NotSignedOn."""
    keys = _ask(provider.keys_url).get("keys")
    if not isinstance(keys, list):
        raise NotSignedOn(Reason.PROVIDER_REFUSED)
    return [key for key in keys if isinstance(key, dict)]


def _ask(url: str, **more: Any) -> dict[str, Any]:
    try:
        return fetch_json(url, **more)
    except CannotFetch as error:
        raise NotSignedOn(Reason.PROVIDER_AWAY) from error
