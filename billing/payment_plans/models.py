"""Plans, instalments, attempts to charge, and stored payment methods.

A plan:        awaiting_method ─► active ─► completed
                     └──────────────┴─► cancelled

An instalment: scheduled ─► charging ─► paid
                               ├─► processing ──────► paid | retry_wait | needs_method
                               ├─► action_required ─► paid | retry_wait | needs_method
                               ├─► retry_wait ──────► charging, when the policy or a new method says so
                               └─► needs_method ────► charging, when a new method is stored

An attempt:    scheduled ─► creating ─► ready ─► confirming ─► paid | retry_wait | cancelled
                              └─► unknown ◄────────┤└────► processing | action_required ─► paid | retry_wait
               `unknown` is left by asking Stripe, never by guessing.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from billing.payment_plans.rules import Interval
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_MEMBER, TenantKey, seen_by
from workers.kernel.encryption import EncryptedJSONField


class PlanStatus(models.TextChoices):
    """States of a plan."""

    AWAITING_METHOD = "awaiting_method"
    ACTIVE = "active"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class InstalmentStatus(models.TextChoices):
    """States of an instalment."""

    SCHEDULED = "scheduled"
    CHARGING = "charging"
    PROCESSING = "processing"
    ACTION_REQUIRED = "action_required"
    RETRY_WAIT = "retry_wait"
    NEEDS_METHOD = "needs_method"
    PAID = "paid"
    CANCELLED = "cancelled"


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


CLOSED = (AttemptStatus.PAID, AttemptStatus.RETRY_WAIT, AttemptStatus.CANCELLED)


class MethodStatus(models.TextChoices):
    """States of a stored payment method; a member has one active one."""

    ACTIVE = "active"
    REPLACED = "replaced"


class SetupStatus(models.TextChoices):
    """States of the storing of a payment method."""

    CREATING = "creating"
    READY = "ready"
    STORED = "stored"
    FAILED = "failed"


class PaymentPlan(Aggregate):
    """How a member pays the member's share of one accepted quote. Amounts in cents."""

    tenant_field = "member_id"

    member_id = models.UUIDField()
    quote_id = models.UUIDField(unique=True)
    status = models.CharField(max_length=20, choices=PlanStatus.choices)
    interval = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Interval])
    total_cents = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member_id", "id"], name="payment_plan_of_member"),
            models.CheckConstraint(name="payment_plan_positive", condition=Q(total_cents__gt=0)),
            TenantKey(
                name="payment_plan_quote_of_member",
                fields=("quote_id", "member_id"),
                to="billing_quote",
                to_fields=("id", "member_id"),
            ),
            *seen_by(
                "payment_plan",
                employee=(OWN_MEMBER, "select, insert, update (version)"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select, insert, update (version, status, activated_at)"),
            ),
        ]


class Instalment(Aggregate):
    """One debit of a plan.

    `generation` grows whenever what is to happen next moves, so that former timers do nothing. `failures` counts
    declines since `failed_at`; since `review_at` a person looks at it. Care goes on whatever happens here.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    plan = models.ForeignKey(PaymentPlan, on_delete=models.PROTECT, db_constraint=False, related_name="instalments")
    number = models.PositiveSmallIntegerField()
    amount_cents = models.PositiveIntegerField()
    due_at = models.DateTimeField()
    status = models.CharField(max_length=20, choices=InstalmentStatus.choices, default=InstalmentStatus.SCHEDULED)
    generation = models.PositiveIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    failed_at = models.DateTimeField(null=True)
    action_since = models.DateTimeField(null=True)
    review_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "number"], name="instalment_number_once"),
            models.UniqueConstraint(fields=["member_id", "id"], name="instalment_of_member"),
            models.CheckConstraint(name="instalment_chargeable", condition=Q(amount_cents__gte=50)),
            TenantKey(
                name="instalment_plan_of_member",
                fields=("member_id", "plan_id"),
                to="billing_paymentplan",
                to_fields=("member_id", "id"),
            ),
            *seen_by(
                "instalment",
                employee=(OWN_MEMBER, "select, insert"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select, insert, update"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["member_id"], condition=~Q(status="paid"), name="instalment_open"),
            models.Index(
                fields=["review_at"], condition=Q(review_at__isnull=False, paid_at=None), name="instalment_review"
            ),
        ]


class PaymentMethod(Aggregate):
    """A card that a member stored at Stripe; only Stripe's ids are kept here."""

    tenant_field = "member_id"

    member_id = models.UUIDField()
    stripe_id = models.CharField(max_length=100, unique=True)
    customer_id = models.CharField(max_length=100)
    status = models.CharField(max_length=20, choices=MethodStatus.choices, default=MethodStatus.ACTIVE)
    stored_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member_id", "id"], name="payment_method_of_member"),
            models.UniqueConstraint(
                fields=["member_id"], condition=Q(status="active"), name="payment_method_one_active"
            ),
            *seen_by(
                "payment_method",
                employee=(OWN_MEMBER, "select"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select, insert, update (version, status)"),
            ),
        ]


class PaymentMethodSetup(Aggregate):
    """A member storing a payment method: the mandate as it was accepted, and Stripe's SetupIntent.

    `tries` is the number of idempotency keys used to create the SetupIntent; it grows only after Stripe stored an
    error under the former one.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    status = models.CharField(max_length=20, choices=SetupStatus.choices, default=SetupStatus.CREATING)
    setup_intent_id = models.CharField(max_length=100, default="")
    client_secret = EncryptedJSONField(null=True)
    tries = models.PositiveSmallIntegerField(default=1)
    mandate_version = models.CharField(max_length=20)
    mandate_text = models.TextField()
    mandate_accepted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["setup_intent_id"], condition=~Q(setup_intent_id=""), name="setup_intent_once"
            ),
            *seen_by(
                "payment_method_setup",
                employee=(OWN_MEMBER, "select, insert, update (version)"),
                worker=(EVERY, "select, update (version, status, setup_intent_id, client_secret, tries)"),
            ),
        ]


class ChargeAttempt(Aggregate):
    """One confirmation of an instalment's PaymentIntent, written down before Stripe is asked.

    `generation` counts an instalment's PaymentIntents: a new one only after the former is proven canceled. `number`
    counts the confirmations of one. Parameters and idempotency keys are stored exactly as they are sent, at
    `sent_at`. `charges` are the Stripe charges that were already counted. `sweep` numbers the timers that ask.
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
    fee_cents = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["instalment", "generation", "number"], name="charge_attempt_number_once"),
            models.UniqueConstraint(fields=["confirm_key"], name="charge_attempt_confirm_key_once"),
            models.UniqueConstraint(
                fields=["instalment"],
                condition=~Q(status__in=["paid", "retry_wait", "cancelled"]),
                name="charge_attempt_one_open",
            ),
            models.UniqueConstraint(fields=["instalment"], condition=Q(status="paid"), name="charge_attempt_one_paid"),
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
                operator=(EVERY, "select"),
                worker=(EVERY, "select, insert, update"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["payment_intent_id"], name="charge_attempt_by_intent")]
