"""A second admin's consent to many terminations by absence."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from benefits.eligibility.models import Approval, ChangeSet, Status
from benefits.eligibility.rules.effects import needs_second_admin
from benefits.employers.queries import get_employer
from workers.kernel.errors import DomainError


class NothingToApprove(DomainError):
    """The change-set needs no second admin."""

    code = "nothing_to_approve"


def approve(*, change_set_id: UUID, by: UUID, now: datetime) -> ChangeSet:
    """Agree to as many terminations by absence as a staged change-set shows now; whoever applies it is another admin.

    More than these take another approval. Raises NotFound, NothingToApprove.
    """
    with transaction.atomic():
        change_set = ChangeSet.locked(pk=change_set_id)
        if change_set.status != Status.STAGED or not change_set.ends_absent:
            raise NothingToApprove("Only a staged change-set that ends cover by absence is approved.")
        if not needs_approval(change_set):
            raise NothingToApprove("So few terminations need no second admin: apply it.")
        Approval.objects.bulk_create(
            [
                Approval(
                    employer_id=change_set.employer_id,
                    change_set=change_set,
                    approved_by=by,
                    approved_at=now,
                    absent=change_set.diff["absent"],
                )
            ],
            ignore_conflicts=True,
        )
    return change_set


def needs_approval(change_set: ChangeSet) -> bool:
    """Whether applying a change-set takes a second admin, as its last preview has it."""
    diff = change_set.diff
    if not change_set.ends_absent or not diff:
        return False
    brake = get_employer(change_set.employer_id).brake_percent
    return needs_second_admin(absent=diff["absent"], roster=diff["roster"], brake_percent=brake)
