"""What operators who hold `care` see: who needs a call, and, for a reason that is recorded, answers."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.screening.models import Screening, UrgentCase
from referrals.screening.queries import list_urgent, redisclosure_notice_of
from referrals.screening.rules.questionnaires import Result
from referrals.screening.rules.reads import BY_OPERATORS, ReadReason
from referrals.screening.services import reading, urgent
from workers.kernel import clock
from workers.kernel.api import Input, only

_Care = only("operator", permission="care")


class UrgentOutput(serializers.ModelSerializer[UrgentCase]):
    """Who needs somebody to call, and since when; nothing of what was answered."""

    class Meta:
        model = UrgentCase
        fields = ("id", "member_id", "raised_at", "acknowledged_at")


class UrgentScreenings(generics.ListAPIView[UrgentCase]):
    """Urgent cases that nobody has taken up."""

    permission_classes = (_Care,)
    serializer_class = UrgentOutput

    def get_queryset(self) -> Any:
        """Newest first, by the page's order."""
        return list_urgent()


class Acknowledgement(APIView):
    """Taking up an urgent case."""

    permission_classes = (_Care,)

    @extend_schema(request=None, responses=UrgentOutput)
    def post(self, request: Request, screening_id: UUID) -> Response:
        """It leaves the list."""
        user: Any = request.user
        case = urgent.acknowledge(case_id=screening_id, operator_id=user.pk, now=clock.now())
        return Response(UrgentOutput(case).data)


class ReasonInput(Input):
    """Why the answers have to be read."""

    reason = serializers.ChoiceField(list(BY_OPERATORS))


class AnswersOutput(serializers.ModelSerializer[Screening]):
    """A screening with its answers, and the notice of 42 CFR Part 2, which goes wherever they go."""

    result = serializers.ChoiceField(list(Result))
    answers = serializers.DictField(child=serializers.JSONField())
    findings = serializers.ListField(child=serializers.CharField(), source="assessment.findings")
    scores = serializers.DictField(child=serializers.IntegerField(), source="assessment.scores")
    severities = serializers.DictField(child=serializers.CharField(), source="assessment.severities")
    redisclosure_notice = serializers.SerializerMethodField()

    class Meta:
        model = Screening
        fields = (
            "id",
            "member_id",
            "questionnaire",
            "submitted_at",
            "result",
            "answers",
            "findings",
            "scores",
            "severities",
            "redisclosure_notice",
        )

    def get_redisclosure_notice(self, screening: Screening) -> str:
        """Empty where nothing is protected."""
        return redisclosure_notice_of(screening)


class Answers(APIView):
    """A screening's answers."""

    permission_classes = (_Care,)

    @extend_schema(
        responses=AnswersOutput,
        parameters=[OpenApiParameter("reason", str, required=True, enum=[reason.value for reason in BY_OPERATORS])],
    )
    def get(self, request: Request, screening_id: UUID) -> Response:
        """Read them for `reason`; who read, when and why is recorded, and the member sees it.

        GET, because the answer to a POST with an Idempotency-Key would be kept and given again without a record.
        """
        data = ReasonInput(data=request.query_params.dict())
        data.is_valid(raise_exception=True)
        user: Any = request.user
        screening = reading.read_by_operator(
            screening_id=screening_id,
            reader_id=user.pk,
            reason=ReadReason(data.validated_data["reason"]),
            now=clock.now(),
        )
        return Response(AnswersOutput(screening).data)
