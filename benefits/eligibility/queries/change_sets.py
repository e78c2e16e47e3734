"""Change-sets as HR finds them."""

from uuid import UUID

from django.db.models import QuerySet

from benefits.eligibility.models import ChangeSet
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
