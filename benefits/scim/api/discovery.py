"""What this service can do, in SCIM's own form (RFC 7644, 4)."""

from collections.abc import Sequence
from typing import Any

from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from scim2_models import Context, ListResponse, Resource, ResourceType, Schema

from benefits.scim.api.wire import ScimView, answer
from benefits.scim.rules.resources import PROVIDER

_ASKED = Context.RESOURCE_QUERY_RESPONSE


class Description(ScimView):
    """Base: a filter means nothing here, and is refused rather than passed over (RFC 7644, 4)."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Raises PermissionDenied for a filter."""
        super().initial(request, *args, **kwargs)
        if "filter" in request.query_params:
            raise PermissionDenied("These addresses are not filtered: read all of it.")


class Configuration(Description):
    """GET: which parts of SCIM are supported."""

    def get(self, request: Request) -> Response:
        """The one configuration."""
        assert PROVIDER.config is not None
        return answer(PROVIDER.config.model_dump(scim_ctx=_ASKED))


class Schemas(Description):
    """GET: the attributes of a user and of its extensions."""

    def get(self, request: Request) -> Response:
        """All schemas."""
        return _listed(PROVIDER.schemas, Schema)


class OneSchema(Description):
    """GET: one schema by its URN."""

    def get(self, request: Request, schema_id: str) -> Response:
        """The schema."""
        return _one(PROVIDER.schemas, schema_id)


class ResourceTypes(Description):
    """GET: which kinds of resources there are."""

    def get(self, request: Request) -> Response:
        """All of them, which is User."""
        return _listed(PROVIDER.resource_types, ResourceType)


class OneResourceType(Description):
    """GET: one kind by its name."""

    def get(self, request: Request, type_id: str) -> Response:
        """The kind."""
        return _one(PROVIDER.resource_types, type_id)


def _listed(resources: Sequence[Any], kind: type[Resource[Any]]) -> Response:
    page = ListResponse[kind](  # type: ignore[valid-type] # a model per kind
        total_results=len(resources), start_index=1, items_per_page=len(resources), resources=list(resources)
    )
    return answer(page.model_dump(scim_ctx=_ASKED))


def _one(resources: Sequence[Any], wanted: str) -> Response:
    for resource in resources:
        if str(resource.id).lower() == wanted.lower():
            return answer(resource.model_dump(scim_ctx=_ASKED))
    raise NotFound(f"There is no {wanted[:200]} here.")
