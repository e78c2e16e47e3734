"""HR reads headcounts."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.reports.queries import headcounts
from benefits.reports.rules import SMALLEST_CELL
from workers.kernel import clock
from workers.kernel.api import only


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

    permission_classes = (only("hr_admin"),)

    @extend_schema(responses=EnrollmentReportOutput)
    def get(self, request: Request) -> Response:
        """Return the headcounts."""
        today = clock.now().date()
        report = {"on": today, "smallest_cell": SMALLEST_CELL, "plans": headcounts(on=today)}
        return Response(EnrollmentReportOutput(report).data)
