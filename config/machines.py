"""Clinics' software at the API: known by a bearer token (RFC 6750), before anything else is done for it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from drf_spectacular.extensions import OpenApiAuthenticationExtension

from config.http import NOBODYS, plain_problem
from referrals import facade as referrals
from workers.kernel import clock
from workers.kernel.api import Scoped
from workers.kernel.limits import seconds_to_wait

API = "/api/v1/"
_UNKNOWN = "This token is unknown, expired or revoked: ask for a new one."
_TOO_MANY = "Too many requests of this client in this minute: wait as Retry-After says."


def know_machines(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Let a bearer token say who asks, in the API only; whoever sends one is not known by a cookie besides.

    401 for a token that is unknown, expired or revoked, all alike; 429 past the client's limit.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        token = _bearer_of(request)
        if token is None:
            return get_response(request)
        machine = referrals.find_machine(token, now=clock.now())
        if machine is None:
            return _challenged(request, 401, "invalid_token", _UNKNOWN)
        if wait := seconds_to_wait(f"client/{machine.pk}", most=machine.requests_per_minute):
            return too_many(request, wait)
        request.user = machine  # type: ignore[assignment] # whoever reads it asks for its role or its type first
        return get_response(request)

    return middleware


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """Answer 429: come again in so many seconds."""
    response = _refusal(request, 429, "too_many_requests", _TOO_MANY)
    response.headers["Retry-After"] = str(seconds)
    return response


def _bearer_of(request: HttpRequest) -> str | None:
    """The token of the Authorization header; None where there is none, or it means nothing."""
    if not request.path.startswith(API) or request.path.startswith(NOBODYS):
        return None
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _refusal(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    """In FHIR's words where FHIR is asked for."""
    if not request.path.endswith("/fhir"):
        return plain_problem(status, code, detail)
    said = referrals.fhir_outcome(status=status, code=code, text=detail)
    return JsonResponse(said, status=status, content_type="application/fhir+json")


def _challenged(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    response = _refusal(request, status, code, detail)
    response.headers["WWW-Authenticate"] = f'Bearer realm="api", error="{code}"'
    return response


class BearerInSchema(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library is untyped there
    """Describes it in the OpenAPI schema, with the scopes that an operation needs."""

    target_class = "config.http.BearerAuthentication"
    name = ["clinicOAuth", "clinicKey"]  # noqa: RUF012 - drf-spectacular's own shape

    def get_security_requirement(self, auto_schema: Any) -> Any:
        """Either way in, where a token is let in; nothing elsewhere."""
        scopes = sorted(_scopes_of(auto_schema.view.get_permissions()))
        return [{name: scopes} for name in self.name] if scopes else []

    def get_security_definition(self, auto_schema: Any) -> Any:
        """A token for credentials (RFC 6749, 4.4), or a key that is sent as it is."""
        flow = {"tokenUrl": f"{API}oauth/token", "scopes": referrals.scopes()}
        key = "A scoped key of a clinic, sent as a bearer token; its scopes are those of clinicOAuth."
        return [
            {"type": "oauth2", "flows": {"clientCredentials": flow}},
            {"type": "http", "scheme": "bearer", "description": key},
        ]


def _scopes_of(rules: Any) -> set[str]:
    """The scopes in a view's permissions, also inside `a | b`."""
    found: set[str] = set()
    for rule in rules:
        if isinstance(rule, Scoped):
            found |= rule.scopes
        found |= _scopes_of(getattr(rule, name) for name in ("op1", "op2") if hasattr(rule, name))
    return found
