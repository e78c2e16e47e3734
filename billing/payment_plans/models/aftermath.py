"""What may come after a charge: refunds and disputes.

A refund:  approved ─► sending ─► pending ─► succeeded
              ▲           ├─► unknown (left by asking Stripe)
              │           └─► refused: it was never made, the money is free again
              └── failed: it was made and came back; a person sends it again
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from billing.payment_plans.models.attempts import ChargeAttempt
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_MEMBER, TenantKey, seen_by


class RefundReason(models.TextChoices):
    """Why money goes back. Programs give the last three; "dashboard" was made at Stripe by hand."""

    ASKED_FOR = "asked_for"
    NOT_DELIVERED = "not_delivered"
    GOODWILL = "goodwill"
    PRICE_LOWERED = "price_lowered"
    SECOND_CHARGE = "second_charge"
    DASHBOARD = "dashboard"


class RefundStatus(models.TextChoices):
    """States of a refund."""

    APPROVED = "approved"
    SENDING = "sending"
    UNKNOWN = "unknown"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUSED = "refused"


class Refund(Aggregate):
    """Cents of one successful charge that go back to the payer: who said so, why, and how far it has come.

    `tries` counts idempotency keys; it grows only after Stripe stored an error under one, or a made refund came back.
    `former_ids` are Stripe's ids of those that came back. `requested_by` is missing when a program decided.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    attempt = models.ForeignKey(ChargeAttempt, on_delete=models.PROTECT, db_constraint=False, related_name="refunds")
    amount_cents = models.PositiveIntegerField()
    reason = models.CharField(max_length=20, choices=RefundReason.choices)
    requested_by = models.UUIDField(null=True)
    request_key = models.CharField(max_length=255, unique=True)  # whose, and an Idempotency-Key of 200 characters
    status = models.CharField(max_length=20, choices=RefundStatus.choices, default=RefundStatus.APPROVED)
    stripe_id = models.CharField(max_length=100, default="")
    former_ids = ArrayField(models.CharField(max_length=100), default=list)
    params = models.JSONField(null=True)
    tries = models.PositiveSmallIntegerField(default=1)
    sweep = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=100, default="")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="refund_positive", condition=Q(amount_cents__gt=0)),
            models.UniqueConstraint(fields=["stripe_id"], condition=~Q(stripe_id=""), name="refund_once"),
            TenantKey(
                name="refund_attempt_of_member",
                fields=("member_id", "attempt_id"),
                to="billing_chargeattempt",
                to_fields=("member_id", "id"),
            ),
            *seen_by(
                "refund",
                employee=(OWN_MEMBER, "select"),
                operator=(
                    EVERY,
                    "select, insert, update (version, status, code, tries, former_ids, stripe_id, sent_at)",
                ),
                worker=(EVERY, "select, insert, update"),
            ),
        ]


class Dispute(Aggregate):
    """A payer's objection at their bank to a charge, as Stripe tells it: `status` and `reason` are Stripe's words.

    `held_cents` is what Stripe has taken off the balance for it at present, fees apart; an inquiry takes nothing.
    `is_return`: no objection but a bank debit that came back late, which cannot be contested.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    attempt = models.ForeignKey(ChargeAttempt, on_delete=models.PROTECT, db_constraint=False, related_name="disputes")
    stripe_id = models.CharField(max_length=100, unique=True)
    amount_cents = models.PositiveIntegerField()
    held_cents = models.IntegerField(default=0)
    reason = models.CharField(max_length=60)
    status = models.CharField(max_length=40)
    is_return = models.BooleanField(default=False)
    evidence_due_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="dispute_held_within", condition=Q(held_cents__lte=F("amount_cents"))),
            TenantKey(
                name="dispute_attempt_of_member",
                fields=("member_id", "attempt_id"),
                to="billing_chargeattempt",
                to_fields=("member_id", "id"),
            ),
            *seen_by(
                "dispute",
                operator=(EVERY, "select"),
                worker=(EVERY, "select, insert, update"),
            ),
        ]
