"""Invoices and their lines.

An invoice:  draft --issue--> issued --settled in full--> paid
                |                +--void--> void
                +--void--> void (it never had a number)

HR reads its own issued ones: nothing in them depends on a single member's care (billing/invoices/rules.py).
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from billing.invoices.models.accounts import KEPT_BY_US, WRITTEN_BY_US, EmployerAccount
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import OWN_EMPLOYER, TenantKey, Trigger, append_only, seen_by
from workers.kernel.ids import new_id
from workers.kernel.money import CURRENCY

_AT_THE_END = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"

_ADDS_UP = """
IF (SELECT coalesce(sum(amount_cents), 0) FROM billing_invoiceline WHERE invoice_id = {invoice})
   <> (SELECT total_cents FROM billing_invoice WHERE id = {invoice}) THEN
  RAISE EXCEPTION 'the lines of invoice % do not sum to its total', {invoice} USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;"""

_WITHOUT_GAP = """
IF OLD.sequence IS NOT NULL AND NEW.sequence IS DISTINCT FROM OLD.sequence THEN
  RAISE EXCEPTION 'an invoice keeps its number' USING ERRCODE = 'check_violation';
END IF;
IF OLD.sequence IS NULL AND NEW.sequence IS NOT NULL AND NEW.sequence <> 1 + (
  SELECT coalesce(max(sequence), 0) FROM billing_invoice WHERE account_id = NEW.account_id
) THEN
  RAISE EXCEPTION 'invoice numbers have no gap' USING ERRCODE = 'check_violation';
END IF;
IF NEW.total_cents <> OLD.total_cents OR NEW.month <> OLD.month THEN
  RAISE EXCEPTION 'an invoice is never rewritten; void it or credit it' USING ERRCODE = 'restrict_violation';
END IF;
RETURN NEW;"""

_NEVER_DELETED = "RAISE EXCEPTION 'an invoice is never deleted; void it' USING ERRCODE = 'restrict_violation';"


class InvoiceStatus(models.TextChoices):
    """States of an invoice."""

    DRAFT = "draft"
    ISSUED = "issued"
    PAID = "paid"
    VOID = "void"


class Invoice(Aggregate):
    """What an employer owes for a month; amounts in cents.

    `sequence` counts an employer's issued invoices without a gap, also over those that were voided.
    """

    tenant_field = "employer_id"

    account = models.ForeignKey(EmployerAccount, on_delete=models.PROTECT, db_constraint=False, related_name="invoices")
    employer_id = models.UUIDField()
    month = models.DateField()
    status = models.CharField(max_length=10, choices=InvoiceStatus.choices, default=InvoiceStatus.DRAFT)
    sequence = models.PositiveIntegerField(null=True)
    number = models.CharField(max_length=20, blank=True, default="")
    currency = models.CharField(max_length=3, default=CURRENCY)
    total_cents = models.BigIntegerField()
    paid_cents = models.BigIntegerField(default=0)
    credited_cents = models.BigIntegerField(default=0)
    issued_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)
    paid_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    pay_url = models.URLField(max_length=500, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["id", "employer_id"], name="invoice_of_employer"),
            models.UniqueConstraint(
                fields=["employer_id", "month"], condition=~Q(status="void"), name="invoice_one_a_month"
            ),
            models.UniqueConstraint(fields=["account", "sequence"], name="invoice_sequence_once"),
            models.CheckConstraint(
                name="invoice_numbered_when_issued",
                condition=Q(sequence=None, number="", issued_at=None, status__in=["draft", "void"])
                | (Q(sequence__isnull=False, issued_at__isnull=False, due_on__isnull=False) & ~Q(number="")),
            ),
            models.CheckConstraint(
                name="invoice_not_over_settled",
                condition=Q(
                    total_cents__gt=0,
                    paid_cents__gte=0,
                    credited_cents__gte=0,
                    total_cents__gte=F("paid_cents") + F("credited_cents"),
                ),
            ),
            models.CheckConstraint(
                name="invoice_paid_when_settled",
                condition=~Q(status__in=["issued", "paid"])
                | Q(status="paid", total_cents=F("paid_cents") + F("credited_cents"), paid_at__isnull=False)
                | Q(status="issued", total_cents__gt=F("paid_cents") + F("credited_cents")),
            ),
            Trigger(name="invoice_without_gap", on="BEFORE UPDATE ON {table} FOR EACH ROW", body=_WITHOUT_GAP),
            Trigger(
                name="invoice_never_deleted",
                on="BEFORE DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT",
                body=_NEVER_DELETED,
            ),
            Trigger(
                name="invoice_adds_up",
                kind="CONSTRAINT",
                on=f"AFTER INSERT ON {{table}} {_AT_THE_END}",
                body=_ADDS_UP.format(invoice="NEW.id"),
            ),
            TenantKey(
                name="invoice_of_own_account",
                fields=("account_id", "employer_id"),
                to="billing_employeraccount",
                to_fields=("id", "employer_id"),
            ),
            *seen_by("invoice", hr=(f"{OWN_EMPLOYER} AND sequence IS NOT NULL", "select"), **WRITTEN_BY_US),
        ]

    @property
    def due_cents(self) -> int:
        """What is still to be paid; nothing of a draft or a void one."""
        if self.status != InvoiceStatus.ISSUED:
            return 0
        return self.total_cents - self.paid_cents - self.credited_cents


class OfInvoice(models.Model):
    """What belongs to an invoice, and to its employer."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    employer_id = models.UUIDField()

    class Meta:
        abstract = True


def own_invoice(name: str) -> TenantKey:
    """Keep a row's invoice and employer together."""
    return TenantKey(
        name=f"{name}_of_own_invoice",
        fields=("invoice_id", "employer_id"),
        to="billing_invoice",
        to_fields=("id", "employer_id"),
    )


class InvoiceLine(OfInvoice):
    """quantity × unit = amount, in cents."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, db_constraint=False, related_name="lines")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20)
    description = models.CharField(max_length=200)
    quantity = models.PositiveIntegerField()
    unit_cents = models.BigIntegerField()
    amount_cents = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "number"], name="invoice_line_once"),
            models.CheckConstraint(
                name="invoice_line_multiplies",
                condition=Q(amount_cents=F("quantity") * F("unit_cents"), amount_cents__gt=0),
            ),
            *append_only("invoice_line", "void the invoice or credit it"),
            Trigger(
                name="invoice_line_adds_up",
                kind="CONSTRAINT",
                on=f"AFTER INSERT ON {{table}} {_AT_THE_END}",
                body=_ADDS_UP.format(invoice="NEW.invoice_id"),
            ),
            own_invoice("invoice_line"),
            *seen_by("invoice_line", hr=(OWN_EMPLOYER, "select"), **KEPT_BY_US),
        ]
