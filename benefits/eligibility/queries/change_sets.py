"""Change-sets as HR finds them."""

from uuid import UUID

from django.db.models import Q, QuerySet

from benefits.eligibility.models import ChangeSet, StagedRow
from workers.kernel.errors import NotFound


def list_change_sets() -> QuerySet[ChangeSet]:
    """Return the change-sets of the actor's employer, newest first."""
    return ChangeSet.objects.order_by("-id")


def get_change_set(change_set_id: UUID) -> ChangeSet:
    """Return a change-set of the actor's employer. Raises NotFound."""
    change_set = ChangeSet.objects.filter(pk=change_set_id).first()
    if change_set is None:
        raise NotFound("There is no such change-set.")
    return change_set


def list_errors(change_set: ChangeSet) -> QuerySet[StagedRow]:
    """Return the rows of a change-set that have errors, or could not be as the roster was when they were staged."""
    of_set = StagedRow.objects.filter(employer_id=change_set.employer_id, change_set=change_set)
    return of_set.exclude(Q(errors=[], refused="")).only("row", "employee_number", "errors", "refused")
