"""Courses for the member whose they are and for the clinic that holds them."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.courses.models import Course, Session, SessionStep
from referrals.courses.queries import get_course, list_courses, list_steps
from workers.kernel.api import only, scoped

READERS = only("employee", "clinic_staff") | scoped("sessions:read")


class BentOutput(serializers.Serializer[Any]):
    """A soft rule that a proposal bends, and why."""

    rule = serializers.CharField()
    why = serializers.CharField()


class SessionOutput(serializers.ModelSerializer[Session]):
    """One appointment; instants in UTC, the price in cents before any discount.

    One that `follows` another is to begin within its window. `bent` and `problem` are the planner's words; another time
    is suggested for what was agreed to when something else moved. `makes_up_id` is the session in whose stead it is.
    """

    bent = BentOutput(many=True)

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
            "follows_id",
            "makes_up_id",
            "window_opens_at",
            "window_closes_at",
            "agreed_at",
            "suggested_starts_at",
            "suggested_because",
            "bent",
            "problem",
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
            "window",
            "therapist",
            "route",
            "format",
            "status",
            "planned_at",
            "sessions",
        )


class Courses(generics.ListAPIView[Course]):
    """The member's own courses, or those of the clinic."""

    permission_classes = (READERS,)
    serializer_class = CourseOutput

    def get_queryset(self) -> Any:
        """Row-level security narrows it."""
        return list_courses()


class OneCourse(APIView):
    """One course with its sessions."""

    permission_classes = (READERS,)

    @extend_schema(responses=CourseOutput)
    def get(self, request: Request, course_id: UUID) -> Response:
        """Answer 404 for another's course as for an unknown one."""
        return Response(CourseOutput(get_course(course_id)).data)


class SessionStepOutput(serializers.ModelSerializer[SessionStep]):
    """One thing that happened to a session: what, by whom, by which door, and why."""

    class Meta:
        model = SessionStep
        fields = ("id", "session_id", "what", "status", "starts_at", "at", "by", "channel", "because")


class History(generics.GenericAPIView[SessionStep]):
    """What happened to the sessions of a course."""

    permission_classes = (READERS,)
    serializer_class = SessionStepOutput
    queryset = SessionStep.objects.none()

    @extend_schema(operation_id="course_history_list", responses=SessionStepOutput(many=True))
    def get(self, request: Request, course_id: UUID) -> Response:
        """Newest first. Answer 404 for another's course as for an unknown one."""
        page = self.paginate_queryset(list_steps(get_course(course_id).pk))
        return self.get_paginated_response(SessionStepOutput(page, many=True).data)
