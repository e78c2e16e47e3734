"""Which Stripe Customer stands for which member."""

from typing import ClassVar

from django.db import models

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
