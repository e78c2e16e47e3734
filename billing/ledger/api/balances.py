"""What accounts hold, and how they came to hold it."""

from datetime import date
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.ledger import queries
from billing.ledger.api import FINANCE, MonthField
from billing.ledger.rules import Account, AccountType
from billing.ledger.services.exporting import to_beancount, to_csv
from workers.kernel.api import Input
from workers.kernel.money import CURRENCY

_MOST_LINES = 500
_MONTH = OpenApiParameter("month", str, required=True, description="Of the books: 2026-03.")


class AccountTotalOutput(serializers.Serializer[Any]):
    """One account; amounts in cents, the balance positive when debits outweigh credits."""

    account = serializers.CharField()
    number = serializers.IntegerField(source="account.entry.number")
    type = serializers.ChoiceField(source="account.type", choices=[kind.value for kind in AccountType])
    meaning = serializers.CharField(source="account.entry.meaning")
    debit_cents = serializers.IntegerField()
    credit_cents = serializers.IntegerField()
    balance_cents = serializers.IntegerField()


class TrialBalanceOutput(serializers.Serializer[Any]):
    """Every account of the chart, and the sums, which are equal."""

    currency = serializers.CharField()
    debit_cents = serializers.IntegerField()
    credit_cents = serializers.IntegerField()
    accounts = AccountTotalOutput(many=True)


class TrialBalanceInput(Input):
    """Through which month; without one, all there is."""

    through = MonthField(required=False)


class TrialBalance(APIView):
    """What every account holds."""

    permission_classes = FINANCE

    @extend_schema(
        parameters=[OpenApiParameter("through", str, description="The last month that counts: 2026-03.")],
        responses=TrialBalanceOutput,
    )
    def get(self, request: Request) -> Response:
        """Return the trial balance over all postings, or those through a month."""
        asked = TrialBalanceInput(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        totals = queries.trial_balance(through=asked.validated_data.get("through"))
        answer = {
            "currency": CURRENCY,
            "debit_cents": sum(total.debit_cents for total in totals),
            "credit_cents": sum(total.credit_cents for total in totals),
            "accounts": totals,
        }
        return Response(TrialBalanceOutput(answer).data)


class StatementInput(Input):
    """Which lines of which account."""

    account = serializers.ChoiceField(choices=[account.value for account in Account])
    month = MonthField()
    after = serializers.UUIDField(required=False)
    limit = serializers.IntegerField(min_value=1, max_value=_MOST_LINES, default=200)


class StatementLineOutput(serializers.Serializer[Any]):
    """A leg on the account, and what the account held after it; cents, debits positive. No member is named."""

    id = serializers.UUIDField(source="posting.pk")
    journal_id = serializers.UUIDField(source="posting.journal_id")
    booked_at = serializers.DateTimeField(source="posting.journal.at")
    occurred_at = serializers.DateTimeField(source="posting.journal.occurred_at")
    kind = serializers.CharField(source="posting.journal.kind")
    business_key = serializers.CharField(source="posting.journal.business_key")
    reason = serializers.CharField(source="posting.journal.reason")
    employer_id = serializers.UUIDField(source="posting.employer_id", allow_null=True)
    clinic_id = serializers.UUIDField(source="posting.clinic_id", allow_null=True)
    amount_cents = serializers.IntegerField(source="posting.amount_cents")
    balance_cents = serializers.IntegerField()


class StatementOutput(serializers.Serializer[Any]):
    """Some lines of an account; `next` is the `after` of those that follow, null when these are the last."""

    account = serializers.CharField()
    month = MonthField()
    currency = serializers.SerializerMethodField()
    opening_cents = serializers.IntegerField()
    closing_cents = serializers.IntegerField()
    lines = StatementLineOutput(many=True)
    next = serializers.SerializerMethodField()

    def get_currency(self, statement: queries.Statement) -> str:
        """The only currency."""
        return CURRENCY

    @extend_schema_field(OpenApiTypes.UUID)
    def get_next(self, statement: queries.Statement) -> str | None:
        """The last line's id, unless nothing follows."""
        return None if statement.is_last else str(statement.lines[-1].posting.pk)


class AccountStatement(APIView):
    """The postings of one account in a month, with what it held after each."""

    permission_classes = FINANCE

    @extend_schema(
        parameters=[
            OpenApiParameter("account", str, required=True, description="A code of the chart of accounts."),
            _MONTH,
            OpenApiParameter("after", OpenApiTypes.UUID, description="The `next` of the former page."),
            OpenApiParameter("limit", int, description=f"Lines, at most {_MOST_LINES}."),
        ],
        responses=StatementOutput,
    )
    def get(self, request: Request) -> Response:
        """Return a page of a statement."""
        form = StatementInput(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        account = Account(asked.pop("account"))
        return Response(StatementOutput(queries.statement(account, **asked)).data)


class ExportInput(Input):
    """Which month."""

    month = MonthField()


class Export(APIView):
    """The journals of a month as a file: see `CsvExport` and `BeancountExport`."""

    permission_classes = FINANCE
    write: "ClassVar[staticmethod[[date], str]]"
    content_type: str
    suffix: str

    @extend_schema(parameters=[_MONTH], responses={(200, "text/plain"): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponse:
        """Return the file."""
        asked = ExportInput(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        month = asked.validated_data["month"]
        answer = HttpResponse(self.write(month), content_type=self.content_type)
        answer["Content-Disposition"] = f'attachment; filename="books-{month:%Y-%m}.{self.suffix}"'
        answer["Cache-Control"] = "no-store"
        return answer


class CsvExport(Export):
    """A line per leg, for spreadsheets."""

    write = staticmethod(to_csv)
    content_type = "text/csv; charset=utf-8"
    suffix = "csv"


class BeancountExport(Export):
    """For Beancount, whose `bean-check` compares our running totals with its own."""

    write = staticmethod(to_beancount)
    content_type = "text/plain; charset=utf-8"
    suffix = "beancount"
