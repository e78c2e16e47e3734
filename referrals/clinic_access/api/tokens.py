"""The token endpoint: `POST /api/v1/oauth/token` (RFC 6749, 3.2, 4.4 and 5)."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, parsers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.clinic_access.forms import GRANT_TYPE, read_token_request, to_parameters
from referrals.clinic_access.rules import TOKENS_PER_MINUTE
from referrals.clinic_access.services import tokens
from workers.kernel import clock
from workers.kernel.errors import DomainError
from workers.kernel.limits import seconds_to_wait

_UNCACHED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_REALM = 'Basic realm="api", charset="UTF-8"'
_TEXT = {"type": "string"}
_REQUEST = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"type": "string", "enum": [GRANT_TYPE]},
        "scope": _TEXT | {"description": "Scopes with spaces between; left out: all of the client's."},
        "client_id": _TEXT | {"description": "Where the Authorization header (Basic) does not say it."},
        "client_secret": _TEXT,
    },
}
_GRANT = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in", "scope"],
    "properties": {
        "access_token": _TEXT,
        "token_type": {"type": "string", "enum": ["Bearer"]},
        "expires_in": {"type": "integer", "description": "Seconds."},
        "scope": _TEXT,
    },
}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": _TEXT, "error_description": _TEXT},
}


class TooManyTokens(DomainError):
    """More tokens than a client needs: one lasts for an hour."""

    code = "temporarily_unavailable"
    status = 429


class Token(APIView):
    """A client's credentials become an access token."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (parsers.FormParser,)

    @extend_schema(
        operation_id="oauth_token",
        auth=[],
        request={"application/x-www-form-urlencoded": _REQUEST},
        responses={(200, "application/json"): _GRANT, **{(s, "application/json"): _ERROR for s in (400, 401, 429)}},
    )
    def post(self, request: Request) -> Response:
        """Issue one. Errors are those of RFC 6749, 5.2."""
        asked = read_token_request(to_parameters(request.data), request.headers.get("Authorization", ""))
        if wait := seconds_to_wait(f"token/{asked.client_id}", most=TOKENS_PER_MINUTE):
            raise TooManyTokens("A token lasts for an hour: keep it.", seconds=wait)
        grant = tokens.issue(**asdict(asked), now=clock.now())
        return Response(asdict(grant) | {"token_type": "Bearer"}, headers=_UNCACHED)

    def handle_exception(self, exc: Exception) -> Response:
        """Refuse in OAuth's own words."""
        if isinstance(exc, exceptions.ParseError | exceptions.UnsupportedMediaType):
            return _refused("invalid_request", "The body is application/x-www-form-urlencoded.", 400)
        if isinstance(exc, DomainError):
            return _refused(exc.code, str(exc), exc.status, exc.extra)
        return super().handle_exception(exc)


def _refused(error: str, description: str, status: int, extra: dict[str, Any] | None = None) -> Response:
    headers = dict(_UNCACHED)
    if status == 401:
        headers["WWW-Authenticate"] = _REALM
    if extra and "seconds" in extra:
        headers["Retry-After"] = str(extra["seconds"])
    return Response({"error": error, "error_description": description}, status=status, headers=headers)
