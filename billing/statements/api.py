"""A member's own statement over HTTP."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.statements import queries
from billing.statements.rules import EntryKind
from workers.kernel import clock
from workers.kernel.api import Input, only
from workers.kernel.money import CURRENCY


class StatementYearInput(Input):
    """Which year, by the calendar of the member's own zone; without one, the present."""

    year = serializers.IntegerField(min_value=queries.FIRST_YEAR, max_value=queries.LAST_YEAR, required=False)


class AgreedPriceOutput(serializers.Serializer[Any]):
    """A price that was agreed to: list = discount + employer + own, in cents."""

    agreed_on = serializers.DateField()
    list_cents = serializers.IntegerField()
    discount_cents = serializers.IntegerField()
    employer_cents = serializers.IntegerField()
    own_cents = serializers.IntegerField()


class MovementOutput(serializers.Serializer[Any]):
    """One movement of money, in cents."""

    on = serializers.DateField()
    kind = serializers.ChoiceField(choices=[each.value for each in EntryKind])
    cents = serializers.IntegerField()
    method = serializers.CharField()


class StandingOutput(serializers.Serializer[Any]):
    """Over all years: agreed − waived − paid + lowered = to_pay, in cents."""

    agreed_cents = serializers.IntegerField()
    waived_cents = serializers.IntegerField()
    paid_cents = serializers.IntegerField()
    lowered_cents = serializers.IntegerField()
    to_pay_cents = serializers.IntegerField()


class MemberStatementOutput(serializers.Serializer[Any]):
    """A member's year; days are those of `zone`."""

    year = serializers.IntegerField()
    zone = serializers.CharField()
    made_at = serializers.DateTimeField()
    currency = serializers.SerializerMethodField()
    prices = AgreedPriceOutput(many=True)
    entries = MovementOutput(many=True)
    standing = StandingOutput()

    def get_currency(self, statement: object) -> str:
        """The only currency."""
        return CURRENCY


class MemberStatement(APIView):
    """What the member agreed to, paid, got back and still owes."""

    permission_classes = (only("employee"),)

    @extend_schema(
        parameters=[OpenApiParameter("year", int, description="Of the member's own calendar; without it, this year.")],
        responses=MemberStatementOutput,
    )
    def get(self, request: Request) -> Response:
        """Return a year."""
        asked = StatementYearInput(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        user: Any = request.user
        now = clock.now()
        year = asked.validated_data.get("year", now.year)
        statement = queries.statement_of(user.member_id, year=year, now=now)
        return Response(MemberStatementOutput(statement).data, headers={"Cache-Control": "no-store"})
