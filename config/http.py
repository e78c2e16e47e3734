"""The API's manners: problem+json errors (RFC 9457), sessions."""

import sys
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from drf_spectacular.authentication import SessionScheme
from redis.exceptions import RedisError
from rest_framework import authentication, exceptions
from rest_framework.response import Response

from workers.kernel.errors import DomainError
from workers.kernel.machines import Machine
from workers.kernel.trace import current_trace

PROBLEM = "application/problem+json"
# About accounts, not about anyone's data.
SIGN_ON = "/sign-on/"  # to an employer's identity provider and back
_SIGN_IN = (
    SIGN_ON,
    "/accounts/",
    "/_allauth/",
    "/api/v1/invitations/",
    "/activate/",
    "/letter/",
    "/reset/",
    "/leave/",
    "/language/",
)
# Whoever's browser it may be: the request proves itself, or is nobody's yet.
NOBODYS = (*_SIGN_IN, "/webhooks/", "/api/v1/oauth/", "/answer/", "/mail/", "/questions/", "/appointment/", "/scim/")
_MACHINES = ("/api/", "/scim/", "/_allauth/", "/webhooks/", "/static/", "/healthz", "/readyz", "/metrics")


_DEFECT = (500, "server_error", "Something went wrong on our side. It was logged.")
# What may be away for a moment. Redis counts the tries to sign in: while it cannot, nobody tries.
_DATABASE_AWAY = (503, "database_away", "The database does not answer just now: try again in a moment.")
_AWAY = {
    OperationalError: _DATABASE_AWAY,
    InterfaceError: _DATABASE_AWAY,
    RedisError: (503, "redis_away", "Nobody can sign in just now: try again in a moment."),
}


class BearerAuthentication(authentication.BaseAuthentication):
    """Hands on whom the middleware knew. Tokens are in no cookie, so nothing has to be proved against forgery."""

    def authenticate(self, request: Any) -> tuple[Machine, frozenset[str]] | None:
        """The machine and its scopes; None leaves it to the session."""
        machine = getattr(request._request, "user", None)  # there is none while the schema is written
        return (machine, machine.scopes) if isinstance(machine, Machine) else None

    def authenticate_header(self, request: Any) -> str:
        """The scheme named in WWW-Authenticate."""
        return "Bearer"


class SessionAuthentication(authentication.SessionAuthentication):
    """DRF's, answering 401 and not 403 when nobody is signed in."""

    def authenticate_header(self, request: Any) -> str:
        """The scheme named in WWW-Authenticate."""
        return "Session"


class SessionInSchema(SessionScheme):  # type: ignore[no-untyped-call]  # the library is untyped there
    """Describes it in the OpenAPI schema."""

    target_class = "config.http.SessionAuthentication"


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn a refusal into a problem document and roll the request's transaction back, unless its effects are to stay.

    None lets a defect be a 500.
    """
    document = _document(error)
    if document is None:
        return None
    if not getattr(error, "keeps_effects", False):
        transaction.set_rollback(True)
    headers = _challenge(document)
    if seconds := getattr(error, "wait", None):  # of exceptions.Throttled
        headers["Retry-After"] = str(seconds)
    return Response(document, status=document["status"], content_type=PROBLEM, headers=headers)


def _challenge(document: dict[str, Any]) -> dict[str, str]:
    """How to come in: for nobody by a session, for a token by one of a wider scope (RFC 6750, 3.1)."""
    if document["code"] == "insufficient_scope":
        needed = f'Bearer realm="api", error="insufficient_scope", scope="{document["scope"]}"'
        return {"WWW-Authenticate": needed}
    return {"WWW-Authenticate": "Session"} if document["status"] == 401 else {}


def problem_response(error: DomainError) -> JsonResponse:
    """The same outside a DRF view."""
    return JsonResponse(_of_domain(error), status=error.status, content_type=PROBLEM)


def plain_problem(status: int, code: str, detail: str) -> JsonResponse:
    """A problem document for Django's own error pages."""
    return JsonResponse(_of(status, code, detail, {}), status=status, content_type=PROBLEM)


def _document(error: Exception) -> dict[str, Any] | None:
    if isinstance(error, DomainError):
        return _of_domain(error)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, exceptions.ValidationError):
        return _of(422, "invalid", "Some fields are missing or wrong.", {"errors": error.detail})
    if isinstance(error, exceptions.APIException):
        code = error.get_codes()
        return _of(error.status_code, code if isinstance(code, str) else "invalid", str(error.detail), {})
    return None


def _of_domain(error: DomainError) -> dict[str, Any]:
    return _of(error.status, error.code, str(error), error.extra)


def _of(status: int, code: str, detail: str, extra: dict[str, Any]) -> dict[str, Any]:
    """The same refusal is the same bytes, whose thing it was; what differs, the trace, is in the header."""
    return {
        "type": "about:blank",
        "title": code.replace("_", " "),
        "status": status,
        "code": code,
        "detail": detail,
    } | extra


def is_page(request: HttpRequest) -> bool:
    """Whether a person reads the answer: everything but the API, webhooks and health checks is a page."""
    return not request.path.startswith(_MACHINES)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such address, or none for this reader."""
    if is_page(request):
        return render(request, "not_found.html", status=404)
    return plain_problem(404, "not_found", f"There is nothing at {request.path}.")


def not_offered(request: HttpRequest, *_: str) -> HttpResponse:
    """A door of allauth's that we keep shut: nobody signs up, and one account has one address, by its invitation."""
    return not_found(request, Http404())


def server_error(request: HttpRequest) -> HttpResponse:
    """A defect of ours, or a server of ours that is away or too busy: then whoever sent it may send it again (503)."""
    error = sys.exc_info()[1]
    status, code, detail = next((said for kind, said in _AWAY.items() if isinstance(error, kind)), _DEFECT)
    if is_page(request):  # rendered without a request: that would ask the database who is signed in
        response = HttpResponse(render_to_string("server_error.html", {"trace": current_trace()}), status=status)
    else:
        response = plain_problem(status, code, detail)
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its CSRF token: an old tab, or cookies are off."""
    if is_page(request):
        return render(request, "forged.html", status=403)
    return plain_problem(403, "csrf_failed", reason)
