"""The member's questionnaire, and the operator's list of urgent ones."""

from typing import Any
from uuid import UUID

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.screening import services
from referrals.screening.models import Screening
from referrals.screening.queries import CURRENT, get_questionnaire, list_urgent
from referrals.screening.rules import Result
from workers.kernel import clock
from workers.kernel.api import Input, only

_Care = only("operator", permission="care")


class ItemOutput(serializers.Serializer[Any]):
    """A question: `kind` yes_no is answered true or false, `scale` 0 to 3."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(["yes_no", "scale"])
    text = serializers.CharField()


class SectionOutput(serializers.Serializer[Any]):
    """Questions that belong together; of a section that is not required any may be left out."""

    id = serializers.CharField()
    title = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment] # a field, not the option
    items = ItemOutput(many=True)
    intro = serializers.CharField(required=False)
    labels = serializers.ListField(child=serializers.CharField(), required=False)


class ConsentOutput(serializers.Serializer[Any]):
    """What sending the answers agrees to."""

    version = serializers.CharField()
    text = serializers.CharField()


class QuestionnaireOutput(serializers.Serializer[Any]):
    """A questionnaire in the reader's language."""

    id = serializers.CharField()
    title = serializers.CharField()
    consent = ConsentOutput()
    sections = SectionOutput(many=True)


class CurrentQuestionnaire(APIView):
    """The questionnaire to answer now."""

    permission_classes = (only("employee", "operator"),)

    @extend_schema(responses=QuestionnaireOutput)
    def get(self, request: Request) -> Response:
        """In the language of Accept-Language: English or Spanish."""
        return Response(get_questionnaire(CURRENT).in_language(_language()))


class ScreeningInput(Input):
    """Answers by the ids of the items."""

    questionnaire = serializers.CharField(max_length=60)
    answers = serializers.DictField(child=serializers.JSONField(), allow_empty=False)


class ScreeningOutput(serializers.Serializer[Any]):
    """What the answers come to; `crisis_help`, when there, is to be shown before anything else."""

    crisis_help = serializers.CharField(required=False)
    id = serializers.UUIDField()
    result = serializers.ChoiceField(list(Result))


class Screenings(APIView):
    """Answering the questionnaire."""

    permission_classes = (only("employee"),)

    @extend_schema(request=ScreeningInput, responses={201: ScreeningOutput})
    def post(self, request: Request) -> Response:
        """Store the answers and say what they come to, urgent help first."""
        data = ScreeningInput(data=request.data)
        data.is_valid(raise_exception=True)
        user: Any = request.user
        screening = services.submit(
            member_id=user.member_id,
            questionnaire_id=data.validated_data["questionnaire"],
            answers=data.validated_data["answers"],
            now=clock.now(),
        )
        return Response(_as_answer(screening), status=status.HTTP_201_CREATED)


def _as_answer(screening: Screening) -> dict[str, Any]:
    questionnaire = get_questionnaire(screening.questionnaire)
    urgent = screening.result == Result.URGENT
    help_first = {"crisis_help": questionnaire.crisis_help(_language())} if urgent else {}
    return help_first | {"id": screening.pk, "result": screening.result}


def _language() -> str:
    return (get_language() or "en").partition("-")[0]


class UrgentOutput(serializers.ModelSerializer[Screening]):
    """Who needs somebody to call, and since when."""

    class Meta:
        model = Screening
        fields = ("id", "member_id", "submitted_at", "acknowledged_at")


class UrgentScreenings(generics.ListAPIView[Screening]):
    """Urgent screenings that nobody has taken up."""

    permission_classes = (_Care,)
    serializer_class = UrgentOutput

    def get_queryset(self) -> Any:
        """Newest first, by the page's order."""
        return list_urgent()


class Acknowledgement(APIView):
    """Taking up an urgent screening."""

    permission_classes = (_Care,)

    @extend_schema(request=None, responses=UrgentOutput)
    def post(self, request: Request, screening_id: UUID) -> Response:
        """It leaves the list."""
        return Response(UrgentOutput(services.acknowledge(screening_id=screening_id, now=clock.now())).data)
