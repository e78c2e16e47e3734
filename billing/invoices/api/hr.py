"""HR reads its employer's account and issued invoices, in which no member can be made out (rules.py)."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.invoices import queries
from billing.invoices.api.outputs import AccountOutput, InvoiceDetailOutput, InvoiceOutput
from billing.invoices.models import Invoice
from workers.kernel.api import only

_HR = (only("hr_admin", permission="billing"),)


class Invoices(ListAPIView[Invoice]):
    """The employer's issued invoices, the newest first."""

    permission_classes = _HR
    serializer_class = InvoiceOutput

    def get_queryset(self) -> QuerySet[Invoice]:
        """Row-level security leaves the employer's own, without drafts."""
        return queries.list_invoices()


class OneInvoice(APIView):
    """One invoice."""

    permission_classes = _HR

    @extend_schema(responses=InvoiceDetailOutput)
    def get(self, request: Request, invoice_id: UUID) -> Response:
        """Return it with its lines and what settled it."""
        return Response(InvoiceDetailOutput(queries.get_invoice(invoice_id)).data)


class OwnAccount(APIView):
    """The employer's account."""

    permission_classes = _HR

    @extend_schema(responses=AccountOutput)
    def get(self, request: Request) -> Response:
        """Return how it pays and what it has with us."""
        user: Any = request.user
        return Response(AccountOutput(queries.get_account(user.employer_id)).data)
