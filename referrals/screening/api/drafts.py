"""Answering step by step. One draft a member, so its address needs no id; its ETag names draft and revision."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.screening.api.answering import ConsentVersions
from referrals.screening.api.shapes import (
    CrisisHelpOutput,
    QuestionnaireOutput,
    ScreeningOutput,
    help_even_when_refused,
    help_first,
    reader_language,
    shown_questionnaire,
    shown_screening,
)
from referrals.screening.models import ScreeningDraft
from referrals.screening.queries import find_draft, get_questionnaire, get_questionnaires
from referrals.screening.rules.questionnaires import Questionnaire, is_urgent
from referrals.screening.services import drafts
from workers.kernel import clock
from workers.kernel.api import Input, only
from workers.kernel.errors import DomainError, Invalid

_IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag of the draft that this builds on."
)


class RevisionMissing(DomainError):
    """Of two tabs the second would overwrite the first unseen: send the ETag that you read as If-Match."""

    code = "precondition_required"
    status = 428


class DraftInput(Input):
    """What was shown and agreed to at the start."""

    consents = ConsentVersions(required=False)


class AnswersInput(Input):
    """Answers by the ids of the items, as many as there are so far; null takes one back."""

    answers = serializers.DictField(child=serializers.JSONField(allow_null=True), allow_empty=False)


class DraftOutput(serializers.Serializer[Any]):
    """What was answered so far, and the version of the questionnaire that it was begun with."""

    crisis_help = CrisisHelpOutput(required=False)
    id = serializers.UUIDField()
    answers = serializers.DictField(child=serializers.JSONField())
    revision = serializers.IntegerField()
    saved_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    questionnaire = QuestionnaireOutput()


class Draft(APIView):
    """What a member saved on the way."""

    permission_classes = (only("employee"),)

    @extend_schema(responses=DraftOutput)
    def get(self, request: Request) -> Response:
        """404 when there is nothing to resume."""
        draft, _ = drafts.resume(member_id=_member(request), now=clock.now())
        return _answer(draft)

    @extend_schema(request=DraftInput, responses={201: DraftOutput, 200: DraftOutput})
    def post(self, request: Request) -> Response:
        """Start, or go on with what was begun (200)."""
        data = DraftInput(data=request.data)
        data.is_valid(raise_exception=True)
        draft, is_new = drafts.start(
            member_id=_member(request),
            language=reader_language(),
            consents=data.validated_data.get("consents", {}),
            now=clock.now(),
        )
        return _answer(draft, status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)

    @extend_schema(request=AnswersInput, responses=DraftOutput, parameters=[_IF_MATCH])
    def patch(self, request: Request) -> Response:
        """Save answers; 412 when another tab saved since."""
        data = AnswersInput(data=request.data)
        data.is_valid(raise_exception=True)
        answers = data.validated_data["answers"]
        with help_even_when_refused(_begun_with(_member(request)), answers):
            draft = drafts.save(member_id=_member(request), seen=_seen(request), answers=answers, now=clock.now())
        return _answer(draft)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Forget what was saved."""
        drafts.discard(member_id=_member(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class FinishedDraft(APIView):
    """Sending what was saved."""

    permission_classes = (only("employee"),)

    @extend_schema(request=None, responses=ScreeningOutput, parameters=[_IF_MATCH])
    def post(self, request: Request) -> Response:
        """The screening; a repeat answers the same. 422 names the questions that are still to be answered."""
        seen, member_id = _seen(request), _member(request)
        saved = find_draft(member_id)
        with help_even_when_refused(_begun_with(member_id), saved.answers if saved else {}):
            screening = drafts.finish(member_id=member_id, seen=seen, now=clock.now())
        return Response(shown_screening(screening))


def _answer(draft: ScreeningDraft, code: int = status.HTTP_200_OK) -> Response:
    questionnaire = get_questionnaire(draft.questionnaire)
    urgent = questionnaire if is_urgent(questionnaire, draft.answers) else None
    document = help_first(urgent) | {
        "id": draft.pk,
        "answers": draft.answers,
        "revision": draft.revision,
        "saved_at": draft.saved_at,
        "expires_at": draft.expires_at,
        "questionnaire": shown_questionnaire(questionnaire),
    }
    return Response(document, status=code, headers={"ETag": f'"{draft.pk}.{draft.revision}"'})


def _seen(request: Request) -> drafts.Revision:
    """The draft and revision of If-Match. Raises RevisionMissing, Invalid."""
    header = request.headers.get("If-Match", "")
    if not header:
        raise RevisionMissing("Read the draft, and send its ETag as If-Match.")
    name, _, number = header.strip('"').partition(".")
    try:
        return drafts.Revision(draft_id=UUID(name), number=int(number[:9]))
    except ValueError:
        raise Invalid("If-Match is the ETag of a draft, as it was read, in its quotes.") from None


def _begun_with(member_id: UUID) -> Questionnaire | None:
    saved = find_draft(member_id)
    return get_questionnaires().get(saved.questionnaire) if saved else None


def _member(request: Request) -> UUID:
    user: Any = request.user
    return user.member_id  # type: ignore[no-any-return] # the stubs know no member_id
