"""What operators with the permission `finance` decide over HTTP: evidence and appeals."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.ledger.api import FINANCE
from billing.sliding_scale.api.declarations import AppealOutput, DeclarationOutput
from billing.sliding_scale.forms import SENT_IN
from billing.sliding_scale.queries import list_open_appeals, list_open_documents
from billing.sliding_scale.rules import MAX_HOUSEHOLD, MAX_INCOME_CENTS
from billing.sliding_scale.services import declaring, reviewing
from workers.kernel import clock
from workers.kernel.api import Input

MOST_ROWS = 200


class EvidenceInput(Input):
    """What was seen, or that what was sent in shows no income (`accepted` false)."""

    evidence = serializers.ChoiceField(choices=SENT_IN)
    accepted = serializers.BooleanField(default=True)


class DecisionInput(Input):
    """The decision with its reason, which the member reads; to grant is to name the figures that count."""

    grant = serializers.BooleanField()
    reason = serializers.CharField(max_length=declaring.MOST_LETTERS)
    annual_income_cents = serializers.IntegerField(min_value=0, max_value=MAX_INCOME_CENTS, required=False)
    household_size = serializers.IntegerField(min_value=1, max_value=MAX_HOUSEHOLD, required=False)


class WaitingDocument(serializers.Serializer[Any]):
    """A document to look at, and the figures that it should show."""

    declaration_id = serializers.UUIDField()
    kind = serializers.CharField()
    reference = serializers.CharField(source="details.reference")
    submitted_at = serializers.DateTimeField()
    annual_income_cents = serializers.IntegerField(source="declaration.details.annual_income_cents")
    household_size = serializers.IntegerField(source="declaration.details.household_size")
    evidence_due_at = serializers.DateTimeField(source="declaration.evidence_due_at")


class WaitingAppeal(serializers.Serializer[Any]):
    """An appeal to decide on, and the figures and the band that it objects to."""

    id = serializers.UUIDField()
    declaration_id = serializers.UUIDField()
    grounds = serializers.CharField(source="grounds.grounds")
    opened_at = serializers.DateTimeField()
    annual_income_cents = serializers.IntegerField(source="declaration.details.annual_income_cents")
    household_size = serializers.IntegerField(source="declaration.details.household_size")
    region = serializers.CharField(source="declaration.region")
    band = serializers.CharField(source="declaration.band")


class ReviewsOutput(serializers.Serializer[Any]):
    """What waits, oldest first, at most 200 of each."""

    documents = WaitingDocument(many=True)
    appeals = WaitingAppeal(many=True)


class Reviews(APIView):
    """What members wait for."""

    permission_classes = FINANCE

    @extend_schema(responses=ReviewsOutput)
    def get(self, request: Request) -> Response:
        """Documents and appeals that nobody has decided on."""
        waiting = {"documents": list_open_documents()[:MOST_ROWS], "appeals": list_open_appeals()[:MOST_ROWS]}
        return Response(ReviewsOutput(waiting).data)


class DeclarationEvidence(APIView):
    """Evidence of a declaration."""

    permission_classes = FINANCE

    @extend_schema(request=EvidenceInput, responses=DeclarationOutput)
    def post(self, request: Request, declaration_id: UUID) -> Response:
        """Confirm that evidence was seen, or refuse what was sent in."""
        form = EvidenceInput(data=request.data)
        form.is_valid(raise_exception=True)
        now, evidence = clock.now(), form.validated_data["evidence"]
        if form.validated_data["accepted"]:
            declaration = reviewing.confirm_evidence(declaration_id=declaration_id, evidence=evidence, now=now)
        else:
            declaration = reviewing.refuse_evidence(declaration_id=declaration_id, now=now)
        return Response(DeclarationOutput(declaration).data)


class AppealDecision(APIView):
    """Deciding on an appeal."""

    permission_classes = FINANCE

    @extend_schema(request=DecisionInput, responses=AppealOutput)
    def post(self, request: Request, appeal_id: UUID) -> Response:
        """Grant it with the figures that count, or uphold what was."""
        user: Any = request.user
        form = DecisionInput(data=request.data)
        form.is_valid(raise_exception=True)
        row = reviewing.decide_appeal(appeal_id=appeal_id, operator_id=user.pk, now=clock.now(), **form.validated_data)
        return Response(AppealOutput(row).data)
