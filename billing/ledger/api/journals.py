"""Journals, and the only way in which a posted one is corrected."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.ledger import queries
from billing.ledger.api import FINANCE
from billing.ledger.models import Journal
from billing.ledger.services import Signature
from billing.ledger.services.posting import reverse_by_hand
from workers.kernel import clock
from workers.kernel.api import Input
from workers.kernel.errors import DomainError


class JournalPosted(DomainError):
    """A posted journal is never edited, and the database would refuse it."""

    code = "journal_posted"


class LegOutput(serializers.Serializer[Any]):
    """One leg: cents, debits positive. No member is named."""

    id = serializers.UUIDField()
    account = serializers.CharField()
    amount_cents = serializers.IntegerField()
    currency = serializers.CharField()
    employer_id = serializers.UUIDField(allow_null=True)
    clinic_id = serializers.UUIDField(allow_null=True)


class JournalOutput(serializers.ModelSerializer[Journal]):
    """A journal and its legs."""

    booked_at = serializers.DateTimeField(source="at")
    legs = LegOutput(source="postings", many=True)

    class Meta:
        model = Journal
        fields = (
            "id",
            "business_key",
            "kind",
            "booked_at",
            "occurred_at",
            "reverses_id",
            "by_user_id",
            "reason",
            "legs",
        )


class ReversalInput(Input):
    """Why a journal is taken back."""

    reason = serializers.CharField(max_length=300)


class OneJournal(APIView):
    """One journal."""

    permission_classes = FINANCE

    @extend_schema(responses=JournalOutput)
    def get(self, request: Request, journal_id: UUID) -> Response:
        """Return it with its legs."""
        return Response(JournalOutput(queries.get_journal(journal_id)).data)

    @extend_schema(request=None, responses={409: None})
    def patch(self, request: Request, journal_id: UUID) -> Response:
        """Refuse, and say what to do instead."""
        queries.get_journal(journal_id)
        raise JournalPosted("A posted journal is never edited: reverse it (POST …/reverse/) and post a new one.")

    @extend_schema(request=None, responses={409: None})
    def put(self, request: Request, journal_id: UUID) -> Response:
        """Refuse, as an edit."""
        return self.patch(request, journal_id)

    @extend_schema(responses={409: None})
    def delete(self, request: Request, journal_id: UUID) -> Response:
        """Refuse, as an edit."""
        return self.patch(request, journal_id)


class Reversal(APIView):
    """Taking a journal back by its mirror image."""

    permission_classes = FINANCE

    @extend_schema(request=ReversalInput, responses={201: JournalOutput})
    def post(self, request: Request, journal_id: UUID) -> Response:
        """Post the mirror image, signed by the operator."""
        user: Any = request.user
        form = ReversalInput(data=request.data)
        form.is_valid(raise_exception=True)
        mirror = reverse_by_hand(
            journal=queries.get_journal(journal_id),
            signature=Signature(user_id=user.pk, reason=form.validated_data["reason"]),
            at=clock.now(),
        )
        return Response(JournalOutput(queries.get_journal(mirror.pk)).data, status=201)
