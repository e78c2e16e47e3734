"""Who is covered, by what, on which days."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from benefits.enrollment.models import Enrollment
from benefits.enrollment.queries.members import zone_of
from benefits.enrollment.rules import covers
from benefits.plans.models import Plan
from benefits.plans.queries import agreed_versions, lineages_of, plans_in_force
from workers.kernel.compiled import Compiled, Given


def _of_member() -> QuerySet[Enrollment]:
    return Enrollment.objects.filter(member_id=Given("member_id"))


_ENROLLED = Compiled(
    lambda: (
        _of_member()
        .filter(starts_on__lte=Given("on"))
        .annotate(lineage_id=F("plan__lineage_id"))
        .order_by("-starts_on")
    )
)
_VERSIONS = Compiled(
    lambda: agreed_versions().filter(
        employer_id__in=_of_member().values("plan__employer_id"), lineage_id__in=_of_member().values("plan__lineage_id")
    )
)


def is_covered(member_id: UUID, *, now: datetime) -> bool:
    """Whether a plan covers a member on the day that it is where they live. Raises NotFound."""
    return covering_plan(member_id, on=now.astimezone(zone_of(member_id)).date()) is not None


def covering_plan(member_id: UUID, *, on: date, under_way_since: date | None = None) -> Plan | None:
    """Return the plan that covers a member on a day, or None.

    For a course `under_way_since` a day on which the member was covered, the plan's run-out counts, too.
    """
    versions = _VERSIONS(member_id=member_id)
    latest_first = (
        (enrollment, [version for version in versions if version.lineage_id == enrollment.lineage_id])  # type: ignore[attr-defined]  # annotated above
        for enrollment in _ENROLLED(member_id=member_id, on=on)
    )
    return _covering(latest_first, on, under_way_since)


def covering_plans(on: Mapping[UUID, date]) -> dict[UUID, Plan]:
    """Return the plan of each member whom one covers on the member's day, by two queries, as `covering_plan` does."""
    if not on:
        return {}
    enrolled = Enrollment.objects.filter(member_id__in=on, starts_on__lte=max(on.values())).select_related("plan")
    enrollments = [one for one in enrolled.order_by("-starts_on") if one.starts_on <= on[one.member_id]]
    lineages = lineages_of([one.plan for one in enrollments])
    of_member: dict[UUID, list[tuple[Enrollment, Sequence[Plan]]]] = defaultdict(list)
    for one in enrollments:
        of_member[one.member_id].append((one, lineages[one.plan.lineage_id]))
    found = {member_id: _covering(theirs, on[member_id]) for member_id, theirs in of_member.items()}
    return {member_id: plan for member_id, plan in found.items() if plan is not None}


def _covering(
    latest_first: Iterable[tuple[Enrollment, Sequence[Plan]]], on: date, under_way_since: date | None = None
) -> Plan | None:
    """The plan of the first of somebody's periods of cover, each with the versions of its plan, that covers a day."""
    for enrollment, lineage in latest_first:
        plan = _version_on(lineage, on)
        if plan is not None and _covers(enrollment, plan, on, under_way_since):
            return plan
    return None


def _version_on(lineage: Sequence[Plan], on: date) -> Plan | None:
    return next((version for version in lineage if version.starts_on <= on), None)


def _covers(enrollment: Enrollment, plan: Plan, on: date, under_way_since: date | None) -> bool:
    period = partial(covers, starts_on=enrollment.starts_on, ends_on=_earliest(enrollment.ends_on, plan.ends_on))
    began_covered = under_way_since is not None and period(on=under_way_since)
    return period(on=on, run_out_days=plan.run_out_days if began_covered else 0)


def _earliest(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


def headcounts_by_plan(employer_id: UUID, *, on: date) -> list[tuple[UUID, str, int]]:
    """Return (plan's id, its name, members it covers on a day) of an employer's plans that cover anybody."""
    is_open = Q(ends_on=None) | Q(ends_on__gte=on)
    covered = Enrollment.objects.filter(is_open, employer_id=employer_id, starts_on__lte=on)
    counted = dict(covered.values_list("plan__lineage_id").annotate(Count("id")))
    plans = plans_in_force(employer_id, on=on).order_by("starts_on", "id")
    return [(plan.pk, plan.name, counted[plan.lineage_id]) for plan in plans if plan.lineage_id in counted]
