"""HR sees what change-sets would do, applies them, and takes them back."""

from typing import Any
from uuid import UUID

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.eligibility import queries, services
from benefits.eligibility.api.files import as_file
from benefits.eligibility.api.outputs import (
    PEOPLE,
    READERS,
    ChangeSetListOutput,
    ChangeSetOutput,
    RowErrorsOutput,
    shown,
)
from benefits.eligibility.models import ChangeSet, StagedRow, Status
from benefits.eligibility.queries.columns import remembered_columns
from benefits.eligibility.queries.rejects import rejects_of
from benefits.eligibility.rules.columns import mapped
from benefits.eligibility.rules.rejects import reject_lines
from benefits.enrollment.models import Door
from workers.kernel import clock
from workers.kernel.api import Input, who
from workers.kernel.wire import Pages

_ANSWERS = {200: ChangeSetOutput, 202: ChangeSetOutput}


class Filters(Input):
    """Which change-sets."""

    status = serializers.ChoiceField(choices=Status.choices, required=False)
    door = serializers.ChoiceField(choices=Door.choices, required=False)


class ChangeSets(generics.ListAPIView[ChangeSet]):
    """GET: the employer's change-sets, newest first."""

    permission_classes = (READERS,)
    serializer_class = ChangeSetListOutput  # type: ignore[assignment] # it shows, and makes nothing
    queryset = queries.list_change_sets()

    def get_queryset(self) -> Any:
        """Those that the filters name."""
        given = {name: value for name, value in self.request.query_params.items() if name in Filters().fields}
        filters = Filters(data=given)
        filters.is_valid(raise_exception=True)
        return super().get_queryset().filter(**filters.validated_data)

    @extend_schema(parameters=[Filters])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer a page."""
        return super().get(request, *args, **kwargs)


class ChangeSetDetail(APIView):
    """GET: one change-set."""

    permission_classes = (READERS,)

    @extend_schema(responses=ChangeSetOutput)
    def get(self, request: Request, change_set_id: UUID) -> Response:
        """Return it, with how far a worker has got."""
        return Response(ChangeSetOutput(queries.get_change_set(change_set_id)).data)


class RowPages(Pages):
    """In the order of the file."""

    ordering = "row"


class Errors(generics.GenericAPIView[StagedRow]):
    """GET: every row that could not be, page by page; the change-set itself lists the first 1,000 errors."""

    permission_classes = (READERS,)
    serializer_class = RowErrorsOutput
    pagination_class = RowPages

    @extend_schema(responses=RowErrorsOutput(many=True))
    def get(self, request: Request, change_set_id: UUID) -> Response:
        """Answer a page."""
        page = self.paginate_queryset(queries.list_errors(queries.get_change_set(change_set_id)))
        return self.get_paginated_response(RowErrorsOutput(page, many=True).data)


class Rejects(APIView):
    """GET: the rows that could not be, as a CSV file that is corrected and uploaded alone, as `changes`."""

    permission_classes = (PEOPLE,)

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.BINARY})
    def get(self, request: Request, change_set_id: UUID) -> FileResponse:
        """Return the file."""
        change_set = queries.get_change_set(change_set_id)
        ours = mapped(change_set.header, remembered_columns(change_set.employer_id))
        lines = reject_lines(change_set.header, ours, rejects_of(change_set))
        return as_file(lines, name="rejects.csv")


class ApplyInput(Input):
    """Whether rows without errors go ahead while others have some."""

    skip_rows_with_errors = serializers.BooleanField(required=False, default=False)


class ApplyChangeSet(APIView):
    """POST: the roster follows the change-set; 202 when a worker has to do it."""

    permission_classes = (PEOPLE,)

    @extend_schema(request=ApplyInput, responses=_ANSWERS)
    def post(self, request: Request, change_set_id: UUID) -> Response:
        """Apply once."""
        data = ApplyInput(data=request.data)
        data.is_valid(raise_exception=True)
        applied = services.apply(change_set_id=change_set_id, **data.validated_data, by=who(request), now=clock.now())
        return shown(applied)


class ApproveChangeSet(APIView):
    """POST: a second admin agrees to so many terminations by absence."""

    permission_classes = (PEOPLE,)

    @extend_schema(request=None, responses=ChangeSetOutput)
    def post(self, request: Request, change_set_id: UUID) -> Response:
        """Approve what is staged."""
        return shown(services.approve(change_set_id=change_set_id, by=who(request), now=clock.now()))


class UndoChangeSet(APIView):
    """POST: the roster goes back to before; 202 when a worker has to do it."""

    permission_classes = (PEOPLE,)

    @extend_schema(request=None, responses=_ANSWERS)
    def post(self, request: Request, change_set_id: UUID) -> Response:
        """Undo, unless later changes touched the same people."""
        return shown(services.undo(change_set_id=change_set_id, by=who(request), now=clock.now()))


class DiscardChangeSet(APIView):
    """POST: a staged change-set is put aside."""

    permission_classes = (PEOPLE,)

    @extend_schema(request=None, responses=ChangeSetOutput)
    def post(self, request: Request, change_set_id: UUID) -> Response:
        """Discard."""
        return shown(services.discard(change_set_id=change_set_id))
