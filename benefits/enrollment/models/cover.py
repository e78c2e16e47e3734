"""Members' periods of cover."""

from typing import ClassVar

from django.db import models

from benefits.enrollment.models.history import kept_in_history
from benefits.enrollment.models.members import Member
from benefits.plans.models import DAY_BEFORE, Plan
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_EMPLOYER, OWN_MEMBER, seen_by
from workers.kernel.lasting import LastingKey, never_deleted
from workers.kernel.periods import OneAtATime
from workers.kernel.permissions import needs_permission

# What history tells of cover.
TOLD_OF_COVER = ("plan_id", "starts_on", "ends_on")


class Enrollment(Aggregate):
    """A member's cover by a plan, from `starts_on` through `ends_on`; open when there is no `ends_on`.

    One that ended before it began (employment ended while waiting) has its `ends_on` on the day before `starts_on`.
    """

    tenant_field = "employer_id"

    employer_id = models.UUIDField()
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="enrollments", db_constraint=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            # Why not by PostgreSQL's exclusion constraint: docs/decisions/0024-cover-one-at-a-time.md.
            OneAtATime(
                name="enrollment_one_at_a_time", tenant="employer_id", of="member_id", first="starts_on", last="ends_on"
            ),
            models.CheckConstraint(
                name="enrollment_ends_after_start",
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=DAY_BEFORE),
            ),
            LastingKey(
                name="enrollment_of_member",
                fields=("employer_id", "member_id"),
                to="benefits_member",
                to_fields=("employer_id", "id"),
            ),
            LastingKey(
                name="enrollment_in_plan",
                fields=("employer_id", "plan_id"),
                to="benefits_plan",
                to_fields=("employer_id", "id"),
                few=True,
            ),
            *never_deleted("enrollment", "id"),
            *kept_in_history("cover", member="member_id", columns=TOLD_OF_COVER),
            *needs_permission("enrollment", hr="people"),
            *seen_by(
                "enrollment",
                hr=(OWN_EMPLOYER, "select, insert, update (version, ends_on)"),
                employee=(OWN_MEMBER, "select"),
                operator=(EVERY, "select, insert, update (version, ends_on)"),
                worker=(EVERY, "select, update (version)"),
            ),
        ]
        indexes: ClassVar = [
            # A roster as it was on a day is read from this index alone.
            models.Index(
                fields=["employer_id", "member", "starts_on"], include=["ends_on", "plan"], name="enrollment_roster"
            ),
        ]
