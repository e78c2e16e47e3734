"""Charges, refunds and disputes over HTTP, for operators who hold `finance`; and a member's own refunds."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.ledger.api import FINANCE
from billing.payment_plans import queries
from billing.payment_plans.models import ChargeAttempt, Refund
from billing.payment_plans.services import refunds
from workers.kernel import clock
from workers.kernel.api import Input, only
from workers.kernel.ids import new_id


class ChargeOutput(serializers.Serializer[ChargeAttempt]):
    """A successful charge; amounts in cents."""

    id = serializers.UUIDField()
    plan_id = serializers.UUIDField(source="instalment.plan_id")
    instalment_id = serializers.UUIDField()
    payment_intent = serializers.CharField(source="payment_intent_id")
    amount_cents = serializers.IntegerField()
    refunded_cents = serializers.IntegerField()
    is_surplus = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class Charges(ListAPIView[ChargeAttempt]):
    """Every successful charge, newest first."""

    permission_classes = FINANCE
    serializer_class = ChargeOutput

    def get_queryset(self) -> QuerySet[ChargeAttempt]:
        """All of them."""
        return queries.list_charges()


class RefundInput(Input):
    """What is to go back; all that is left where no amount is named."""

    charge_id = serializers.UUIDField()
    amount_cents = serializers.IntegerField(min_value=1, max_value=99_999_999, required=False)
    reason = serializers.ChoiceField(choices=[each.value for each in refunds.BY_PEOPLE])


class RefundOutput(serializers.Serializer[Refund]):
    """A refund and how far it has come; the amount in cents."""

    id = serializers.UUIDField()
    charge_id = serializers.UUIDField(source="attempt_id")
    amount_cents = serializers.IntegerField()
    reason = serializers.CharField()
    status = serializers.CharField()
    code = serializers.CharField()
    requested_by = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()


class Refunds(ListAPIView[Refund]):
    """Every refund, newest first."""

    permission_classes = FINANCE
    serializer_class = RefundOutput

    def get_queryset(self) -> QuerySet[Refund]:
        """All of them."""
        return queries.list_refunds()

    @extend_schema(request=RefundInput, responses={201: RefundOutput})
    def post(self, request: Request) -> Response:
        """Approve a refund; 409 for more than what is left. Repeating an Idempotency-Key makes no second one."""
        form = RefundInput(data=request.data)
        form.is_valid(raise_exception=True)
        wanted, who = form.validated_data, _user_of(request)
        refund = refunds.ask(
            attempt_id=wanted["charge_id"],
            amount_cents=wanted.get("amount_cents"),
            reason=wanted["reason"],
            requested_by=who.pk,
            request_key=f"{who.pk}:{request.headers.get('Idempotency-Key', new_id())}",
            now=clock.now(),
        )
        return Response(RefundOutput(refund).data, status=201)


class RefundRetry(APIView):
    """Sending a refund again that came back."""

    permission_classes = FINANCE

    @extend_schema(request=None, responses={202: RefundOutput})
    def post(self, request: Request, refund_id: UUID) -> Response:
        """Send it once more; 409 for one that did not come back."""
        return Response(RefundOutput(refunds.send_again(refund_id=refund_id, now=clock.now())).data, status=202)


class OwnRefundOutput(serializers.Serializer[Refund]):
    """Money that goes back to the member; the amount in cents."""

    id = serializers.UUIDField()
    amount_cents = serializers.IntegerField()
    status = serializers.CharField()
    created_at = serializers.DateTimeField()


class OwnRefunds(ListAPIView[Refund]):
    """What goes back to the member who asks, newest first."""

    permission_classes = (only("employee"),)
    serializer_class = OwnRefundOutput

    def get_queryset(self) -> QuerySet[Refund]:
        """Row-level security leaves the member's own."""
        return queries.list_refunds()


def _user_of(request: Request) -> Any:
    return request.user
