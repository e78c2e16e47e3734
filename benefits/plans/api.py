"""Operators agree on plans with employers."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.plans import services
from benefits.plans.rules import MOST_CENTS, MOST_SESSIONS, ROUTES, SESSION_KINDS, Contribution
from workers.kernel import clock
from workers.kernel.api import Input, only


def _cents(**more: object) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=MOST_CENTS, **more)  # type: ignore[arg-type]


class ContributionInput(Input):
    """What the plan pays for one kind of session: `percent` or `fixed_cents`; limits per plan year."""

    session_kind = serializers.ChoiceField(choices=SESSION_KINDS)
    percent = serializers.IntegerField(min_value=0, max_value=100, required=False, allow_null=True, default=None)
    fixed_cents = _cents(required=False, allow_null=True, default=None)
    annual_cap_cents = _cents(required=False, allow_null=True, default=None)
    sessions_per_year = serializers.IntegerField(
        min_value=0, max_value=MOST_SESSIONS, required=False, allow_null=True, default=None
    )


class EmployerPlanInput(Input):
    """The terms of a plan; days are calendar days, money is cents."""

    name = serializers.CharField(max_length=200)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(required=False, allow_null=True, default=None)
    employer_share_percent = serializers.IntegerField(min_value=0, max_value=100)
    annual_cap_cents = _cents()
    lifetime_cap_cents = _cents(required=False, allow_null=True, default=None)
    deductible_cents = _cents()
    covered_routes = serializers.ListField(child=serializers.ChoiceField(choices=ROUTES), allow_empty=False)
    waiting_days = serializers.IntegerField(min_value=0, max_value=365)
    run_out_days = serializers.IntegerField(min_value=0, max_value=365, required=False, default=0)
    contributions = ContributionInput(many=True, required=False, default=list)


class ContributionOutput(serializers.Serializer[object]):
    """What the plan pays for one kind of session."""

    session_kind = serializers.CharField()
    percent = serializers.IntegerField(allow_null=True)
    fixed_cents = serializers.IntegerField(allow_null=True)
    annual_cap_cents = serializers.IntegerField(allow_null=True)
    sessions_per_year = serializers.IntegerField(allow_null=True)


class EmployerPlanOutput(serializers.Serializer[object]):
    """A plan."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
    employer_share_percent = serializers.IntegerField()
    annual_cap_cents = serializers.IntegerField()
    lifetime_cap_cents = serializers.IntegerField(allow_null=True)
    deductible_cents = serializers.IntegerField()
    covered_routes = serializers.ListField(child=serializers.CharField())
    waiting_days = serializers.IntegerField()
    run_out_days = serializers.IntegerField()
    contributions = ContributionOutput(many=True)


class EmployerPlans(APIView):
    """POST: a plan of an employer."""

    permission_classes = (only("operator"),)

    @extend_schema(request=EmployerPlanInput, responses={201: EmployerPlanOutput})
    def post(self, request: Request, employer_id: UUID) -> Response:
        """Create."""
        form = EmployerPlanInput(data=request.data)
        form.is_valid(raise_exception=True)
        terms = dict(form.validated_data)
        contributions = [Contribution(**one) for one in terms.pop("contributions")]
        plan = services.create(employer_id=employer_id, **terms, contributions=contributions, now=clock.now())
        return Response(EmployerPlanOutput(plan).data, status=201)
