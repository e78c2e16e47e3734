"""The money that discounts are paid from."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, seen_by
from workers.kernel.money import CURRENCY


class FundPeriod(Func):
    """The days from a first to a last one, both included; no last one means without end."""

    template = "daterange(%(expressions)s + 1)"


class SubsidyFund(Aggregate):
    """A budget in cents for the discounts of one programme in a period; without one, discounts have no budget.

    `reserved_cents` are the discounts of quotes that may still be accepted, `spent_cents` those of accepted ones. The
    two never exceed the budget, whatever races: what takes of a fund is one UPDATE that this table's check refuses.
    """

    currency: ClassVar[str] = CURRENCY

    programme = models.CharField(max_length=40)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    budget_cents = models.BigIntegerField()
    reserved_cents = models.BigIntegerField(default=0)
    spent_cents = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="fund_never_overdrawn",
                condition=Q(
                    reserved_cents__gte=0,
                    spent_cents__gte=0,
                    budget_cents__gte=F("reserved_cents") + F("spent_cents"),
                ),
            ),
            models.CheckConstraint(
                name="fund_ends_after_start", condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on"))
            ),
            ExclusionConstraint(
                name="fund_one_at_a_time",
                expressions=[
                    ("programme", RangeOperators.EQUAL),
                    (FundPeriod("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
            ),
            *seen_by(
                "subsidy_fund",
                employee=(EVERY, "select, update (reserved_cents, spent_cents)"),
                operator=(EVERY, "select, insert, update (budget_cents, version)"),
                worker=(EVERY, "select, update (reserved_cents, spent_cents)"),
            ),
        ]

    @property
    def left_cents(self) -> int:
        """What no quote has taken."""
        return self.budget_cents - self.reserved_cents - self.spent_cents
