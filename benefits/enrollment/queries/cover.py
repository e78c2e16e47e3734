"""Who is covered, by what, on which days."""

from datetime import date
from functools import partial
from uuid import UUID

from django.db.models import Count, Q

from benefits.enrollment.models import Enrollment
from benefits.enrollment.rules import covers
from benefits.plans.models import Plan
from benefits.plans.queries import latest_version, plans_in_force


def covering_plan(member_id: UUID, *, on: date, under_way_since: date | None = None) -> Plan | None:
    """Return the plan that covers a member on a day, or None.

    For a course `under_way_since` a day on which the member was covered, the plan's run-out counts, too.
    """
    enrollments = Enrollment.objects.filter(member_id=member_id, starts_on__lte=on).select_related("plan")
    for enrollment in enrollments.order_by("-starts_on"):
        plan = latest_version(enrollment.plan, on=on)
        if plan is None:
            continue
        period = partial(covers, starts_on=enrollment.starts_on, ends_on=_earliest(enrollment.ends_on, plan.ends_on))
        began_covered = under_way_since is not None and period(on=under_way_since)
        if period(on=on, run_out_days=plan.run_out_days if began_covered else 0):
            return plan
    return None


def _earliest(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


def headcounts_by_plan(employer_id: UUID, *, on: date) -> list[tuple[UUID, str, int]]:
    """Return (plan's id, its name, members it covers on a day) of an employer's plans that cover anybody."""
    is_open = Q(ends_on=None) | Q(ends_on__gte=on)
    covered = Enrollment.objects.filter(is_open, employer_id=employer_id, starts_on__lte=on)
    counted = dict(covered.values_list("plan__lineage_id").annotate(Count("id")))
    plans = plans_in_force(employer_id, on=on).order_by("starts_on", "id")
    return [(plan.pk, plan.name, counted[plan.lineage_id]) for plan in plans if plan.lineage_id in counted]
