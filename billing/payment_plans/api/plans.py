"""Plans and instalments over HTTP, for the member they belong to."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.payment_plans import queries
from billing.payment_plans.models import Instalment, PaymentPlan
from billing.payment_plans.rules import MOST_INSTALMENTS, Interval
from billing.payment_plans.services import plans
from workers.kernel import clock
from workers.kernel.api import Input, only
from workers.kernel.money import CURRENCY

_SECRET = {"Cache-Control": "no-store"}


class InstalmentOutput(serializers.Serializer[Instalment]):
    """One debit; the amount in cents."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    amount_cents = serializers.IntegerField()
    currency = serializers.SerializerMethodField()
    due_at = serializers.DateTimeField()
    status = serializers.CharField()

    def get_currency(self, instalment: Instalment) -> str:
        """The only currency."""
        return CURRENCY


class PlanOutput(serializers.Serializer[PaymentPlan]):
    """A plan with its instalments in order; the total in cents."""

    id = serializers.UUIDField()
    quote_id = serializers.UUIDField()
    status = serializers.CharField()
    interval = serializers.CharField()
    total_cents = serializers.IntegerField()
    waived_cents = serializers.IntegerField()
    autopay = serializers.BooleanField()
    paused_until = serializers.DateTimeField(allow_null=True)
    currency = serializers.SerializerMethodField()
    instalments = serializers.SerializerMethodField()

    def get_currency(self, plan: PaymentPlan) -> str:
        """The only currency."""
        return CURRENCY

    @extend_schema_field(InstalmentOutput(many=True))
    def get_instalments(self, plan: PaymentPlan) -> Any:
        """In the order in which they fall due."""
        ordered = sorted(plan.instalments.all(), key=lambda instalment: instalment.number)
        return [InstalmentOutput(each).data for each in ordered]


class PlanInput(Input):
    """How a member wants to pay an accepted quote."""

    quote_id = serializers.UUIDField()
    instalments = serializers.IntegerField(min_value=1, max_value=MOST_INSTALMENTS)
    interval = serializers.ChoiceField(choices=[each.value for each in Interval], default=Interval.MONTHLY.value)


class Plans(ListAPIView[PaymentPlan]):
    """The member's payment plans."""

    permission_classes = (only("employee"),)
    serializer_class = PlanOutput

    def get_queryset(self) -> QuerySet[PaymentPlan]:
        """Row-level security leaves the member's own."""
        return queries.list_plans()

    @extend_schema(request=PlanInput, responses={201: PlanOutput})
    def post(self, request: Request) -> Response:
        """Agree to a plan."""
        form = PlanInput(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = form.validated_data
        plan = plans.create(
            quote_id=wanted["quote_id"],
            count=wanted["instalments"],
            interval=Interval(wanted["interval"]),
            now=clock.now(),
        )
        return Response(PlanOutput(plan).data, status=201)


class Plan(APIView):
    """One payment plan."""

    permission_classes = (only("employee"),)

    @extend_schema(responses=PlanOutput)
    def get(self, request: Request, plan_id: UUID) -> Response:
        """Return it with its instalments."""
        return Response(PlanOutput(queries.get_plan(plan_id)).data)


class ActionOutput(serializers.Serializer[Any]):
    """What the payer's browser hands to Stripe.js to authenticate one payment."""

    payment_intent = serializers.CharField(source="payment_intent_id")
    client_secret = serializers.CharField()
    payment_method = serializers.CharField(source="payment_method.stripe_id")
    publishable_key = serializers.SerializerMethodField()

    def get_publishable_key(self, attempt: Any) -> str:
        """The key that a browser may hold."""
        return settings.STRIPE_PUBLISHABLE_KEY


class InstalmentDetailOutput(InstalmentOutput):
    """One debit, and what its payer has to do, if anything."""

    plan_id = serializers.UUIDField()
    action = serializers.SerializerMethodField()

    @extend_schema_field(ActionOutput(allow_null=True))
    def get_action(self, instalment: Instalment) -> Any:
        """Set while the status is action_required."""
        attempt = queries.find_attempt_to_authenticate(instalment.pk)
        return ActionOutput(attempt).data if attempt else None


class InstalmentDetail(APIView):
    """One instalment."""

    permission_classes = (only("employee"),)

    @extend_schema(responses=InstalmentDetailOutput)
    def get(self, request: Request, instalment_id: UUID) -> Response:
        """Return it, with the PaymentIntent to authenticate where one waits."""
        instalment = queries.get_instalment(instalment_id)
        return Response(InstalmentDetailOutput(instalment).data, headers=_SECRET)
