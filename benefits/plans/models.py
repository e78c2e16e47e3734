"""Plans."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from benefits.employers.models import Employer
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_EMPLOYER, seen_by


class Period(Func):
    """The days from a first to a last one, both included; no last one means without end.

    A last day just before the first makes an empty period: something that ended before it began.
    """

    template = "daterange(%(expressions)s + 1)"


class Plan(Aggregate):
    """What an employer pays for in a period; the plans of one employer do not overlap."""

    tenant_field = "employer_id"

    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    employer_share_percent = models.PositiveSmallIntegerField()
    annual_cap_cents = models.PositiveBigIntegerField()
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
