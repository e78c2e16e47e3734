"""Counting enrollments."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, F, Q

from benefits.enrollment.models import Enrollment
from benefits.reports.rules import publishable


@dataclass(frozen=True, kw_only=True)
class PlanHeadcount:
    """How many members a plan covers on a day; None when they are too few to be counted in public."""

    plan_id: UUID
    plan_name: str
    enrolled: int | None


def headcounts(*, on: date) -> list[PlanHeadcount]:
    """Return the headcount of each plan that the actor may see and that covers anybody on a day, by its beginning."""
    open_on = Q(ends_on=None) | Q(ends_on__gte=on)
    plan_open_on = Q(plan__ends_on=None) | Q(plan__ends_on__gte=on)
    counted = (
        Enrollment.objects.filter(open_on, plan_open_on, starts_on__lte=on)
        .values("plan_id", name=F("plan__name"), since=F("plan__starts_on"))
        .annotate(enrolled=Count("id"))
        .order_by("since", "plan_id")
    )
    return [
        PlanHeadcount(plan_id=row["plan_id"], plan_name=row["name"], enrolled=publishable(row["enrolled"]))
        for row in counted
    ]
