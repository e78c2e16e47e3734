"""What agreed prices have used of a member's deductible and of plans' limits."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from workers.kernel.constraints import EVERY, OWN_MEMBER, seen_by


class BenefitUse(models.Model):
    """What a member's agreed prices have used of one limit: cents, or sessions.

    `bucket` says of which (billing.quotes.rules.buckets): a plan's year, an employer's plans together, a kind of
    session. The check refuses whatever would exceed the limit, and each agreement moves `used` by one UPDATE that
    compares it with what its quote was computed from: agreements that race cannot spend a cap twice.
    """

    id = models.BigAutoField(primary_key=True)
    member_id = models.UUIDField()
    bucket = models.CharField(max_length=120)
    used = models.BigIntegerField(default=0)
    upper_limit = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member_id", "bucket"], name="benefit_use_once"),
            models.CheckConstraint(
                name="benefit_use_within_limit", condition=Q(used__gte=0, upper_limit__gte=F("used"))
            ),
            *seen_by(
                "benefit_use",
                employee=(OWN_MEMBER, "select, insert, update (used, upper_limit)"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select"),
            ),
        ]
