"""What an invoice looks like from outside; amounts in cents."""

from typing import Any

from rest_framework import serializers

from billing.invoices.models import CreditReason, Invoice, InvoiceLine, InvoiceStatus, Method, SettledBy
from billing.invoices.rules import LineKind
from billing.ledger.api import MonthField


class InvoiceOutput(serializers.ModelSerializer[Invoice]):
    """An invoice without its lines; `due_cents` is what is still to be paid."""

    month = MonthField()
    status = serializers.ChoiceField(choices=InvoiceStatus.choices)
    due_cents = serializers.IntegerField()

    class Meta:
        model = Invoice
        fields = (
            "id",
            "employer_id",
            "number",
            "month",
            "status",
            "currency",
            "total_cents",
            "paid_cents",
            "credited_cents",
            "due_cents",
            "issued_at",
            "due_on",
            "paid_at",
            "voided_at",
            "pay_url",
        )


class InvoiceLineOutput(serializers.ModelSerializer[InvoiceLine]):
    """quantity × unit_cents = amount_cents."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in LineKind])

    class Meta:
        model = InvoiceLine
        fields = ("number", "kind", "description", "quantity", "unit_cents", "amount_cents")


class SettlementOutput(serializers.Serializer[Any]):
    """Money for the invoice; what was more than due became the employer's credit. Negative: a bank took it back."""

    paid_by = serializers.ChoiceField(choices=SettledBy.choices, source="source")
    cents = serializers.IntegerField()
    applied_cents = serializers.IntegerField()
    received_at = serializers.DateTimeField()


class CreditNoteOutput(serializers.Serializer[Any]):
    """A part of the invoice that was taken back."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    cents = serializers.IntegerField()
    reason = serializers.ChoiceField(choices=CreditReason.choices)
    issued_at = serializers.DateTimeField()


class InvoiceDetailOutput(InvoiceOutput):
    """An invoice with its lines, which sum to its total, and what settled it."""

    lines = InvoiceLineOutput(many=True)
    settlements = SettlementOutput(many=True)
    credit_notes = CreditNoteOutput(many=True)

    class Meta(InvoiceOutput.Meta):
        fields = (*InvoiceOutput.Meta.fields, "lines", "settlements", "credit_notes")  # type: ignore[assignment] # longer


class AccountOutput(serializers.Serializer[Any]):
    """How an employer pays, what it paid in advance, and what it overpaid."""

    employer_id = serializers.UUIDField()
    method = serializers.ChoiceField(choices=Method.choices)
    currency = serializers.CharField()
    prefunded_cents = serializers.IntegerField()
    low_water_cents = serializers.IntegerField()
    credit_cents = serializers.IntegerField()
