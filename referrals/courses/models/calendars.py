"""What plans are made from beside protocol and hours: a clinic's closed days and therapists, a member's time."""

from typing import ClassVar

from django.db import models

from referrals.clinics.models import Clinic
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_CLINIC, OWN_MEMBER, seen_by


class ClinicCalendar(Aggregate):
    """When a clinic holds no sessions, who gives them, and which figures it follows; a clinic without one has defaults.

    `closures` are rules.Closure, `therapists` rules.Therapist, as JSON. `windows` names, by protocol, the source whose
    integration window it follows. `revision` grows with each change: two people do not overwrite each other.
    """

    tenant_field = "clinic_id"

    clinic = models.OneToOneField(Clinic, on_delete=models.PROTECT, related_name="calendar")
    closed_on_holidays = models.BooleanField(default=True)
    closures = models.JSONField(default=list)
    therapists = models.JSONField(default=list)
    windows = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            *seen_by(
                "cliniccalendar",
                clinic=(OWN_CLINIC, "select, insert, update"),
                operator=(EVERY, "select, insert, update"),
                worker=(EVERY, "select, update (version)"),
            ),
        ]


class MemberAvailability(models.Model):
    """When a member can come, on the clocks of `timezone`: `weekly` hours (none: always), `away` on dates; JSON."""

    member_id = models.UUIDField(primary_key=True)
    timezone = models.CharField(max_length=64)
    weekly = models.JSONField(default=list)
    away = models.JSONField(default=list)
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            *seen_by(
                "memberavailability",
                employee=(OWN_MEMBER, "select, insert, update"),
                worker=(EVERY, "select"),
            ),
        ]
