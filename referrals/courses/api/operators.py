"""What operators see of courses: which have stalled, and how the network does."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.courses.api.clinics import MeasuredOutput
from referrals.courses.forms import PeriodInput
from referrals.courses.models import Course
from referrals.courses.queries import list_stalled
from referrals.courses.queries.measures import measure, total
from workers.kernel.api import only

_Care = only("operator", permission="care")


class StalledOutput(serializers.ModelSerializer[Course]):
    """A course without an appointment, since when, and whose business it is."""

    referral_id = serializers.UUIDField(source="request_id")

    class Meta:
        model = Course
        fields = ("id", "referral_id", "member_id", "clinic_id", "status", "planned_at", "stalled_at")


class StalledCourses(generics.ListAPIView[Course]):
    """Courses with which nothing happens by itself."""

    permission_classes = (_Care,)
    serializer_class = StalledOutput

    def get_queryset(self) -> Any:
        """Newest first, by the page's order."""
        return list_stalled()


class MeasuresOutput(serializers.Serializer[Any]):
    """The network, and each clinic."""

    network = MeasuredOutput()
    clinics = MeasuredOutput(many=True)


class Measures(APIView):
    """Attendance, and integration within its window."""

    permission_classes = (_Care,)

    @extend_schema(parameters=[PeriodInput], responses=MeasuresOutput)
    def get(self, request: Request) -> Response:
        """Of what ended in the period."""
        data = PeriodInput(data=request.query_params.dict())
        data.is_valid(raise_exception=True)
        clinics = measure(**data.instants())
        return Response(MeasuresOutput({"network": total(clinics), "clinics": clinics}).data)
