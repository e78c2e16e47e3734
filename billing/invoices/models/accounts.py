"""Employers as customers: what they pay a month, in advance, and too much."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_EMPLOYER, append_only, seen_by
from workers.kernel.ids import new_id
from workers.kernel.money import CURRENCY

# HR reads of its account what does not depend on a single member's care (billing/invoices/rules.py).
_HR_ACCOUNT = "select (id, employer_id, method, currency, prefunded_cents, low_water_cents, credit_cents)"

WRITTEN_BY_US = {"operator": (EVERY, "select, insert, update"), "worker": (EVERY, "select, insert, update")}
KEPT_BY_US = {"operator": (EVERY, "select, insert"), "worker": (EVERY, "select, insert")}


class Method(models.TextChoices):
    """How an employer pays: by each invoice, or from an account that it fills in advance."""

    INVOICE = "invoice"
    PREFUNDED = "prefunded"


class EmployerAccount(Aggregate):
    """An employer as a customer; its row is the lock under which all that is owed and paid follows one another.

    `prefunded_cents` was paid in advance, `credit_cents` was overpaid or credited after payment: both are what the
    ledger's accounts of those names hold for the employer, and never negative. Below `low_water_cents` HR is told.
    `customer_id` is Stripe's; `tries` counts the keys used to create it.
    """

    tenant_field = "employer_id"

    employer_id = models.UUIDField(unique=True)
    prefix = models.CharField(max_length=12, unique=True)
    method = models.CharField(max_length=10, choices=Method.choices, default=Method.INVOICE)
    billing_email = models.EmailField()
    net_days = models.PositiveSmallIntegerField()
    currency = models.CharField(max_length=3, default=CURRENCY)
    prefunded_cents = models.BigIntegerField(default=0)
    credit_cents = models.BigIntegerField(default=0)
    low_water_cents = models.PositiveBigIntegerField(default=0)
    customer_id = models.CharField(max_length=100, default="")
    tries = models.PositiveSmallIntegerField(default=1)
    opened_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["id", "employer_id"], name="employer_account_of_employer"),
            models.CheckConstraint(name="employer_account_not_overdrawn", condition=Q(prefunded_cents__gte=0)),
            models.CheckConstraint(name="employer_account_credit_not_negative", condition=Q(credit_cents__gte=0)),
            *seen_by("employer_account", hr=(OWN_EMPLOYER, _HR_ACCOUNT), **WRITTEN_BY_US),
        ]


class FeeTerms(models.Model):
    """The fee per covered member and month in cents, from the month that begins on `effective_on`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(EmployerAccount, on_delete=models.PROTECT, related_name="fees")
    fee_cents = models.PositiveIntegerField()
    effective_on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "effective_on"], name="fee_terms_once"),
            models.CheckConstraint(name="fee_terms_from_a_first", condition=Q(effective_on__day=1)),
            *append_only("fee_terms", "agree on new terms from a later month"),
            *seen_by("fee_terms", **KEPT_BY_US),
        ]


class Deposit(models.Model):
    """Money that an employer paid in advance, by the bank's reference; cents. Kept for good."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(EmployerAccount, on_delete=models.PROTECT, related_name="deposits")
    employer_id = models.UUIDField()
    cents = models.BigIntegerField()
    reference = models.CharField(max_length=100)
    received_at = models.DateTimeField()
    by_user_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "reference"], name="deposit_once"),
            models.CheckConstraint(name="deposit_positive", condition=Q(cents__gt=0)),
            *append_only("deposit", "reverse its journal"),
            *seen_by("deposit", hr=(OWN_EMPLOYER, "select (id, employer_id, cents, received_at)"), **KEPT_BY_US),
        ]
