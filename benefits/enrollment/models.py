"""Members, their addresses, and their periods of cover."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Q

from benefits.employers.models import Employer
from benefits.plans.models import Period, Plan
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_EMPLOYER, OWN_MEMBER, TenantKey, seen_by
from workers.kernel.ids import new_id


class EmploymentStatus(models.TextChoices):
    """Whether the employer still employs them."""

    ACTIVE = "active"
    ENDED = "ended"


class Member(Aggregate):
    """Somebody as their employer describes them, known by their employee number.

    Nothing here changes when they activate their account or use the benefit, for their employer reads these rows.
    There is no e-mail address either: `contact_hash` only tells whether the employer supplies other ones than before.
    """

    tenant_field = "employer_id"

    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="+")
    employee_number = models.CharField(max_length=40)
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    date_of_birth = models.DateField()
    postal_code = models.CharField(max_length=10)
    state = models.CharField(max_length=2)
    language = models.CharField(max_length=2)
    timezone = models.CharField(max_length=40)
    hire_date = models.DateField()
    employment_status = models.CharField(max_length=10, choices=EmploymentStatus.choices)
    end_date = models.DateField(null=True)
    contact_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["employer", "employee_number"], name="member_number_once"),
            models.UniqueConstraint(fields=["employer", "id"], name="member_of_employer"),
            models.CheckConstraint(
                name="member_end_date_fits_status",
                condition=Q(employment_status="active", end_date=None)
                | Q(employment_status="ended", end_date__isnull=False),
            ),
            *seen_by(
                "member",
                hr=(OWN_EMPLOYER, "select, insert, update"),
                employee=("id = {member}", "select"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select, update (version)"),
            ),
        ]


class MemberContact(models.Model):
    """Where to invite a member, as the employer supplied it; the newest row counts, an empty address means none.

    The employer writes and never reads it; after activation the account's own address is used, which it never sees.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    employer_id = models.UUIDField()
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    email = models.EmailField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            TenantKey(
                name="contact_of_member",
                fields=("employer_id", "member_id"),
                to="benefits_member",
                to_fields=("employer_id", "id"),
            ),
            *seen_by("contact", hr=(OWN_EMPLOYER, "insert"), worker=(EVERY, "select")),
        ]


class Enrollment(Aggregate):
    """A member's cover by a plan, from `starts_on` through `ends_on`; open when there is no `ends_on`.

    One that ended before it began (employment ended while waiting) has its `ends_on` on the day before `starts_on`.
    """

    tenant_field = "employer_id"

    employer_id = models.UUIDField()
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="enrollments", db_constraint=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            ExclusionConstraint(
                name="enrollment_one_at_a_time",
                expressions=[
                    ("employer_id", RangeOperators.EQUAL),  # so that no tenant learns of another's rows by a conflict
                    ("member", RangeOperators.EQUAL),
                    (Period("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
            ),
            TenantKey(
                name="enrollment_of_member",
                fields=("employer_id", "member_id"),
                to="benefits_member",
                to_fields=("employer_id", "id"),
            ),
            TenantKey(
                name="enrollment_in_plan",
                fields=("employer_id", "plan_id"),
                to="benefits_plan",
                to_fields=("employer_id", "id"),
            ),
            *seen_by(
                "enrollment",
                hr=(OWN_EMPLOYER, "select, insert, update (version, ends_on)"),
                employee=(OWN_MEMBER, "select"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select, update (version)"),
            ),
        ]
