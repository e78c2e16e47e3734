"""What settles invoices: money from anywhere, and credit notes; and how far Stripe is with an invoice."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from billing.invoices.models.accounts import KEPT_BY_US, WRITTEN_BY_US
from billing.invoices.models.invoices import Invoice, OfInvoice, own_invoice
from workers.kernel.constraints import OWN_EMPLOYER, append_only, seen_by
from workers.kernel.ids import new_id


class SettledBy(models.TextChoices):
    """Where money for an invoice came from."""

    STRIPE = "stripe"
    BANK = "bank"
    PREFUNDED = "prefunded"
    CREDIT = "credit"


class CreditReason(models.TextChoices):
    """Why an invoice is credited: docs.stripe.com/api/credit_notes/create#create_credit_note-reason."""

    DUPLICATE = "duplicate"
    ORDER_CHANGE = "order_change"
    UNSATISFACTORY = "product_unsatisfactory"


class Settlement(OfInvoice):
    """Money for an invoice: `cents` came, `applied_cents` of it settled the invoice, the rest is the employer's credit.

    What a bank took back is negative. `business_key` is its journal's: the same money is taken once,
    however often it is told of.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, db_constraint=False, related_name="settlements")
    source = models.CharField(max_length=10, choices=SettledBy.choices)
    cents = models.BigIntegerField()
    applied_cents = models.BigIntegerField()
    business_key = models.CharField(max_length=200, unique=True)
    received_at = models.DateTimeField()
    by_user_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="settlement_in_range",
                condition=Q(cents__gt=0, applied_cents__gte=0, applied_cents__lte=F("cents"))
                | Q(cents__lt=0, applied_cents__lte=0, applied_cents__gte=F("cents")),
            ),
            *append_only("settlement", "reverse its journal"),
            own_invoice("settlement"),
            *seen_by(
                "settlement",
                hr=(OWN_EMPLOYER, "select (id, employer_id, invoice_id, source, cents, applied_cents, received_at)"),
                **KEPT_BY_US,
            ),
        ]


class CreditNote(OfInvoice):
    """A part of an issued invoice that is taken back, numbered without a gap within its invoice; cents.

    What was paid already becomes the employer's credit. `stripe_id` once Stripe has it.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, db_constraint=False, related_name="credit_notes")
    number = models.CharField(max_length=30, unique=True)
    cents = models.BigIntegerField()
    reason = models.CharField(max_length=30, choices=CreditReason.choices)
    issued_at = models.DateTimeField()
    by_user_id = models.UUIDField(null=True)
    stripe_id = models.CharField(max_length=100, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="credit_note_positive", condition=Q(cents__gt=0)),
            own_invoice("credit_note"),
            *seen_by(
                "credit_note",
                hr=(OWN_EMPLOYER, "select (id, employer_id, invoice_id, number, cents, reason, issued_at)"),
                operator=(KEPT_BY_US["operator"]),
                worker=(WRITTEN_BY_US["worker"]),
            ),
        ]


class StripeInvoice(models.Model):
    """Our invoice at Stripe: the parameters and items exactly as they are sent, and since when they may have been.

    `tries` counts the idempotency keys; it grows only after Stripe stored an error under one. `counted` are the
    settlements and credit notes that the items leave out already. `records` are Stripe's ids of the PaymentRecords
    that tell of money that came by other ways, by the settlement's id.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="at_stripe")
    stripe_id = models.CharField(max_length=100, blank=True, default="")
    params = models.JSONField()
    items = models.JSONField()
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=1)
    counted = ArrayField(models.UUIDField(), default=list)
    records = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stripe_id"], condition=~Q(stripe_id=""), name="stripe_invoice_once"),
            *seen_by("stripe_invoice", **WRITTEN_BY_US),
        ]
