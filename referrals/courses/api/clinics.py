"""A clinic's calendar, who gives the sessions of a course, and its own measures."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.courses.api.reading import CourseOutput
from referrals.courses.forms import CalendarInput, PeriodInput, TherapistInput
from referrals.courses.models import ClinicCalendar
from referrals.courses.queries import get_course
from referrals.courses.queries.measures import Measured, measure, total
from referrals.courses.services import calendars
from workers.kernel import clock
from workers.kernel.api import only

_Keepers = only("clinic_staff") | only("operator", permission="care")


class CalendarOutput(serializers.ModelSerializer[ClinicCalendar]):
    """Closed days, therapists and the windows that the clinic follows; `revision` 0: nothing was ever saved."""

    class Meta:
        model = ClinicCalendar
        fields = ("clinic_id", "revision", "closed_on_holidays", "closures", "therapists", "windows")


class Calendar(APIView):
    """When a clinic holds no sessions, and who gives them."""

    permission_classes = (_Keepers,)

    @extend_schema(responses=CalendarOutput)
    def get(self, request: Request, clinic_id: UUID) -> Response:
        """As it is kept."""
        return Response(CalendarOutput(calendars.get_calendar(clinic_id=clinic_id)).data)

    @extend_schema(request=CalendarInput, responses=CalendarOutput)
    def put(self, request: Request, clinic_id: UUID) -> Response:
        """Replace it; the clinic's courses are replanned. 409 `changed_meanwhile` when somebody saved since."""
        data = CalendarInput(data=request.data)
        data.is_valid(raise_exception=True)
        row = calendars.save_calendar(clinic_id=clinic_id, **data.read(), now=clock.now())
        return Response(CalendarOutput(row).data)


class CourseTherapist(APIView):
    """Who gives the sessions of a course."""

    permission_classes = (only("clinic_staff"),)

    @extend_schema(request=TherapistInput, responses=CourseOutput)
    def put(self, request: Request, course_id: UUID) -> Response:
        """Name them; proposals go to their days."""
        data = TherapistInput(data=request.data)
        data.is_valid(raise_exception=True)
        user: Any = request.user
        code: str = data.validated_data["therapist"]
        calendars.name_therapist(course_id=course_id, clinic_id=user.clinic_id, code=code, now=clock.now())
        return Response(CourseOutput(get_course(course_id)).data)


class MeasuredOutput(serializers.Serializer[Measured]):
    """Counts and shares of a period; a share is null where there was nothing to share."""

    clinic_id = serializers.UUIDField(allow_null=True)
    completed = serializers.IntegerField()
    missed = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    attendance = serializers.FloatField(allow_null=True)
    windows = serializers.IntegerField()
    windows_kept = serializers.IntegerField()
    in_window = serializers.FloatField(allow_null=True)


class OwnMeasures(APIView):
    """A clinic's own attendance, and integration within its window."""

    permission_classes = (only("clinic_staff"),)

    @extend_schema(parameters=[PeriodInput], responses=MeasuredOutput)
    def get(self, request: Request) -> Response:
        """Of what ended in the period."""
        data = PeriodInput(data=request.query_params.dict())
        data.is_valid(raise_exception=True)
        return Response(MeasuredOutput(total(measure(**data.instants()))).data)
