"""Attempts to charge an instalment.

An attempt: scheduled ─► creating ─► ready ─► confirming ─► paid | retry_wait | cancelled
                           └─► unknown ◄────────┤└────► processing | action_required ─► paid | retry_wait
            `unknown` is left by asking Stripe, never by guessing. paid ─► returned, when a bank takes a debit back
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from billing.payment_plans.models.methods import PaymentMethod
from billing.payment_plans.models.plans import Instalment
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_MEMBER, TenantKey, seen_by
from workers.kernel.encryption import EncryptedJSONField


class AttemptStatus(models.TextChoices):
    """States of an attempt. `retry_wait`: it failed, another may follow. `cancelled`: its PaymentIntent is."""

    SCHEDULED = "scheduled"
    CREATING = "creating"
    READY = "ready"
    CONFIRMING = "confirming"
    UNKNOWN = "unknown"
    PROCESSING = "processing"
    ACTION_REQUIRED = "action_required"
    PAID = "paid"
    RETRY_WAIT = "retry_wait"
    CANCELLED = "cancelled"
    RETURNED = "returned"


CLOSED = (AttemptStatus.PAID, AttemptStatus.RETRY_WAIT, AttemptStatus.CANCELLED, AttemptStatus.RETURNED)
_CLOSED_IN_SQL = ["paid", "retry_wait", "cancelled", "returned"]


class ChargeAttempt(Aggregate):
    """One confirmation of an instalment's PaymentIntent, written down before Stripe is asked.

    `generation` counts an instalment's PaymentIntents: a new one only after the former is proven canceled. `number`
    counts the confirmations of one. Parameters and idempotency keys are stored exactly as they are sent, at
    `sent_at`. `charges` are the Stripe charges that were already counted. `sweep` numbers the timers that ask.
    `paid_at` is when we heard that it succeeded. `is_surplus`: the money came for an instalment that needed none any
    more, and goes back. `refunded_cents` counts the refunds that were approved, whatever became of them since; only
    refused ones leave it. `action_url` is the bank's page, once its payer has asked for it.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    instalment = models.ForeignKey(Instalment, on_delete=models.PROTECT, db_constraint=False, related_name="attempts")
    payment_method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, db_constraint=False)
    generation = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=20, choices=AttemptStatus.choices, default=AttemptStatus.SCHEDULED)
    amount_cents = models.PositiveIntegerField()
    payment_intent_id = models.CharField(max_length=100, default="")
    client_secret = EncryptedJSONField(null=True)
    create_key = models.CharField(max_length=255)
    create_params = models.JSONField(null=True)
    confirm_key = models.CharField(max_length=255)
    confirm_params = models.JSONField(null=True)
    sent_at = models.DateTimeField(null=True)
    charges = ArrayField(models.CharField(max_length=100), default=list)
    code = models.CharField(max_length=100, default="")
    sweep = models.PositiveIntegerField(default=0)
    paid_at = models.DateTimeField(null=True)
    fee_cents = models.PositiveIntegerField(null=True)
    is_surplus = models.BooleanField(default=False)
    action_url = models.TextField(default="")
    refunded_cents = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["instalment", "generation", "number"], name="charge_attempt_number_once"),
            models.UniqueConstraint(fields=["confirm_key"], name="charge_attempt_confirm_key_once"),
            models.UniqueConstraint(
                fields=["instalment"],
                condition=~Q(status__in=_CLOSED_IN_SQL),
                name="charge_attempt_one_open",
            ),
            models.UniqueConstraint(
                fields=["instalment"], condition=Q(status="paid", is_surplus=False), name="charge_attempt_one_paid"
            ),
            models.CheckConstraint(
                name="charge_attempt_paid_when",
                condition=~Q(status__in=["paid", "returned"]) | Q(paid_at__isnull=False),
            ),
            models.UniqueConstraint(fields=["member_id", "id"], name="charge_attempt_of_member"),
            models.CheckConstraint(
                name="charge_attempt_refunds_within", condition=Q(refunded_cents__lte=F("amount_cents"))
            ),
            TenantKey(
                name="charge_attempt_instalment_of_member",
                fields=("member_id", "instalment_id"),
                to="billing_instalment",
                to_fields=("member_id", "id"),
            ),
            TenantKey(
                name="charge_attempt_method_of_member",
                fields=("member_id", "payment_method_id"),
                to="billing_paymentmethod",
                to_fields=("member_id", "id"),
            ),
            *seen_by(
                "charge_attempt",
                employee=(OWN_MEMBER, "select"),
                operator=(EVERY, "select, update (version, refunded_cents)"),
                worker=(EVERY, "select, insert, update"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["payment_intent_id"], name="charge_attempt_by_intent"),
            models.Index(fields=["created_at"], condition=~Q(status__in=_CLOSED_IN_SQL), name="charge_attempt_open"),
        ]
