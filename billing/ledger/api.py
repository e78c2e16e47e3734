"""The ledger over HTTP, for operators with the permission `finance`."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.ledger import queries
from workers.kernel.api import only
from workers.kernel.money import CURRENCY


class AccountTotalOutput(serializers.Serializer[Any]):
    """One account; amounts in cents, the balance positive when debits outweigh credits."""

    account = serializers.CharField()
    type = serializers.CharField(source="account.type")
    debit_cents = serializers.IntegerField()
    credit_cents = serializers.IntegerField()
    balance_cents = serializers.IntegerField()


class TrialBalanceOutput(serializers.Serializer[Any]):
    """Every account of the chart, and the sums, which are equal."""

    currency = serializers.CharField()
    debit_cents = serializers.IntegerField()
    credit_cents = serializers.IntegerField()
    accounts = AccountTotalOutput(many=True)


class TrialBalance(APIView):
    """What every account holds."""

    permission_classes = (only("operator", permission="finance"),)

    @extend_schema(responses=TrialBalanceOutput)
    def get(self, request: Request) -> Response:
        """Return the trial balance over all postings."""
        totals = queries.trial_balance()
        answer = {
            "currency": CURRENCY,
            "debit_cents": sum(total.debit_cents for total in totals),
            "credit_cents": sum(total.credit_cents for total in totals),
            "accounts": totals,
        }
        return Response(TrialBalanceOutput(answer).data)
