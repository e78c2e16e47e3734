"""A clinic's statements, and where it is paid to."""

import csv
import io
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.ledger.api import FINANCE, MonthField
from billing.ledger.rules import safe_cell
from billing.transfers import queries
from billing.transfers.models import ClinicAccount, TransferBatch, TransferLine
from billing.transfers.services.batching import set_account
from workers.kernel import clock
from workers.kernel.api import Input, only

_CLINIC = (only("clinic_staff"),)


class SessionLineOutput(serializers.ModelSerializer[TransferLine]):
    """A session of the clinic at its list price, in cents; below nothing when it is owed no longer."""

    class Meta:
        model = TransferLine
        fields = ("session_id", "kind", "occurred_at", "cents")


class ClinicStatementOutput(serializers.ModelSerializer[TransferBatch]):
    """A clinic's month: sessions + what the former month carried over = what is transferred, in cents."""

    month = MonthField()
    cents = serializers.IntegerField()

    class Meta:
        model = TransferBatch
        fields = (
            "id",
            "clinic_id",
            "month",
            "status",
            "currency",
            "sessions_cents",
            "carried_cents",
            "cents",
            "reversed_cents",
            "settled_at",
        )


class ClinicStatementDetailOutput(ClinicStatementOutput):
    """A month with its sessions."""

    lines = SessionLineOutput(many=True)

    class Meta(ClinicStatementOutput.Meta):
        fields = (*ClinicStatementOutput.Meta.fields, "lines")  # type: ignore[assignment] # longer


class PayoutAccountInput(Input):
    """The clinic's connected account."""

    stripe_account = serializers.RegexField(r"^acct_[A-Za-z0-9]{1,90}$")


class PayoutAccountOutput(serializers.ModelSerializer[ClinicAccount]):
    """Where a clinic is paid to."""

    class Meta:
        model = ClinicAccount
        fields = ("clinic_id", "stripe_account", "opened_at")


class Statements(ListAPIView[TransferBatch]):
    """The clinic's months, the newest first."""

    permission_classes = _CLINIC
    serializer_class = ClinicStatementOutput

    def get_queryset(self) -> QuerySet[TransferBatch]:
        """Row-level security leaves the clinic's own."""
        return queries.list_batches()


class OneStatement(APIView):
    """One month."""

    permission_classes = _CLINIC

    @extend_schema(responses=ClinicStatementDetailOutput)
    def get(self, request: Request, statement_id: UUID) -> Response:
        """Return it with its sessions."""
        return Response(ClinicStatementDetailOutput(queries.get_batch(statement_id)).data)


class StatementFile(APIView):
    """One month as CSV."""

    permission_classes = _CLINIC

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, statement_id: UUID) -> HttpResponse:
        """Return a line per session, amounts in cents."""
        batch = queries.get_batch(statement_id)
        answer = HttpResponse(_csv(batch), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="statement-{batch.month:%Y-%m}.csv"'
        answer["Cache-Control"] = "no-store"
        return answer


def _csv(batch: TransferBatch) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(("session_id", "kind", "occurred_at", "cents", "currency"))
    for line in batch.lines.all():
        told = (str(line.session_id or ""), line.kind, line.occurred_at.isoformat())
        writer.writerow((*map(safe_cell, told), line.cents, batch.currency))
    return file.getvalue()


class Transfers(ListAPIView[TransferBatch]):
    """All clinics' months, the newest first."""

    permission_classes = FINANCE
    serializer_class = ClinicStatementOutput

    def get_queryset(self) -> QuerySet[TransferBatch]:
        """Of every clinic."""
        return queries.list_batches()


class PayoutAccount(APIView):
    """Where a clinic is paid to."""

    permission_classes = FINANCE

    @extend_schema(request=PayoutAccountInput, responses=PayoutAccountOutput)
    def put(self, request: Request, clinic_id: UUID) -> Response:
        """Set it; its first month is this one."""
        asked: Any = PayoutAccountInput(data=request.data)
        asked.is_valid(raise_exception=True)
        account = set_account(clinic_id=clinic_id, **asked.validated_data, now=clock.now())
        return Response(PayoutAccountOutput(account).data)
