"""Declaring an income over HTTP."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.sliding_scale import services
from billing.sliding_scale.models import Evidence
from billing.sliding_scale.rules import MAX_HOUSEHOLD, MAX_INCOME_CENTS, Region
from workers.kernel import clock
from workers.kernel.api import Input, only


class DeclarationInput(Input):
    """Yearly income of the whole household in cents; assets are never asked for."""

    annual_income_cents = serializers.IntegerField(min_value=0, max_value=MAX_INCOME_CENTS)
    household_size = serializers.IntegerField(min_value=1, max_value=MAX_HOUSEHOLD)
    region = serializers.ChoiceField(choices=[region.value for region in Region])


class EvidenceInput(Input):
    """What was seen."""

    evidence = serializers.ChoiceField(choices=Evidence.choices)


class DeclarationOutput(serializers.Serializer[Any]):
    """A declaration: `band` as in the programme's data; the amounts are not sent back."""

    id = serializers.UUIDField()
    band = serializers.CharField()
    status = serializers.CharField()
    declared_at = serializers.DateTimeField()
    evidence_due_at = serializers.DateTimeField()


class Declarations(APIView):
    """A member's declarations."""

    permission_classes = (only("employee"),)

    @extend_schema(request=DeclarationInput, responses={201: DeclarationOutput})
    def post(self, request: Request) -> Response:
        """Declare an income; evidence is due in 30 days."""
        user: Any = request.user
        form = DeclarationInput(data=request.data)
        form.is_valid(raise_exception=True)
        declaration = services.declare(member_id=user.member_id, now=clock.now(), **form.validated_data)
        return Response(DeclarationOutput(declaration).data, status=201)


class DeclarationEvidence(APIView):
    """Evidence of a declaration, for operators with the permission `finance`."""

    permission_classes = (only("operator", permission="finance"),)

    @extend_schema(request=EvidenceInput, responses=DeclarationOutput)
    def post(self, request: Request, declaration_id: UUID) -> Response:
        """Confirm that evidence was seen."""
        form = EvidenceInput(data=request.data)
        form.is_valid(raise_exception=True)
        declaration = services.confirm_evidence(declaration_id=declaration_id, **form.validated_data)
        return Response(DeclarationOutput(declaration).data)
