"""Test offers. They are in a table of their own, so that nothing which routes, counts or reports ever meets one.

requested --> received --> accepted | rejected | failed (no answer in time) | cancelled (by the developer, as a member
would); all four also without `received` between.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from referrals.clinics.models import Clinic
from referrals.sandbox.rules import OPEN, SandboxStatus
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_CLINIC, seen_by
from workers.kernel.ids import new_id

_MOVES = "version, status, reason, closed_at"


class SandboxOffer(Aggregate):
    """A clinic asks itself to take nobody. `referral_id` and `course_id` are what its acceptance would have made."""

    tenant_field = "clinic_id"

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="sandbox_offers")
    status = models.CharField(max_length=10, choices=[(s, s) for s in SandboxStatus], default=SandboxStatus.REQUESTED)
    reason = models.CharField(max_length=20, blank=True, default="")
    referral_id = models.UUIDField(default=new_id, unique=True)
    course_id = models.UUIDField(default=new_id)
    respond_by = models.DateTimeField()
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "referrals_sandbox_offer"
        verbose_name = "offer"  # what it is called when there is none: nobody learns more of an id
        constraints: ClassVar = [
            models.CheckConstraint(name="sandbox_offer_status", condition=Q(status__in=list(SandboxStatus))),
            models.CheckConstraint(
                name="sandbox_offer_open_until_closed",
                condition=Q(status__in=OPEN, closed_at=None) | (~Q(status__in=OPEN) & Q(closed_at__isnull=False)),
            ),
            *seen_by(
                "sandbox_offer",
                clinic=(OWN_CLINIC, "select"),
                operator=(EVERY, "select"),
                worker=(EVERY, f"select, insert, update ({_MOVES}), delete"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["clinic", "id"], name="sandbox_offer_list")]
