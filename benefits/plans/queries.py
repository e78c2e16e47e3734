"""Reading plans."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db.models import F, Q, QuerySet

from benefits.plans.models import Plan, PlanContribution
from benefits.plans.rules import PlanStatus
from workers.kernel.compiled import Compiled, Given
from workers.kernel.errors import NotFound

contributions_of = Compiled(lambda: PlanContribution.objects.filter(plan_id=Given("plan_id")))


def plans_from(employer_id: UUID, *, on: date) -> QuerySet[Plan]:
    """Return an employer's agreed plans that are not over on a day, in the order of their beginning."""
    open_ended_or_later = Q(ends_on=None) | Q(ends_on__gte=on)
    plans = Plan.objects.filter(open_ended_or_later, employer_id=employer_id, status=PlanStatus.AGREED)
    return plans.order_by("starts_on", "priority")


def list_plans(employer_id: UUID | None = None) -> QuerySet[Plan]:
    """Return the plans that the actor may see, of one employer where it is named, the newest first."""
    plans = Plan.objects.prefetch_related("contributions")
    return plans if employer_id is None else plans.filter(employer_id=employer_id)


def list_proposals() -> QuerySet[Plan]:
    """Return what employers propose and no operator decided on, what begins first on top."""
    waiting = list_plans().filter(status=PlanStatus.DRAFT, proposed_at__isnull=False)
    return waiting.select_related("employer").order_by("starts_on", "id")


def get_plan(plan_id: UUID) -> Plan:
    """Return a plan that the actor may see. Raises NotFound."""
    plan = list_plans().filter(pk=plan_id).first()
    if plan is None:
        raise NotFound("There is no such plan.")
    return plan


def names_of_plans(employer_id: UUID) -> dict[str, str]:
    """Return what each version of an employer's plans is called, by its id as text."""
    found = Plan.objects.filter(employer_id=employer_id).values_list("id", "name")
    return {str(plan_id): name for plan_id, name in found}


def plans_in_force(employer_id: UUID, *, on: date) -> QuerySet[Plan]:
    """Return an employer's plans of a day, one version of each lineage at most, in the order of their priority."""
    return plans_from(employer_id, on=on).filter(starts_on__lte=on).order_by("priority")


def agreed_versions() -> QuerySet[Plan]:
    """Return the agreed versions of plans, the latest first, but those that were superseded before they began."""
    began = Q(ends_on=None) | Q(ends_on__gte=F("starts_on"))
    return Plan.objects.filter(began, status=PlanStatus.AGREED).order_by("-starts_on")


def lineages_of(plans: Collection[Plan]) -> dict[UUID, list[Plan]]:
    """Return the agreed versions of these plans' lineages, the latest first: the first that began by a day is in force
    on it, or was last; whether it is over, look at it.

    Versions that were superseded before they began never were in force.
    """
    employers, lineages = {plan.employer_id for plan in plans}, {plan.lineage_id for plan in plans}
    found: dict[UUID, list[Plan]] = {lineage_id: [] for lineage_id in lineages}
    for version in agreed_versions().filter(employer__in=employers, lineage_id__in=lineages):
        found[version.lineage_id].append(version)
    return found
