"""Courses for the member whose they are and for the clinic that holds them."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.courses.models import Course, Session
from referrals.courses.queries import get_course, list_courses
from workers.kernel.api import only, scoped


class SessionOutput(serializers.ModelSerializer[Session]):
    """One appointment; instants in UTC, the price in cents before any discount."""

    class Meta:
        model = Session
        fields = (
            "id",
            "sequence",
            "kind",
            "route",
            "format",
            "list_price_cents",
            "starts_at",
            "ends_at",
            "status",
            "version",
            "completed_at",
        )


class CourseOutput(serializers.ModelSerializer[Course]):
    """A course and its sessions in their order."""

    referral_id = serializers.UUIDField(source="request_id")
    sessions = SessionOutput(many=True)

    class Meta:
        model = Course
        fields = (
            "id",
            "referral_id",
            "clinic_id",
            "protocol",
            "protocol_version",
            "route",
            "format",
            "status",
            "planned_at",
            "sessions",
        )


class Courses(generics.ListAPIView[Course]):
    """The member's own courses, or those of the clinic."""

    permission_classes = (only("employee", "clinic_staff") | scoped("sessions:read"),)
    serializer_class = CourseOutput

    def get_queryset(self) -> Any:
        """Row-level security narrows it."""
        return list_courses()


class OneCourse(APIView):
    """One course with its sessions."""

    permission_classes = (only("employee", "clinic_staff") | scoped("sessions:read"),)

    @extend_schema(responses=CourseOutput)
    def get(self, request: Request, course_id: UUID) -> Response:
        """Answer 404 for another's course as for an unknown one."""
        return Response(CourseOutput(get_course(course_id)).data)
