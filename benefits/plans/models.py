"""Plans, and what they pay for single kinds of session."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from benefits.employers.models import Employer
from benefits.plans.rules import SESSION_KINDS
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_EMPLOYER, TenantKey, seen_by


class Period(Func):
    """The days from a first to a last one, both included; no last one means without end.

    A last day just before the first makes an empty period: something that ended before it began.
    """

    template = "daterange(%(expressions)s + 1)"


class Plan(Aggregate):
    """What an employer pays for in a period; the plans of one employer do not overlap.

    Its terms never change: another plan, from another day, has others. The annual cap and the deductible begin anew on
    the anniversaries of `starts_on`; the lifetime cap, None where there is none, is of all of the employer's plans.
    """

    tenant_field = "employer_id"

    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    employer_share_percent = models.PositiveSmallIntegerField()
    annual_cap_cents = models.PositiveBigIntegerField()
    lifetime_cap_cents = models.PositiveBigIntegerField(null=True)
    deductible_cents = models.PositiveBigIntegerField()
    covered_routes = ArrayField(models.CharField(max_length=20))
    waiting_days = models.PositiveSmallIntegerField()
    run_out_days = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["employer", "id"], name="plan_of_employer"),
            models.CheckConstraint(name="plan_share_is_percent", condition=Q(employer_share_percent__lte=100)),
            models.CheckConstraint(
                name="plan_ends_after_start", condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on"))
            ),
            models.CheckConstraint(
                name="plan_lifetime_holds_a_year",
                condition=Q(lifetime_cap_cents=None) | Q(lifetime_cap_cents__gte=F("annual_cap_cents")),
            ),
            ExclusionConstraint(
                name="plan_one_at_a_time",
                expressions=[
                    ("employer", RangeOperators.EQUAL),
                    (Period("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
            ),
            *seen_by(
                "plan",
                hr=(OWN_EMPLOYER, "select"),
                employee=(OWN_EMPLOYER, "select"),
                operator=(EVERY, "select, insert, update (version, ends_on)"),
                worker=(EVERY, "select"),
            ),
        ]


class PlanContribution(models.Model):
    """What a plan pays for one kind of session, where that is not the plan's own percentage. Written with its plan.

    A percentage or a fixed amount (cents) per session; a cap in cents and a number of sessions per plan year, None for
    no limit of this kind's own.
    """

    id = models.BigAutoField(primary_key=True)
    employer_id = models.UUIDField()
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="contributions", db_constraint=False)
    session_kind = models.CharField(max_length=20)
    percent = models.PositiveSmallIntegerField(null=True)
    fixed_cents = models.PositiveBigIntegerField(null=True)
    annual_cap_cents = models.PositiveBigIntegerField(null=True)
    sessions_per_year = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "session_kind"], name="contribution_kind_once"),
            models.CheckConstraint(name="contribution_kind_known", condition=Q(session_kind__in=SESSION_KINDS)),
            models.CheckConstraint(
                name="contribution_percent_or_fixed",
                condition=Q(percent__isnull=False, percent__lte=100, fixed_cents=None)
                | Q(percent=None, fixed_cents__isnull=False),
            ),
            TenantKey(
                name="contribution_of_plan",
                fields=("employer_id", "plan_id"),
                to="benefits_plan",
                to_fields=("employer_id", "id"),
            ),
            *seen_by(
                "plan_contribution",
                employee=(OWN_EMPLOYER, "select"),
                operator=(EVERY, "select, insert"),
                worker=(EVERY, "select"),
            ),
        ]
