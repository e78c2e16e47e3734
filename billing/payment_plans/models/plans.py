"""Plans, their instalments, and what payers asked to change.

A plan:        awaiting_method ─► active ─► completed (and active again when a bank takes a debit back)
                     └──────────────┴─► cancelled

An instalment: scheduled ─► charging ─► paid ───────► retry_wait | needs_method, when a bank takes the debit back
                  │            ├─► processing ──────► paid | retry_wait | needs_method
                  │            ├─► action_required ─► paid | retry_wait | needs_method
                  │            ├─► retry_wait ──────► charging, when the policy or a new method says so
                  │            └─► needs_method ────► charging, when a new method is stored
                  ├─► due ─► charging, when the payer says so (no autopay)
                  └─► cancelled, when others take its place; so do due, retry_wait, needs_method and action_required
"""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from billing.payment_plans.rules import ChangeKind, Interval
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_MEMBER, TenantKey, Trigger, seen_by


class PlanStatus(models.TextChoices):
    """States of a plan."""

    AWAITING_METHOD = "awaiting_method"
    ACTIVE = "active"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class InstalmentStatus(models.TextChoices):
    """States of an instalment."""

    SCHEDULED = "scheduled"
    DUE = "due"
    CHARGING = "charging"
    PROCESSING = "processing"
    ACTION_REQUIRED = "action_required"
    RETRY_WAIT = "retry_wait"
    NEEDS_METHOD = "needs_method"
    PAID = "paid"
    CANCELLED = "cancelled"


class PaymentPlan(Aggregate):
    """How a member pays the member's share of one accepted quote. Amounts in cents.

    Without `autopay` an instalment that falls due waits for its payer's word. Until `paused_until` nothing is debited.
    `total_cents` is what the member owes in all: the instalments that are not cancelled, and what was waived.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    quote_id = models.UUIDField(unique=True)
    status = models.CharField(max_length=20, choices=PlanStatus.choices)
    interval = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Interval])
    total_cents = models.PositiveIntegerField()
    waived_cents = models.PositiveIntegerField(default=0)
    autopay = models.BooleanField(default=True)
    paused_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member_id", "id"], name="payment_plan_of_member"),
            models.CheckConstraint(name="payment_plan_not_negative", condition=Q(total_cents__gte=0)),
            models.CheckConstraint(name="payment_plan_waived_of_it", condition=Q(waived_cents__lte=F("total_cents"))),
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
                worker=(EVERY, "select, insert, update"),
            ),
        ]

    def is_paused_at(self, now: datetime) -> bool:
        """Whether nothing of it is debited at present."""
        return self.paused_until is not None and self.paused_until > now


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


class ChangeStatus(models.TextChoices):
    """States of a wish; what was possible when it was asked for may be refused when its turn comes."""

    REQUESTED = "requested"
    APPLIED = "applied"
    REFUSED = "refused"


_WAIVED_BY_OPERATORS = """
IF NEW.kind = 'waive' AND (
  current_user <> 'act_operator' OR coalesce(NEW.wish ->> 'reason', '') = ''
  OR NEW.requested_by IS DISTINCT FROM nullif(current_setting('app.user', true), '')::uuid
) THEN
  RAISE EXCEPTION 'an operator waives, in their own name and with a reason' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;"""


class PlanChange(Aggregate):
    """What a payer, or an operator for them, asked to change of a plan; applied by a worker, kept for good.

    `wish` holds what the kind needs: {"due_on"} to move, {"until"} to pause, {"instalments", "interval"} to spread,
    {"amount_cents", "reason"} to waive.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    plan = models.ForeignKey(PaymentPlan, on_delete=models.PROTECT, db_constraint=False, related_name="changes")
    instalment_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=20, choices=[(each.value, each.value) for each in ChangeKind])
    wish = models.JSONField(default=dict)
    status = models.CharField(max_length=20, choices=ChangeStatus.choices, default=ChangeStatus.REQUESTED)
    refusal = models.CharField(max_length=300, default="")
    requested_by = models.UUIDField(null=True)
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            TenantKey(
                name="plan_change_plan_of_member",
                fields=("member_id", "plan_id"),
                to="billing_paymentplan",
                to_fields=("member_id", "id"),
            ),
            Trigger(
                name="plan_change_waived_by_operator",
                on="BEFORE INSERT ON {table} FOR EACH ROW",
                body=_WAIVED_BY_OPERATORS,
            ),
            *seen_by(
                "plan_change",
                employee=(OWN_MEMBER, "select, insert, update (version)"),
                operator=(EVERY, "select, insert, update (version)"),
                worker=(EVERY, "select, insert, update (version, status, refusal, decided_at)"),
            ),
        ]
