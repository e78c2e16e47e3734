"""Clinics' and employers' software at the API: known by a bearer token (RFC 6750), before anything is done for it."""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from drf_spectacular.extensions import OpenApiAuthenticationExtension

from benefits import facade as benefits
from config.http import NOBODYS, plain_problem
from referrals import facade as referrals
from workers.kernel import clock
from workers.kernel.api import Scoped
from workers.kernel.limits import seconds_to_wait
from workers.kernel.machines import Machine

API = "/api/v1/"
# Where an employer's token counts outside /scim/: it is unknown wherever it has no business, and not only refused.
EMPLOYERS = (f"{API}member-changes/",)
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
        machine = _machine_of(request.path, token)
        if machine is None:
            return _challenged(request, 401, "invalid_token", _UNKNOWN)
        if wait := seconds_to_wait(f"client/{machine.pk}", most=machine.requests_per_minute):
            return too_many(request, wait)
        request.user = machine  # type: ignore[assignment] # whoever reads it asks for its role or its type first
        return get_response(request)

    return middleware


def _machine_of(path: str, token: str) -> Machine | None:
    """A clinic's software, or an employer's at an address that is made for it."""
    now = clock.now()
    machine = referrals.find_machine(token, now=now)
    if machine is None and path in EMPLOYERS:
        machine = benefits.find_roster_machine(token, now=now)
    return machine


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
    name = ["clinicOAuth", "clinicKey", "employerToken"]  # noqa: RUF012 - drf-spectacular's own shape

    def get_security_requirement(self, auto_schema: Any) -> Any:
        """Each way in, where a token is let in; nothing elsewhere."""
        needed = _scopes_of(auto_schema.view.get_permissions())
        clinics = sorted(needed & referrals.scopes().keys())
        employers = sorted(needed - referrals.scopes().keys())
        ways = ((self.name[0], clinics), (self.name[1], clinics), (self.name[2], employers))
        return [{name: scopes} for name, scopes in ways if scopes]

    def get_security_definition(self, auto_schema: Any) -> Any:
        """A token for credentials (RFC 6749, 4.4), or one that is sent as it is."""
        flow = {"tokenUrl": f"{API}oauth/token", "scopes": referrals.scopes()}
        key = "A scoped key of a clinic, sent as a bearer token; its scopes are those of clinicOAuth."
        same = "A token of an employer's HR system or identity provider; it is the one for SCIM."
        return [
            {"type": "oauth2", "flows": {"clientCredentials": flow}},
            {"type": "http", "scheme": "bearer", "description": key},
            {"type": "http", "scheme": "bearer", "description": same},
        ]


def _scopes_of(rules: Iterable[Any]) -> set[str]:
    """The scopes in a view's permissions, also inside `a | b`."""
    found: set[str] = set()
    for rule in rules:
        if isinstance(rule, Scoped):
            found |= rule.scopes
        found |= _scopes_of(getattr(rule, name) for name in ("op1", "op2") if hasattr(rule, name))
    return found
