"""HR reads headcounts, movements of the roster, and settled quarters; never who uses the benefit."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.reports import queries
from benefits.reports.models import QuarterFigure
from benefits.reports.rules import ROUNDED_TO, SMALLEST_CELL, WHY_HIDDEN
from workers.kernel import clock
from workers.kernel.api import Input, employer_of, only
from workers.kernel.errors import Invalid
from workers.kernel.wire import Pages

_HR = (only("hr_admin"),)
MOST_MONTHS = 36


class PlanHeadcountOutput(serializers.Serializer[object]):
    """A plan's headcount; null stands for fewer than `smallest_cell`."""

    plan_id = serializers.UUIDField()
    plan_name = serializers.CharField()
    enrolled = serializers.IntegerField(allow_null=True)


class EnrollmentReportOutput(serializers.Serializer[object]):
    """Headcounts on a day."""

    on = serializers.DateField()
    smallest_cell = serializers.IntegerField()
    plans = PlanHeadcountOutput(many=True)


class EnrollmentReport(APIView):
    """GET: how many members each plan covers today; never who uses it."""

    permission_classes = _HR

    @extend_schema(responses=EnrollmentReportOutput)
    def get(self, request: Request) -> Response:
        """Return the headcounts."""
        today = clock.now().date()
        plans = queries.headcounts(employer_of(request), on=today)
        report = {"on": today, "smallest_cell": SMALLEST_CELL, "plans": plans}
        return Response(EnrollmentReportOutput(report).data)


class MonthField(serializers.CharField):
    """A month as `2026-03`."""

    def to_internal_value(self, data: Any) -> date:  # type: ignore[override] # text comes in, a day goes out
        """Its first day. Raises ValidationError."""
        try:
            month = date.fromisoformat(f"{super().to_internal_value(data)}-01")
        except ValueError:
            raise serializers.ValidationError("A month is written like 2026-03.") from None
        if not 2000 <= month.year < 2200:
            raise serializers.ValidationError("No month of this century or the next.")
        return month


class MovementsInput(Input):
    """From one month through another; without them, the last twelve."""

    since = MonthField(required=False)
    until = MonthField(required=False)


class RosterMovementOutput(serializers.Serializer[object]):
    """A month of the roster: how many had cover for the first time, again, or no longer, as HR itself reported."""

    month = serializers.SerializerMethodField()
    joined = serializers.IntegerField()
    reinstated = serializers.IntegerField()
    left = serializers.IntegerField()

    @extend_schema_field(str)
    def get_month(self, movement: queries.Movement) -> str:
        """As `2026-03`."""
        return f"{movement.month:%Y-%m}"


class MovementsOutput(serializers.Serializer[object]):
    """Months, the earliest first."""

    months = RosterMovementOutput(many=True)


class MovementsReport(APIView):
    """GET: how many joined, were reinstated, and left, month by month."""

    permission_classes = _HR

    @extend_schema(parameters=[MovementsInput], responses=MovementsOutput)
    def get(self, request: Request) -> Response:
        """Return the months."""
        form = MovementsInput(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        until = form.validated_data.get("until", clock.now().date().replace(day=1))
        since = form.validated_data.get("since", until.replace(year=until.year - 1))
        months = (until.year - since.year) * 12 + until.month - since.month + 1
        if not 1 <= months <= MOST_MONTHS:
            raise Invalid(f"Ask for 1 to {MOST_MONTHS} months, the earlier one as `since`.")
        report = {"months": queries.movements(employer_of(request), since=since, until=until)}
        return Response(MovementsOutput(report).data)


class QuarterOutput(serializers.Serializer[QuarterFigure]):
    """A settled quarter. `reached`: of those covered, how many had at least one appointment that took place; to 5.

    Null is hidden, and `why_hidden` says by which rules.
    """

    quarter = serializers.SerializerMethodField()
    reached = serializers.IntegerField(allow_null=True)
    rounded_to = serializers.IntegerField(default=ROUNDED_TO)
    why_hidden = serializers.SerializerMethodField()

    @extend_schema_field(str)
    def get_quarter(self, figure: QuarterFigure) -> str:
        """As `2026-Q1`."""
        return f"{figure.quarter.year}-Q{(figure.quarter.month + 2) // 3}"

    @extend_schema_field(str)
    def get_why_hidden(self, figure: QuarterFigure) -> str:
        """Empty where it is shown; the same sentence wherever it is not."""
        return WHY_HIDDEN if figure.reached is None else ""


class QuarterPages(Pages):
    """By quarter."""

    ordering = "-quarter"


class QuartersReport(ListAPIView[QuarterFigure]):
    """GET: the settled quarters, the newest first. A figure never changes once it is here."""

    permission_classes = _HR
    serializer_class = QuarterOutput
    pagination_class: type[CursorPagination] | None = QuarterPages

    def get_queryset(self) -> QuerySet[QuarterFigure]:
        """Row-level security leaves the employer's own."""
        return queries.list_quarters()
