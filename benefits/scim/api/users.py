"""/Users: create, read, find, replace, patch, delete (RFC 7644, 3.3 to 3.6)."""

from typing import Any
from uuid import UUID

from rest_framework.exceptions import NotFound as NoSuchPath
from rest_framework.request import Request
from rest_framework.response import Response
from scim2_models import Context, InvalidValueException, ListResponse, PatchOp, ResponseParameters, SearchRequest

from benefits.scim.api.wire import ScimView, answer
from benefits.scim.models import ScimUser
from benefits.scim.queries.users import get_user, list_users, resource_of
from benefits.scim.rules.arriving import MOST_OPERATIONS, find_nul, plain_patch, plain_user
from benefits.scim.rules.resources import MOST_RESULTS, TOLERANT, Employee
from benefits.scim.services import users as services
from workers.kernel import clock

LAST_START = 10**9  # of a page; no employer has so many people


class Users(ScimView):
    """All users that were provisioned."""

    def get(self, request: Request) -> Response:
        """Find users."""
        with self.acting():
            return _found(request.query_params.dict(), Context.RESOURCE_QUERY_RESPONSE)

    def post(self, request: Request) -> Response:
        """Provision one."""
        shown = _shown(request)
        wanted = _user(request.data, Context.RESOURCE_CREATION_REQUEST)
        with self.acting() as provider:
            user = services.create(provider=provider, wanted=wanted, now=clock.now())
            return answer(_dumped(user, Context.RESOURCE_CREATION_RESPONSE, shown), status=201)


class UserSearch(ScimView):
    """The same question as GET /Users, in a body (RFC 7644, 3.4.3); of all resources, which users are."""

    def post(self, request: Request) -> Response:
        """Find users."""
        with self.acting():
            return _found(request.data, Context.SEARCH_RESPONSE)


class OneUser(ScimView):
    """One user."""

    def get(self, request: Request, scim_user_id: UUID) -> Response:
        """Read it, unless the client has it (If-None-Match)."""
        shown = _shown(request)
        with self.acting():
            user = get_user(scim_user_id)
            return answer(_dumped(user, Context.RESOURCE_QUERY_RESPONSE, shown), request=request)

    def put(self, request: Request, scim_user_id: UUID) -> Response:
        """Replace it."""
        shown = _shown(request)
        wanted = _user(request.data, Context.RESOURCE_REPLACEMENT_REQUEST)
        with self.acting() as provider:
            user = services.replace(
                provider=provider, user_id=scim_user_id, wanted=wanted, if_match=_if_match(request), now=clock.now()
            )
            return answer(_dumped(user, Context.RESOURCE_REPLACEMENT_RESPONSE, shown))

    def patch(self, request: Request, scim_user_id: UUID) -> Response:
        """Change it by operations."""
        shown = _shown(request)
        operations = _operations(request.data)
        with self.acting() as provider:
            user = services.patch(
                provider=provider,
                user_id=scim_user_id,
                operations=operations,
                if_match=_if_match(request),
                now=clock.now(),
            )
            return answer(_dumped(user, Context.RESOURCE_PATCH_RESPONSE, shown))

    def delete(self, request: Request, scim_user_id: UUID) -> Response:
        """End the employment and forget the user."""
        with self.acting() as provider:
            services.delete(provider=provider, user_id=scim_user_id, if_match=_if_match(request), now=clock.now())
            return Response(status=204)


class Nothing(ScimView):
    """Every other address under /scim/v2/."""

    def handle(self, request: Request, path: str) -> Response:
        """Say so."""
        raise NoSuchPath(f"There is no {path} here; /Users, /Schemas, /ResourceTypes and /ServiceProviderConfig are.")

    get = post = put = patch = delete = handle


def _found(question: Any, context: Context) -> Response:
    """A page of users: `startIndex` counts from 1, `count` is at most MOST_RESULTS, 0 asks for the number alone."""
    asked = SearchRequest[Employee].model_validate(question, scim_policy=TOLERANT)
    today = clock.now().date()
    users = list_users(filter=str(asked.filter or ""), today=today)
    first = min(max(asked.start_index or 1, 1), LAST_START) - 1
    most = MOST_RESULTS if asked.count is None else min(max(asked.count, 0), MOST_RESULTS)
    total = users.count()
    page = [resource_of(user, today=today) for user in users[first : first + most]] if most else []
    listed = ListResponse[Employee](
        total_results=total, start_index=first + 1, items_per_page=len(page), resources=page
    )
    return answer(listed.model_dump(scim_ctx=context, response_parameters=asked))


def _user(document: Any, context: Context) -> Employee:
    _refuse_nul(document)
    return Employee.model_validate(plain_user(document), scim_ctx=context, scim_policy=TOLERANT)


def _operations(document: Any) -> PatchOp[Employee]:
    _refuse_nul(document)
    plain = plain_patch(document)
    operations = plain.get("Operations") if isinstance(plain, dict) else None
    if isinstance(operations, list) and len(operations) > MOST_OPERATIONS:
        raise InvalidValueException(detail=f"A PATCH has at most {MOST_OPERATIONS} operations.")
    return PatchOp[Employee].model_validate(plain, scim_ctx=Context.RESOURCE_PATCH_REQUEST, scim_policy=TOLERANT)


def _refuse_nul(document: Any) -> None:
    if (path := find_nul(document)) is not None:
        raise InvalidValueException(detail=f"No attribute has a NUL character: {path}.")


def _dumped(user: ScimUser, context: Context, shown: ResponseParameters[Employee]) -> dict[str, Any]:
    resource = resource_of(user, today=clock.now().date())
    return resource.model_dump(scim_ctx=context, response_parameters=shown)


def _shown(request: Request) -> ResponseParameters[Employee]:
    """Which attributes the client wants to see (`attributes`, `excludedAttributes`)."""
    return ResponseParameters[Employee].model_validate(request.query_params.dict(), scim_policy=TOLERANT)


def _if_match(request: Request) -> str:
    return str(request.headers.get("If-Match", ""))
