"""Operators agree on plans with employers."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.plans import services
from benefits.plans.rules import ROUTES
from workers.kernel import clock
from workers.kernel.api import Input, only

MOST_CENTS = 100_000_000_00  # a hundred million dollars: a typing error, not a benefit


class EmployerPlanInput(Input):
    """The terms of a plan; days are calendar days, money is cents."""

    name = serializers.CharField(max_length=200)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(required=False, allow_null=True, default=None)
    employer_share_percent = serializers.IntegerField(min_value=0, max_value=100)
    annual_cap_cents = serializers.IntegerField(min_value=0, max_value=MOST_CENTS)
    deductible_cents = serializers.IntegerField(min_value=0, max_value=MOST_CENTS)
    covered_routes = serializers.ListField(child=serializers.ChoiceField(choices=ROUTES), allow_empty=False)
    waiting_days = serializers.IntegerField(min_value=0, max_value=365)
    run_out_days = serializers.IntegerField(min_value=0, max_value=365, required=False, default=0)


class EmployerPlanOutput(serializers.Serializer[object]):
    """A plan."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
    employer_share_percent = serializers.IntegerField()
    annual_cap_cents = serializers.IntegerField()
    deductible_cents = serializers.IntegerField()
    covered_routes = serializers.ListField(child=serializers.CharField())
    waiting_days = serializers.IntegerField()
    run_out_days = serializers.IntegerField()


class EmployerPlans(APIView):
    """POST: a plan of an employer."""

    permission_classes = (only("operator"),)

    @extend_schema(request=EmployerPlanInput, responses={201: EmployerPlanOutput})
    def post(self, request: Request, employer_id: UUID) -> Response:
        """Create."""
        data = EmployerPlanInput(data=request.data)
        data.is_valid(raise_exception=True)
        plan = services.create(employer_id=employer_id, **data.validated_data, now=clock.now())
        return Response(EmployerPlanOutput(plan).data, status=201)
