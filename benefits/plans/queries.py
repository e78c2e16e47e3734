"""Reading plans."""

from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from benefits.plans.models import Plan


def plans_from(employer_id: UUID, *, on: date) -> QuerySet[Plan]:
    """Return an employer's plans that are not over on a day, in the order of their beginning."""
    open_ended_or_later = Q(ends_on=None) | Q(ends_on__gte=on)
    return Plan.objects.filter(open_ended_or_later, employer_id=employer_id).order_by("starts_on")
