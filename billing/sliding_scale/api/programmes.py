"""Programmes' bands and subsidy funds, kept by operators with the permission `finance`."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.ledger.api import FINANCE, amount
from billing.sliding_scale.models import SlidingScaleProgramme, SubsidyFund
from billing.sliding_scale.queries import list_funds, list_programmes
from billing.sliding_scale.rules import Band
from billing.sliding_scale.services import funds, programmes
from workers.kernel import clock
from workers.kernel.api import Input

MOST_PERCENT = 10_000  # a hundred times the guideline: a typing error beyond
_CODE = r"^[a-z][a-z0-9_]{0,39}$"


class BandInput(Input):
    """Incomes above `above_percent` of the guideline, up to and including `up_to_percent`."""

    code = serializers.RegexField(_CODE)
    above_percent = serializers.IntegerField(min_value=0, max_value=MOST_PERCENT)
    up_to_percent = serializers.IntegerField(min_value=1, max_value=MOST_PERCENT)
    discount_percent = serializers.IntegerField(min_value=1, max_value=100)
    nominal_cents = amount(0, default=0)


class ProgrammeInput(Input):
    """Bands from 0 on without gap or overlap, in force from a day; without `employer_id` for everybody."""

    code = serializers.RegexField(_CODE)
    employer_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    effective_on = serializers.DateField()
    bands = BandInput(many=True)


class BandOutput(serializers.Serializer[Any]):
    """A band."""

    code = serializers.CharField()
    above_percent = serializers.IntegerField()
    up_to_percent = serializers.IntegerField()
    discount_percent = serializers.IntegerField()
    nominal_cents = serializers.IntegerField()


class ProgrammeOutput(serializers.Serializer[Any]):
    """A saved programme; quotes name its version."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    version = serializers.CharField()
    employer_id = serializers.UUIDField(allow_null=True)
    effective_on = serializers.DateField()
    bands = BandOutput(many=True)


class FundInput(Input):
    """A budget for the discounts of a programme."""

    programme = serializers.RegexField(_CODE)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(required=False, allow_null=True, default=None)
    budget_cents = amount(0)


class BudgetInput(Input):
    """Another budget."""

    budget_cents = amount(0)


class FundOutput(serializers.Serializer[Any]):
    """A fund: budget = reserved (open quotes) + spent (accepted ones) + left."""

    id = serializers.UUIDField()
    programme = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
    currency = serializers.CharField()
    budget_cents = serializers.IntegerField()
    reserved_cents = serializers.IntegerField()
    spent_cents = serializers.IntegerField()
    left_cents = serializers.IntegerField()


class Programmes(generics.ListAPIView[SlidingScaleProgramme]):
    """The saved programmes."""

    permission_classes = FINANCE
    serializer_class = ProgrammeOutput

    def get_queryset(self) -> Any:
        """All of them."""
        return list_programmes()

    @extend_schema(request=ProgrammeInput, responses={201: ProgrammeOutput})
    def post(self, request: Request) -> Response:
        """Save a programme's next version; gaps and overlaps are refused by field."""
        form = ProgrammeInput(data=request.data)
        form.is_valid(raise_exception=True)
        facts = dict(form.validated_data)
        bands = [Band(**band) for band in facts.pop("bands")]
        saved = programmes.save(**facts, bands=bands, now=clock.now())
        return Response(ProgrammeOutput(saved).data, status=201)


class Funds(generics.ListAPIView[SubsidyFund]):
    """The subsidy funds."""

    permission_classes = FINANCE
    serializer_class = FundOutput

    def get_queryset(self) -> Any:
        """All of them."""
        return list_funds()

    @extend_schema(request=FundInput, responses={201: FundOutput})
    def post(self, request: Request) -> Response:
        """Open a fund."""
        form = FundInput(data=request.data)
        form.is_valid(raise_exception=True)
        fund = funds.open_fund(now=clock.now(), **form.validated_data)
        return Response(FundOutput(fund).data, status=201)


class Fund(APIView):
    """One fund."""

    permission_classes = FINANCE

    @extend_schema(request=BudgetInput, responses=FundOutput)
    def patch(self, request: Request, fund_id: UUID) -> Response:
        """Change its budget, not below what is reserved or spent."""
        form = BudgetInput(data=request.data)
        form.is_valid(raise_exception=True)
        fund = funds.set_budget(fund_id=fund_id, **form.validated_data)
        return Response(FundOutput(fund).data)
