"""Answering: the questionnaire, all answers at once, and what came of them."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.screening.api.shapes import (
    AnswerReadOutput,
    OwnScreeningOutput,
    QuestionnaireOutput,
    ScreeningOutput,
    help_even_when_refused,
    reader_language,
    shown_questionnaire,
    shown_screening,
)
from referrals.screening.models import Screening
from referrals.screening.queries import (
    current_questionnaire,
    get_questionnaires,
    get_screening,
    list_reads,
    list_screenings,
)
from referrals.screening.services import submitting
from workers.kernel import clock
from workers.kernel.api import Input, only


class CurrentQuestionnaire(APIView):
    """The questionnaire to answer now."""

    permission_classes = (only("employee", "operator"),)

    @extend_schema(responses=QuestionnaireOutput)
    def get(self, request: Request) -> Response:
        """In the language of Accept-Language: English or Spanish."""
        return Response(shown_questionnaire(current_questionnaire(clock.now())))


class ConsentVersions(Input):
    """The versions of the texts that were shown and agreed to, by kind; `screening` is agreed to by sending."""

    screening = serializers.CharField(max_length=20, required=False)
    clinic = serializers.CharField(max_length=20, required=False)
    substance_use = serializers.CharField(max_length=20, required=False)


class ScreeningInput(Input):
    """Answers by the ids of the items."""

    questionnaire = serializers.CharField(max_length=60)
    answers = serializers.DictField(child=serializers.JSONField(), allow_empty=False)
    consents = ConsentVersions(required=False)


class SentOutput(serializers.ModelSerializer[Screening]):
    """A screening in a list."""

    class Meta:
        model = Screening
        fields = ("id", "questionnaire", "result", "submitted_at")


class Screenings(generics.ListAPIView[Screening]):
    """A member's screenings, newest first, and answering the questionnaire at once."""

    permission_classes = (only("employee"),)
    serializer_class = SentOutput

    def get_queryset(self) -> Any:
        """Row-level security narrows it."""
        return list_screenings()

    @extend_schema(request=ScreeningInput, responses={201: ScreeningOutput})
    def post(self, request: Request) -> Response:
        """Store the answers and say what they come to, urgent help first."""
        data = ScreeningInput(data=request.data)
        data.is_valid(raise_exception=True)
        sent, user = data.validated_data, _user(request)
        with help_even_when_refused(get_questionnaires().get(sent["questionnaire"]), sent["answers"]):
            screening = submitting.submit(
                member_id=user.member_id,
                questionnaire_id=sent["questionnaire"],
                answers=sent["answers"],
                language=reader_language(),
                consents=sent.get("consents", {}),
                now=clock.now(),
            )
        return Response(shown_screening(screening), status=status.HTTP_201_CREATED)


class OneScreening(APIView):
    """A member's own screening."""

    permission_classes = (only("employee"),)

    @extend_schema(responses=OwnScreeningOutput)
    def get(self, request: Request, screening_id: UUID) -> Response:
        """What it came to, and who has read the answers, when and why."""
        screening = get_screening(screening_id)
        shown = shown_screening(screening) | {
            "questionnaire": screening.questionnaire,
            "submitted_at": screening.submitted_at,
            "reads": AnswerReadOutput(list_reads(screening.pk), many=True).data,
        }
        return Response(shown)


def _user(request: Request) -> Any:
    return request.user
