"""Which Stripe Customer stands for which member."""

from typing import ClassVar

from django.db import models

from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, seen_by
from workers.kernel.ids import new_id


class StripeCustomer(models.Model):
    """A member's Customer at Stripe, which knows no name and no address.

    `tries` counts the idempotency keys used to create it; it grows only after Stripe stored an error under one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    member_id = models.UUIDField(unique=True)
    customer_id = models.CharField(max_length=100, default="")
    tries = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            *seen_by(
                "stripe_customer",
                operator=(EVERY, "select"),
                worker=(EVERY, "select, insert, update (customer_id, tries)"),
            ),
        ]


class StripePace(models.Model):
    """One row: when the next request to Stripe may begin, by the database's clock (client/pacing.py)."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    free_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="stripe_pace_one_row", condition=models.Q(id=1)),
            *seen_by("stripe_pace", worker=(EVERY, "select, insert, update (free_at)")),
        ]


class StripeRound(Aggregate):
    """One row: the rounds that look for what notices and answers have missed (services/rounds.py).

    `number` counts the timers; `looked_until` is up to when everything that Stripe made has been handed out. In a
    restored backup it is old, so that the next round looks back as far.
    """

    name = models.CharField(max_length=20, unique=True)
    number = models.PositiveIntegerField(default=0)
    looked_until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            *seen_by("stripe_round", operator=(EVERY, "select"), worker=(EVERY, "select, insert, update")),
        ]
