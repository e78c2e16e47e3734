"""Changing a plan under way over HTTP: by the member who pays it, or an operator who helps them."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from billing.payment_plans import queries
from billing.payment_plans.forms import ChangeInput, read_change
from billing.payment_plans.models import PlanChange
from billing.payment_plans.services import changing
from workers.kernel import clock
from workers.kernel.api import only


class PlanChangeOutput(serializers.Serializer[PlanChange]):
    """A wish and what became of it: requested, applied, or refused with the reason."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    instalment_id = serializers.UUIDField(allow_null=True)
    wish = serializers.DictField()
    status = serializers.CharField()
    refusal = serializers.CharField()
    requested_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class Changes(ListAPIView[PlanChange]):
    """What was asked to change of one plan, newest first."""

    serializer_class = PlanChangeOutput

    def get_permissions(self) -> list[BasePermission]:
        """The member's own plans; any for an operator who holds `finance`."""
        return [(only("employee") if _is_employee(self.request) else only("operator", permission="finance"))()]

    def get_queryset(self) -> QuerySet[PlanChange]:
        """Raises NotFound for another's plan."""
        if not self.kwargs:  # the schema's generator
            return PlanChange.objects.none()
        return queries.list_changes(queries.get_plan(self.kwargs["plan_id"]).pk)

    @extend_schema(request=ChangeInput, responses={202: PlanChangeOutput})
    def post(self, request: Request, plan_id: UUID) -> Response:
        """Ask for a change; it is applied a moment later."""
        queries.get_plan(plan_id)
        wanted, who = read_change(request.data, is_operator=not _is_employee(request)), _user_of(request)
        change = changing.request(plan_id=plan_id, **wanted, requested_by=who.pk, now=clock.now())
        return Response(PlanChangeOutput(change).data, status=202)


def _is_employee(request: Any) -> bool:
    return getattr(request.user, "role", "employee") == "employee"


def _user_of(request: Request) -> Any:
    return request.user
