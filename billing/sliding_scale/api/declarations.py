"""What members do over HTTP: declare an income, send in evidence, appeal."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.sliding_scale.forms import SENT_IN
from billing.sliding_scale.models import IncomeDeclaration
from billing.sliding_scale.queries import list_declarations
from billing.sliding_scale.rules import MAX_HOUSEHOLD, MAX_INCOME_CENTS, Region
from billing.sliding_scale.services import declaring
from workers.kernel import clock
from workers.kernel.api import Input, only


class DeclarationInput(Input):
    """Yearly income of the whole household in cents; assets are never asked for."""

    annual_income_cents = serializers.IntegerField(min_value=0, max_value=MAX_INCOME_CENTS)
    household_size = serializers.IntegerField(min_value=1, max_value=MAX_HOUSEHOLD)
    region = serializers.ChoiceField(choices=[region.value for region in Region])


class DocumentInput(Input):
    """What was sent in: its kind, and the reference that the upload got."""

    kind = serializers.ChoiceField(choices=SENT_IN)
    reference = serializers.CharField(max_length=declaring.MOST_REFERENCE)


class AppealInput(Input):
    """Why the member disagrees, in their own words; kept encrypted."""

    grounds = serializers.CharField(max_length=declaring.MOST_LETTERS)


class DocumentOutput(serializers.Serializer[Any]):
    """A document; its reference is not sent back."""

    kind = serializers.CharField()
    status = serializers.CharField()
    submitted_at = serializers.DateTimeField()


class AppealOutput(serializers.Serializer[Any]):
    """An appeal and, once decided, why so."""

    id = serializers.UUIDField()
    status = serializers.CharField()
    opened_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.SerializerMethodField()

    def get_reason(self, appeal: Any) -> str:
        """The operator's reason."""
        return str(appeal.decision["reason"]) if appeal.decision else ""


class DeclarationOutput(serializers.Serializer[Any]):
    """A declaration: `band` as in the programme's data; the amounts are not sent back.

    `standing`: provisional or documented count; a lapsed or expired one is to be declared anew. `valid_until` is when
    it has to be in any case.
    """

    id = serializers.UUIDField()
    region = serializers.CharField()
    band = serializers.CharField()
    programme = serializers.CharField()
    guideline_version = serializers.CharField()
    status = serializers.CharField()
    standing = serializers.SerializerMethodField()
    declared_at = serializers.DateTimeField()
    evidence_due_at = serializers.DateTimeField()
    valid_until = serializers.DateTimeField()

    def get_standing(self, declaration: IncomeDeclaration) -> str:
        """What it is worth now."""
        return declaration.standing_at(clock.now())


class DeclarationDetail(DeclarationOutput):
    """With what was sent in and appealed against."""

    documents = DocumentOutput(many=True)
    appeals = AppealOutput(many=True)


class Declarations(generics.ListAPIView[IncomeDeclaration]):
    """A member's declarations."""

    permission_classes = (only("employee"),)
    serializer_class = DeclarationDetail

    def get_queryset(self) -> Any:
        """Row-level security narrows it."""
        return list_declarations()

    @extend_schema(request=DeclarationInput, responses={201: DeclarationOutput})
    def post(self, request: Request) -> Response:
        """Declare an income; evidence is due in 30 days."""
        user: Any = request.user
        form = DeclarationInput(data=request.data)
        form.is_valid(raise_exception=True)
        declaration = declaring.declare(
            member_id=user.member_id, employer_id=user.employer_id, now=clock.now(), **form.validated_data
        )
        return Response(DeclarationOutput(declaration).data, status=201)


class Documents(APIView):
    """Evidence that a member sends in."""

    permission_classes = (only("employee"),)

    @extend_schema(request=DocumentInput, responses={201: DeclarationOutput})
    def post(self, request: Request, declaration_id: UUID) -> Response:
        """Send in a document; the discount stays until somebody has looked at it."""
        user: Any = request.user
        form = DocumentInput(data=request.data)
        form.is_valid(raise_exception=True)
        declaration = declaring.send_evidence(
            declaration_id=declaration_id, member_id=user.member_id, now=clock.now(), **form.validated_data
        )
        return Response(DeclarationOutput(declaration).data, status=201)


class Appeals(APIView):
    """Objecting to what a declaration gave."""

    permission_classes = (only("employee"),)

    @extend_schema(request=AppealInput, responses={201: AppealOutput})
    def post(self, request: Request, declaration_id: UUID) -> Response:
        """Appeal; an operator decides."""
        user: Any = request.user
        form = AppealInput(data=request.data)
        form.is_valid(raise_exception=True)
        row = declaring.appeal(
            declaration_id=declaration_id, member_id=user.member_id, now=clock.now(), **form.validated_data
        )
        return Response(AppealOutput(row).data, status=201)
