"""Closing months of the books, and opening them again."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.ledger import queries
from billing.ledger.api import FINANCE, MonthField
from billing.ledger.models import BookClosing
from billing.ledger.services import Signature, closing
from workers.kernel import clock
from workers.kernel.api import Input


class PeriodClosingInput(Input):
    """Which month, and why."""

    month = MonthField()
    reason = serializers.CharField(max_length=300)


class ClosingOutput(serializers.ModelSerializer[BookClosing]):
    """A closing or reopening: since then the books were closed through a day; balances in cents by account."""

    balances = serializers.DictField(child=serializers.IntegerField())

    class Meta:
        model = BookClosing
        fields = ("number", "closed_through", "is_reopening", "at", "by_user_id", "reason", "balances")


class PeriodsOutput(serializers.Serializer[Any]):
    """Through which day the books are closed, and how that came about, the newest first."""

    closed_through = serializers.DateField(allow_null=True)
    history = ClosingOutput(many=True)


class Periods(APIView):
    """What is closed."""

    permission_classes = FINANCE

    @extend_schema(responses=PeriodsOutput)
    def get(self, request: Request) -> Response:
        """Return the last closed day and the history."""
        history = queries.list_closings()
        return Response(PeriodsOutput({"closed_through": queries.closed_through(), "history": history}).data)


class Closing(APIView):
    """Closing a month."""

    permission_classes = FINANCE

    @extend_schema(request=PeriodClosingInput, responses={201: ClosingOutput})
    def post(self, request: Request) -> Response:
        """Close the books through a month."""
        return Response(ClosingOutput(closing.close(**_asked(request), now=clock.now())).data, status=201)


class Reopening(APIView):
    """Opening a month again."""

    permission_classes = FINANCE

    @extend_schema(request=PeriodClosingInput, responses={201: ClosingOutput})
    def post(self, request: Request) -> Response:
        """Open a month and all that follow it."""
        return Response(ClosingOutput(closing.reopen(**_asked(request), now=clock.now())).data, status=201)


def _asked(request: Request) -> dict[str, Any]:
    user: Any = request.user
    form = PeriodClosingInput(data=request.data)
    form.is_valid(raise_exception=True)
    signature = Signature(user_id=user.pk, reason=form.validated_data["reason"])
    return {"month": form.validated_data["month"], "signature": signature}
