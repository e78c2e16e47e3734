"""Stripe's movements and payouts as they were imported, which journals they are, and what differs.

A difference:  open --resolve by a journal--> resolved
                 +--it matched after all----> resolved
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from billing.reconciliation.rules import DifferenceKind, Movement
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, append_only, seen_by
from workers.kernel.ids import new_id


class DifferenceStatus(models.TextChoices):
    """States of a difference."""

    OPEN = "open"
    RESOLVED = "resolved"


class StripeMovement(models.Model):
    """A BalanceTransaction, by Stripe's id; cents. `matched_at`: since when the ledger has it, too."""

    id = models.CharField(max_length=100, primary_key=True)
    type = models.CharField(max_length=60)
    cents = models.BigIntegerField()
    fee_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    source = models.CharField(max_length=100, blank=True)
    names = models.JSONField()
    created_at = models.DateTimeField()
    payout_id = models.CharField(max_length=100, blank=True, default="")
    matched_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            *seen_by(
                "stripe_movement",
                operator=(EVERY, "select, update (matched_at)"),
                worker=(EVERY, "select, insert, update (payout_id, matched_at)"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["created_at"], name="stripe_movement_by_time"),
            models.Index(fields=["created_at"], condition=Q(matched_at=None), name="stripe_movement_unmatched"),
        ]

    @property
    def movement(self) -> Movement:
        """It, as the rules see it."""
        return Movement(
            id=self.pk,
            type=self.type,
            cents=self.cents,
            fee_cents=self.fee_cents,
            currency=self.currency,
            source=self.source,
            names=self.names,
            created_at=int(self.created_at.timestamp()),
        )


class StripePayout(models.Model):
    """A payout to our bank, by Stripe's id; cents. `explained_at`: since when its movements sum to it."""

    id = models.CharField(max_length=100, primary_key=True)
    cents = models.BigIntegerField()
    movements_cents = models.BigIntegerField()
    created_at = models.DateTimeField()
    explained_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            *seen_by(
                "stripe_payout",
                operator=(EVERY, "select"),
                worker=(EVERY, "select, insert, update (movements_cents, explained_at)"),
            ),
        ]


class MatchedJournal(models.Model):
    """A journal that touches our balance at Stripe and is accounted for: by a movement, or by a resolution (None)."""

    journal_id = models.UUIDField(primary_key=True)
    movement = models.ForeignKey(StripeMovement, on_delete=models.PROTECT, null=True, related_name="journals")

    class Meta:
        constraints: ClassVar = [
            *append_only("matched_journal"),
            *seen_by("matched_journal", operator=(EVERY, "select, insert"), worker=(EVERY, "select, insert")),
        ]


class Difference(models.Model):
    """Work for a person: `subject` (Stripe's id or a journal's) is `found_cents` at Stripe and `expected_cents` here.

    Resolved by the journal `journal_id`, or by itself (None), for a `reason`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=30, choices=[(kind.value, kind.value) for kind in DifferenceKind])
    subject = models.CharField(max_length=100)
    expected_cents = models.BigIntegerField()
    found_cents = models.BigIntegerField()
    found_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=DifferenceStatus.choices, default=DifferenceStatus.OPEN)
    resolved_at = models.DateTimeField(null=True)
    by_user_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=300, blank=True, default="")
    journal_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "subject"], name="difference_once"),
            models.CheckConstraint(
                name="difference_resolved_for_a_reason",
                condition=Q(status="open", resolved_at=None, reason="")
                | (Q(status="resolved", resolved_at__isnull=False) & ~Q(reason="")),
            ),
            *seen_by(
                "difference",
                operator=(EVERY, "select, update (status, resolved_at, by_user_id, reason, journal_id)"),
                worker=(EVERY, "select, insert, update"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["id"], condition=Q(status="open"), name="difference_open")]

    @property
    def off_cents(self) -> int:
        """What the ledger lacks to say what Stripe says."""
        return self.found_cents - self.expected_cents


class ReconciliationRun(Aggregate):
    """One comparison, and what it found."""

    on = models.DateField(unique=True)
    finished_at = models.DateTimeField(null=True)
    imported = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0)
    open_differences = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            *seen_by(
                "reconciliation_run",
                operator=(EVERY, "select"),
                worker=(EVERY, "select, insert, update"),
            ),
        ]
