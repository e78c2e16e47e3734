"""Operators agree on plans with employers: drafts, agreement, other terms from a day, renewal, end.

Owners among an employer's admins propose renewals, and change or withdraw what they proposed.
"""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import permissions
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.accounts.models import HrPermission, UserRole
from benefits.employers.queries import get_employer
from benefits.plans import queries, services
from benefits.plans.api.terms import (
    BenefitPlanInput,
    BenefitPlanOutput,
    DeclineInput,
    EndInput,
    OtherTermsInput,
    SupersedeInput,
    named_terms,
    tag_of,
)
from benefits.plans.models import Plan
from benefits.plans.rules import Terms
from workers.kernel import clock
from workers.kernel.api import Input, if_match, only, who

_OPERATOR = (only("operator"),)
_OPERATOR_OR_OWNER = only("operator") | only("hr_admin", permission=HrPermission.OWNER)
_IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag of the plan, as it was read."
)


def _read(form: type[Input], request: Request) -> dict[str, Any]:
    data = form(data=request.data)
    data.is_valid(raise_exception=True)
    return named_terms(data.validated_data)


def _told(plan: Plan, *, status: int = 200) -> Response:
    return Response(BenefitPlanOutput(plan).data, status=status, headers=tag_of(plan))


class EmployerPlans(ListAPIView[Plan]):
    """An employer's plans: every version, drafts too."""

    permission_classes = _OPERATOR
    serializer_class = BenefitPlanOutput

    def get_queryset(self) -> QuerySet[Plan]:
        """The newest first."""
        if getattr(self, "swagger_fake_view", False):
            return Plan.objects.none()
        return queries.list_plans(get_employer(self.kwargs["employer_id"]).pk)

    @extend_schema(request=BenefitPlanInput, responses={201: BenefitPlanOutput})
    def post(self, request: Request, employer_id: UUID) -> Response:
        """Agree on a plan at once, or write a draft."""
        terms = _read(BenefitPlanInput, request)
        make = services.draft if terms.pop("status") == "draft" else services.create
        plan = make(employer_id=employer_id, terms=Terms(**terms), by=who(request), now=clock.now())
        return _told(plan, status=201)


class PlanDetail(APIView):
    """One version of a plan."""

    def get_permissions(self) -> list[Any]:
        """HR reads what was agreed and what it proposed; operators change drafts, owners their proposals."""
        reads = self.request is None or self.request.method in permissions.SAFE_METHODS
        return [only("operator", "hr_admin")() if reads else _OPERATOR_OR_OWNER()]

    @extend_schema(responses=BenefitPlanOutput)
    def get(self, request: Request, employer_plan_id: UUID) -> Response:
        """Return it, with an ETag."""
        return _told(queries.get_plan(employer_plan_id))

    @extend_schema(request=OtherTermsInput, responses=BenefitPlanOutput, parameters=[_IF_MATCH])
    def patch(self, request: Request, employer_plan_id: UUID) -> Response:
        """Change terms of a draft."""
        plan = services.change(
            plan_id=employer_plan_id,
            changes=_read(OtherTermsInput, request),
            expected=if_match(request),
            by=who(request),
            now=clock.now(),
        )
        return _told(plan)

    @extend_schema(responses={204: None}, parameters=[_IF_MATCH])
    def delete(self, request: Request, employer_plan_id: UUID) -> Response:
        """Give a draft up, or withdraw a proposal."""
        services.discard(plan_id=employer_plan_id, expected=if_match(request), by=who(request), now=clock.now())
        return Response(status=204)


class AgreePlan(APIView):
    """POST: a draft comes into force."""

    permission_classes = _OPERATOR

    @extend_schema(request=None, responses=BenefitPlanOutput, parameters=[_IF_MATCH])
    def post(self, request: Request, employer_plan_id: UUID) -> Response:
        """Agree; its terms never change any more."""
        plan = services.agree(plan_id=employer_plan_id, expected=if_match(request), by=who(request), now=clock.now())
        return _told(plan)


class SupersedePlan(APIView):
    """POST: other terms hold from a day on."""

    permission_classes = _OPERATOR

    @extend_schema(request=SupersedeInput, responses={201: BenefitPlanOutput}, parameters=[_IF_MATCH])
    def post(self, request: Request, employer_plan_id: UUID) -> Response:
        """Return the version that follows; it keeps the members and the year of the limits."""
        changes = _read(SupersedeInput, request)
        plan = services.supersede(
            plan_id=employer_plan_id,
            from_day=changes.pop("from_day"),
            changes=changes,
            expected=if_match(request),
            by=who(request),
            now=clock.now(),
        )
        return _told(plan, status=201)


class RenewPlan(APIView):
    """POST: a copy as a draft, from the day after the plan's last one; an owner's is a proposal to the operators."""

    permission_classes = (_OPERATOR_OR_OWNER,)

    @extend_schema(request=OtherTermsInput, responses={201: BenefitPlanOutput})
    def post(self, request: Request, employer_plan_id: UUID) -> Response:
        """Return the draft."""
        user: Any = request.user
        plan = services.renew(
            plan_id=employer_plan_id,
            changes=_read(OtherTermsInput, request),
            by=who(request),
            now=clock.now(),
            is_proposal=user.role == UserRole.HR_ADMIN,
        )
        return _told(plan, status=201)


class DeclinePlan(APIView):
    """POST: an employer's proposal is not agreed to."""

    permission_classes = _OPERATOR

    @extend_schema(request=DeclineInput, responses=BenefitPlanOutput, parameters=[_IF_MATCH])
    def post(self, request: Request, employer_plan_id: UUID) -> Response:
        """Decline it; the employer's admins read the reason."""
        plan = services.decline(
            plan_id=employer_plan_id,
            **_read(DeclineInput, request),
            expected=if_match(request),
            by=who(request),
            now=clock.now(),
        )
        return _told(plan)


class EndPlan(APIView):
    """POST: a plan covers nobody after a day."""

    permission_classes = _OPERATOR

    @extend_schema(request=EndInput, responses=BenefitPlanOutput, parameters=[_IF_MATCH])
    def post(self, request: Request, employer_plan_id: UUID) -> Response:
        """End it; courses under way have its run-out."""
        plan = services.end(
            plan_id=employer_plan_id,
            **_read(EndInput, request),
            expected=if_match(request),
            by=who(request),
            now=clock.now(),
        )
        return _told(plan)
