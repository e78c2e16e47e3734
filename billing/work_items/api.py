"""Work items over HTTP, for operators who hold `finance`."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.work_items import queries, services
from billing.work_items.models import WorkItem
from workers.kernel import clock
from workers.kernel.api import Input, only

_OPEN = {"open": True, "closed": False}


class WorkItemOutput(serializers.Serializer[WorkItem]):
    """One thing to decide; amounts in cents, `reference` is Stripe's id."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    subject_id = serializers.UUIDField(allow_null=True)
    reference = serializers.CharField()
    amount_cents = serializers.IntegerField(allow_null=True)
    detail = serializers.DictField()
    due_at = serializers.DateTimeField(allow_null=True)
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_by = serializers.UUIDField(allow_null=True)
    resolution = serializers.CharField()


class WorkItemsInput(Input):
    """Which items."""

    status = serializers.ChoiceField(choices=sorted(_OPEN), required=False)
    kind = serializers.CharField(max_length=40, required=False)
    page_size = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False)


class ClosingInput(Input):
    """What was done."""

    resolution = serializers.CharField(max_length=services.LONGEST_RESOLUTION)


class WorkItems(ListAPIView[WorkItem]):
    """What waits for a person, the most urgent first."""

    permission_classes = (only("operator", permission="finance"),)
    serializer_class = WorkItemOutput

    def get_queryset(self) -> QuerySet[WorkItem]:
        """Those that were asked for."""
        asked = WorkItemsInput(data=self.request.query_params.dict() if self.request else {})
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        return queries.list_items(is_open=_OPEN.get(wanted.get("status", "")), kind=wanted.get("kind", ""))

    @extend_schema(parameters=[OpenApiParameter("status", enum=sorted(_OPEN)), OpenApiParameter("kind")])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them."""
        return super().get(request, *args, **kwargs)


class WorkItemClosing(APIView):
    """Closing an item."""

    permission_classes = (only("operator", permission="finance"),)

    @extend_schema(request=ClosingInput, responses=WorkItemOutput)
    def post(self, request: Request, item_id: UUID) -> Response:
        """Say what was done about it."""
        form = ClosingInput(data=request.data)
        form.is_valid(raise_exception=True)
        who: Any = request.user
        item = services.close(item_id=item_id, user_id=who.pk, now=clock.now(), **form.validated_data)
        return Response(WorkItemOutput(item).data)
