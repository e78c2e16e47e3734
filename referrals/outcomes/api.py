"""Outcomes over HTTP: a member's open questions and answers; the trend for the member and the clinic."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.courses.queries import get_course
from referrals.outcomes.models import Outcome
from referrals.outcomes.queries import get_outcome, list_open, questions_of, trend_for_member
from referrals.outcomes.services.answering import answer
from referrals.outcomes.services.reading import read_trend
from referrals.screening.api.shapes import (
    CrisisHelpOutput,
    SectionOutput,
    help_even_when_refused,
    help_first,
    reader_language,
)
from referrals.screening.rules.questionnaires import is_urgent
from workers.kernel import clock
from workers.kernel.api import Input, only, scoped


class OpenOutput(serializers.Serializer[Any]):
    """Questions that a member may answer until `expires_at`."""

    id = serializers.UUIDField()
    course_id = serializers.UUIDField()
    point = serializers.CharField()
    expires_at = serializers.DateTimeField()
    sections = SectionOutput(many=True)


class OutcomeAnswersInput(Input):
    """Answers by the ids of the items; any may be left out."""

    answers = serializers.DictField(child=serializers.JSONField(allow_null=True), allow_empty=False)


class PointOutput(serializers.Serializer[Any]):
    """One point of a course: what the answers sum up to, by scale; a sum in words diagnoses nothing."""

    id = serializers.UUIDField()
    point = serializers.CharField()
    session_id = serializers.UUIDField(allow_null=True)
    asked_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)
    scores = serializers.DictField(child=serializers.IntegerField())
    severities = serializers.DictField(child=serializers.CharField())


class TrendOutput(serializers.Serializer[Any]):
    """The points in their order; `change` is each scale's last sum less its first: below zero is better."""

    points = PointOutput(many=True)
    change = serializers.DictField(child=serializers.IntegerField())


class AnsweredOutput(PointOutput):
    """What was answered; `crisis_help`, when there, is to be shown before anything else."""

    crisis_help = CrisisHelpOutput(required=False)


class OpenQuestions(APIView):
    """What a member may answer now."""

    permission_classes = (only("employee"),)

    @extend_schema(responses=OpenOutput(many=True))
    def get(self, request: Request) -> Response:
        """In the language of Accept-Language; oldest first."""
        return Response([_open(outcome) for outcome in list_open(now=clock.now()).order_by("due_at", "id")])


class OutcomeAnswers(APIView):
    """Answering one's own questions."""

    permission_classes = (only("employee"),)

    @extend_schema(request=OutcomeAnswersInput, responses=AnsweredOutput)
    def post(self, request: Request, outcome_id: UUID) -> Response:
        """Once; 409 afterwards and when it is too late, with crisis help all the same where an answer calls for it."""
        data = OutcomeAnswersInput(data=request.data)
        data.is_valid(raise_exception=True)
        answers, user = data.validated_data["answers"], _user(request)
        outcome = get_outcome(outcome_id)
        questions = questions_of(outcome.questionnaire) if outcome.questionnaire else None
        with help_even_when_refused(questions, answers):
            outcome = answer(outcome_id=outcome_id, member_id=user.member_id, answers=answers, now=clock.now())
        urgent = questions if questions and is_urgent(questions, answers) else None
        return Response(help_first(urgent) | _point(outcome))


class CourseOutcomes(APIView):
    """How the answers moved over a course."""

    permission_classes = (only("employee", "clinic_staff") | scoped("sessions:read"),)

    @extend_schema(responses=TrendOutput)
    def get(self, request: Request, course_id: UUID) -> Response:
        """A clinic sees sums, while the member lets it read their answers; else no points. That it did is kept."""
        user = _user(request)
        if user.role == "employee":
            trend = trend_for_member(course_id)
        else:
            trend = read_trend(request_id=get_course(course_id).request_id, reader=user, now=clock.now())
        return Response({"points": [_point(outcome) for outcome in trend.points], "change": trend.change})


def _open(outcome: Outcome) -> dict[str, Any]:
    shown = questions_of(outcome.questionnaire).in_language(reader_language())
    return {
        "id": outcome.pk,
        "course_id": outcome.course_id,
        "point": outcome.point,
        "expires_at": outcome.expires_at,
        "sections": shown["sections"],
    }


def _point(outcome: Outcome) -> dict[str, Any]:
    assessment = outcome.assessment or {"scores": {}, "severities": {}}
    return {
        "id": outcome.pk,
        "point": outcome.point,
        "session_id": outcome.session_id,
        "asked_at": outcome.asked_at,
        "answered_at": outcome.answered_at,
        "scores": assessment["scores"],
        "severities": assessment["severities"],
    }


def _user(request: Request) -> Any:
    return request.user
