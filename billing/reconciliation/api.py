"""Differences between Stripe and the ledger, as work for finance."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.ledger.api import FINANCE
from billing.ledger.rules import Account
from billing.ledger.services import Signature
from billing.reconciliation import queries
from billing.reconciliation.models import Difference, DifferenceStatus
from billing.reconciliation.rules import REMEDIES, DifferenceKind
from billing.reconciliation.services.resolving import resolve
from workers.kernel import clock
from workers.kernel.api import Input


class DifferenceOutput(serializers.ModelSerializer[Difference]):
    """What Stripe has (`found_cents`), what the ledger has (`expected_cents`), and what to do about it."""

    off_cents = serializers.IntegerField()
    remedy = serializers.SerializerMethodField()

    class Meta:
        model = Difference
        fields = (
            "id",
            "kind",
            "subject",
            "expected_cents",
            "found_cents",
            "off_cents",
            "found_at",
            "status",
            "remedy",
            "resolved_at",
            "by_user_id",
            "reason",
            "journal_id",
        )

    def get_remedy(self, difference: Difference) -> str:
        """What to do about this kind."""
        return REMEDIES[DifferenceKind(difference.kind)]


class FilterInput(Input):
    """Which differences."""

    status = serializers.ChoiceField(choices=DifferenceStatus.choices, required=False)
    page_size = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False)


class ResolutionInput(Input):
    """Which account bears the difference, and how it came about."""

    account = serializers.ChoiceField(choices=[account.value for account in Account], required=False)
    reason = serializers.CharField(max_length=300)


@extend_schema(parameters=[OpenApiParameter("status", str, enum=DifferenceStatus.values)])
class Differences(ListAPIView[Difference]):
    """Everything that ever differed, the newest first."""

    permission_classes = FINANCE
    serializer_class = DifferenceOutput

    def get_queryset(self) -> QuerySet[Difference]:
        """All, or those of a status."""
        asked = FilterInput(data=self.request.query_params.dict())
        asked.is_valid(raise_exception=True)
        found = queries.list_differences()
        status = asked.validated_data.get("status")
        return found.filter(status=status) if status else found


class Resolution(APIView):
    """Resolving one difference."""

    permission_classes = FINANCE

    @extend_schema(request=ResolutionInput, responses=DifferenceOutput)
    def post(self, request: Request, difference_id: UUID) -> Response:
        """Bring the ledger to what Stripe says, by a journal under the operator's name."""
        user: Any = request.user
        form = ResolutionInput(data=request.data)
        form.is_valid(raise_exception=True)
        account = form.validated_data.get("account")
        difference = resolve(
            difference_id=difference_id,
            account=Account(account) if account else None,
            signature=Signature(user_id=user.pk, reason=form.validated_data["reason"]),
            now=clock.now(),
        )
        return Response(DifferenceOutput(difference).data)
