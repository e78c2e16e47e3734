"""SCIM's manners (RFC 7644, 3.1, 3.12, 3.14), which are not those of our API: media type, token, errors, ETags."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import ValidationError
from rest_framework import exceptions, negotiation, permissions, renderers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from scim2_models import Error, SCIMException

from benefits.eligibility.services.applying import RosterBusy
from benefits.scim.queries.tokens import Provider, find_provider
from benefits.scim.rules.tokens import REQUESTS_PER_MINUTE
from workers.kernel import clock
from workers.kernel.actor import acting_as
from workers.kernel.errors import DomainError
from workers.kernel.limits import seconds_to_wait
from workers.kernel.wire import JSONParser

MEDIA_TYPE = "application/scim+json"
BUSY_SECONDS = 10  # until a provider asks again, whose employer's roster is being changed


class ScimJSONParser(JSONParser):
    """A body that says that it is SCIM; plain application/json is taken, too (RFC 7644, 3.8)."""

    media_type = MEDIA_TYPE


class ScimJSONRenderer(renderers.JSONRenderer):
    """Every answer says that it is SCIM."""

    media_type = MEDIA_TYPE
    charset = None


class AlwaysScim(negotiation.BaseContentNegotiation):
    """There is one form of answer, whatever a client accepts: refusals reach the log of its provisioning, too."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """The parser for the body's media type."""
        return negotiation.DefaultContentNegotiation().select_parser(request, parsers)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        """The only one."""
        return renderers[0], renderers[0].media_type


class NoToken(exceptions.AuthenticationFailed):
    """The bearer token is missing, unknown, or has ended: all alike."""

    default_detail = "Send a token of this employer as Authorization: Bearer …; an HR admin makes one."


class ScimView(APIView):
    """Base of every SCIM address. `provider` is whose token was sent; what a view does, it does as their employer's HR.

    None of it is in our OpenAPI schema: SCIM describes itself at /ServiceProviderConfig, /Schemas and /ResourceTypes.
    """

    authentication_classes = ()
    permission_classes = (permissions.AllowAny,)
    parser_classes = (ScimJSONParser, JSONParser)
    renderer_classes = (ScimJSONRenderer,)
    content_negotiation_class = AlwaysScim
    schema = None
    provider: Provider

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Find out who asks. Raises NoToken, Throttled."""
        super().initial(request, *args, **kwargs)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        provider = find_provider(token.strip(), now=clock.now()) if scheme.lower() == "bearer" else None
        if provider is None:
            raise NoToken
        if wait := seconds_to_wait(f"scim/{provider.token_id}", most=REQUESTS_PER_MINUTE):
            raise exceptions.Throttled(wait)
        self.provider = provider

    @contextmanager
    def acting(self) -> Iterator[Provider]:
        """Run the block as the employer's HR; a refusal inside undoes what it did."""
        with acting_as(self.provider.actor):
            yield self.provider

    def get_authenticate_header(self, request: Request) -> str:
        """The scheme named in WWW-Authenticate."""
        return 'Bearer realm="scim"'

    def handle_exception(self, exc: Exception) -> Response:
        """Refuse in SCIM's own words; a defect stays one."""
        error = _error_of(exc)
        if error is None:
            return super().handle_exception(exc)
        headers = {}
        if wait := _seconds_to_wait(exc):
            headers["Retry-After"] = str(wait)
        if error.status == 401:
            headers["WWW-Authenticate"] = self.get_authenticate_header(self.request)
        return Response(error.model_dump(), status=error.status, headers=headers)


def _seconds_to_wait(exc: Exception) -> int:
    if isinstance(exc, exceptions.Throttled):
        return int(getattr(exc, "wait", None) or 1)
    return BUSY_SECONDS if isinstance(exc, RosterBusy) else 0


def _error_of(exc: Exception) -> Error | None:
    if isinstance(exc, RosterBusy):  # a provider repeats a 503, and takes a 409 for the user's own fault
        return Error(status=503, detail=str(exc))
    if isinstance(exc, SCIMException):
        return exc.to_error()
    if isinstance(exc, ValidationError):
        return Error.from_validation_error(exc.errors(include_input=False, include_url=False)[0])
    if isinstance(exc, DomainError):
        return Error(status=exc.status, scim_type=getattr(exc, "scim_type", "") or None, detail=str(exc))
    if isinstance(exc, exceptions.ParseError):
        return Error(status=400, scim_type="invalidSyntax", detail=str(exc.detail))
    if isinstance(exc, exceptions.APIException):
        return Error(status=exc.status_code, detail=str(exc.detail))
    return None


def answer(document: dict[str, Any], *, status: int = 200, request: Request | None = None) -> Response:
    """Return a resource with its ETag and address, or 304 where the client has this version (RFC 7644, 3.14)."""
    meta = document.get("meta") or {}
    version, location = meta.get("version", ""), meta.get("location", "")
    headers = {name: value for name, value in (("ETag", version), ("Location", location)) if value}
    known = request.headers.get("If-None-Match", "") if request is not None else ""
    if version and version in [tag.strip() for tag in known.split(",")]:
        return Response(status=304, headers=headers)
    return Response(document, status=status, headers=headers)
