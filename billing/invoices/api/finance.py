"""Finance opens employers' accounts, records money, issues, voids and credits invoices, and sees who owes what."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.invoices import queries
from billing.invoices.api.outputs import AccountOutput, CreditNoteOutput, InvoiceDetailOutput, InvoiceOutput
from billing.invoices.models import CreditReason, Invoice, Method
from billing.invoices.services import accounts, drafting, issuing, settling
from billing.ledger.api import FINANCE, MonthField, amount
from billing.ledger.services import Signature
from workers.kernel import clock
from workers.kernel.api import Input

MOST_FEE_CENTS = 10_000_00  # a head and month: ten thousand dollars are a typing error


class AccountInput(Input):
    """The terms of an employer's account; fee per covered member and month."""

    billing_email = serializers.EmailField(max_length=254)
    fee_cents = amount(0, MOST_FEE_CENTS)
    net_days = serializers.IntegerField(min_value=0, max_value=120, default=30)
    method = serializers.ChoiceField(choices=Method.choices, default=Method.INVOICE)
    low_water_cents = amount(0, default=0)


class FeeInput(Input):
    """A fee, from a month on."""

    fee_cents = amount(0, MOST_FEE_CENTS)
    month = MonthField()


class MoneyInput(Input):
    """Money that came to our bank, and the bank's reference, which is taken once."""

    cents = amount()
    reference = serializers.CharField(max_length=100)


class MonthInput(Input):
    """A month, and why."""

    month = MonthField()
    reason = serializers.CharField(max_length=300)


class ReasonInput(Input):
    """Why."""

    reason = serializers.CharField(max_length=300)


class CreditInput(Input):
    """How much of an invoice is taken back, and why."""

    cents = amount()
    reason = serializers.ChoiceField(choices=CreditReason.choices)


class EmployerAccount(APIView):
    """An employer's account."""

    permission_classes = FINANCE

    @extend_schema(responses=AccountOutput)
    def get(self, request: Request, employer_id: UUID) -> Response:
        """Return it."""
        return Response(AccountOutput(queries.get_account(employer_id)).data)

    @extend_schema(request=AccountInput, responses={201: AccountOutput})
    def post(self, request: Request, employer_id: UUID) -> Response:
        """Open it; the first invoice is for this month."""
        terms = accounts.Terms(**_read(AccountInput, request))
        account = accounts.open_account(employer_id=employer_id, terms=terms, now=clock.now())
        return Response(AccountOutput(account).data, status=201)


class Fees(APIView):
    """Fees from a later month on."""

    permission_classes = FINANCE

    @extend_schema(request=FeeInput, responses={201: FeeInput})
    def post(self, request: Request, employer_id: UUID) -> Response:
        """Agree on one."""
        asked = _read(FeeInput, request)
        accounts.agree_fee(employer_id=employer_id, **asked, now=clock.now())
        return Response(FeeInput(asked).data, status=201)


class Deposits(APIView):
    """Money that an employer pays in advance."""

    permission_classes = FINANCE

    @extend_schema(request=MoneyInput, responses={201: AccountOutput})
    def post(self, request: Request, employer_id: UUID) -> Response:
        """Record it."""
        money = _read(MoneyInput, request)
        signature = _signed(request, f"deposit {money['reference']}")
        account = accounts.deposit(employer_id=employer_id, **money, signature=signature, now=clock.now())
        return Response(AccountOutput(account).data, status=201)


class Drafts(APIView):
    """An invoice in place of a voided one."""

    permission_classes = FINANCE

    @extend_schema(request=MonthInput, responses={201: InvoiceOutput})
    def post(self, request: Request, employer_id: UUID) -> Response:
        """Draft it, or return the one that there is."""
        asked = _read(MonthInput, request)
        signature = _signed(request, asked["reason"])
        invoice = drafting.draft_again(
            employer_id=employer_id, month=asked["month"], signature=signature, now=clock.now()
        )
        return Response(InvoiceOutput(invoice).data, status=201)


class Invoices(ListAPIView[Invoice]):
    """All invoices, the newest first."""

    permission_classes = FINANCE
    serializer_class = InvoiceOutput

    def get_queryset(self) -> QuerySet[Invoice]:
        """Drafts, too."""
        return queries.list_invoices()


class OneInvoice(APIView):
    """One invoice."""

    permission_classes = FINANCE

    @extend_schema(responses=InvoiceDetailOutput)
    def get(self, request: Request, invoice_id: UUID) -> Response:
        """Return it with its lines and what settled it."""
        return Response(InvoiceDetailOutput(queries.get_invoice(invoice_id)).data)


class Issuing(APIView):
    """Issuing a draft before its time."""

    permission_classes = FINANCE

    @extend_schema(request=None, responses=InvoiceOutput)
    def post(self, request: Request, invoice_id: UUID) -> Response:
        """Issue it; one that is issued stays as it is."""
        signature = _signed(request, "issued by hand")
        return Response(InvoiceOutput(issuing.issue(invoice_id=invoice_id, now=clock.now(), signature=signature)).data)


class Voiding(APIView):
    """Taking an invoice back on which nothing was paid."""

    permission_classes = FINANCE

    @extend_schema(request=ReasonInput, responses=InvoiceOutput)
    def post(self, request: Request, invoice_id: UUID) -> Response:
        """Void it; its number stays used."""
        signature = _signed(request, _read(ReasonInput, request)["reason"])
        return Response(InvoiceOutput(issuing.void(invoice_id=invoice_id, now=clock.now(), signature=signature)).data)


class Payments(APIView):
    """Money that came to our bank for an invoice."""

    permission_classes = FINANCE

    @extend_schema(request=MoneyInput, responses={201: InvoiceOutput})
    def post(self, request: Request, invoice_id: UUID) -> Response:
        """Record it, be it too little, too much or once more."""
        money = _read(MoneyInput, request)
        signature = _signed(request, f"bank {money['reference']}")
        invoice = settling.record_payment(invoice_id=invoice_id, **money, signature=signature, now=clock.now())
        return Response(InvoiceOutput(invoice).data, status=201)


class CreditNotes(APIView):
    """Parts of an invoice that are taken back."""

    permission_classes = FINANCE

    @extend_schema(request=CreditInput, responses={201: CreditNoteOutput})
    def post(self, request: Request, invoice_id: UUID) -> Response:
        """Write a credit note."""
        asked = _read(CreditInput, request)
        note = issuing.credit_invoice(
            invoice_id=invoice_id, **asked, signature=_signed(request, asked["reason"]), now=clock.now()
        )
        return Response(CreditNoteOutput(note).data, status=201)


class AgeOutput(serializers.Serializer[Any]):
    """What an employer owes, by how long ago it was due."""

    employer_id = serializers.UUIDField()
    employer = serializers.CharField()
    cents = serializers.DictField(child=serializers.IntegerField())
    total_cents = serializers.IntegerField()


class Ageing(APIView):
    """Who owes us what, and since when."""

    permission_classes = FINANCE

    @extend_schema(responses=AgeOutput(many=True))
    def get(self, request: Request) -> Response:
        """Return employers that owe something, those that owe most first."""
        return Response(AgeOutput(queries.ageing(on=clock.now().date()), many=True).data)


def _read(form: type[Input], request: Request) -> dict[str, Any]:
    asked = form(data=request.data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _signed(request: Request, reason: str) -> Signature:
    user: Any = request.user
    return Signature(user_id=user.pk, reason=reason)
