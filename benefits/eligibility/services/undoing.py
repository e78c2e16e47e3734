"""Taking back what a change-set did, while nothing later has touched the same people."""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from benefits.eligibility.models import ChangeSet, StagedRow, Status
from benefits.eligibility.queries.later import people_changed_since
from benefits.eligibility.services.applying import AT_ONCE, ask_for, give_back, lock_roster
from benefits.eligibility.services.staging import PATIENCE
from benefits.enrollment import services as enrollment
from benefits.events import ChangeSetUndone, UndoingAsked
from workers.kernel.errors import DomainError
from workers.kernel.many import BY_HASH, MANY
from workers.outbox.publishing import publish


class NotApplied(DomainError):
    """The change-set is not applied; `state` says how far it has got."""

    code = "not_applied"


class ChangedSince(DomainError):
    """Later changes touched the same people: `employee_numbers` lists the first of `people`."""

    code = "changed_since"


class NotDiscardable(DomainError):
    """Only what is staged can be discarded; `state` says how far the change-set has got."""

    code = "not_staged"


def undo(*, change_set_id: UUID, by: UUID, now: datetime) -> ChangeSet:
    """Bring every member and cover that a change-set touched back to what they were.

    Whom it added is on no roster any more; their row stays, removed. More than `applying.AT_ONCE` rows are left to a
    worker. The caller acts as the employer's HR. Raises NotFound, NotApplied, ChangedSince, RosterBusy.
    """
    with transaction.atomic():
        change_set = ChangeSet.locked(pk=change_set_id)
        if change_set.status != Status.APPLIED:
            raise NotApplied("Only what was applied can be undone.", state=change_set.status)
        _check_untouched(change_set)
        if _size(change_set) > AT_ONCE:
            ask_for(change_set, Status.UNDOING, by=by)
            asked = UndoingAsked(change_set_id=change_set.pk, employer_id=change_set.employer_id, asked_by=by)
            publish(asked, about=change_set, now=now)
        else:
            _restore(change_set, by=by, now=now)
    return change_set


def run_undoing(*, change_set_id: UUID, now: datetime) -> None:
    """Undo a change-set that waits for a worker; a refusal is kept on it. The caller acts as the employer's HR."""
    with transaction.atomic():
        change_set = ChangeSet.locked(pk=change_set_id)
        if change_set.status != Status.UNDOING:
            return
        assert change_set.undone_by is not None
        try:
            with transaction.atomic():
                _restore(change_set, by=change_set.undone_by, now=now)
        except DomainError as refused:
            give_back(change_set, Status.APPLIED, refused)


def _restore(change_set: ChangeSet, *, by: UUID, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        if _size(change_set) > MANY:
            cursor.execute(f"SELECT {BY_HASH}")
    lock_roster(change_set)
    _check_untouched(change_set)
    with enrollment.recorded(door=change_set.door, now=now, reason="undone", change_set_id=change_set.pk):
        enrollment.undo_changes(change_set_id=change_set.pk, employer_id=change_set.employer_id, now=now)
    change_set.status, change_set.undone_at, change_set.undone_by = Status.UNDONE, now, by
    change_set.save(update_fields=["status", "undone_at", "undone_by"])
    StagedRow.objects.filter(change_set=change_set).delete()
    assert change_set.applied_at is not None
    undone = ChangeSetUndone(
        change_set_id=change_set.pk, employer_id=change_set.employer_id, applied_at=change_set.applied_at
    )
    publish(undone, about=change_set, now=now)


def _size(change_set: ChangeSet) -> int:
    """How many people it touched, at most."""
    return change_set.rows + int(change_set.diff.get("absent", 0))


def _check_untouched(change_set: ChangeSet) -> None:
    people, numbers = people_changed_since(change_set)
    if people:
        raise ChangedSince(
            "Later changes touched some of the same people: undo those first, or correct these people one by one.",
            people=people,
            employee_numbers=numbers,
        )


def discard(*, change_set_id: UUID) -> ChangeSet:
    """Put a staged change-set aside; its rows are deleted, and the same file may come again. Raises NotDiscardable."""
    with transaction.atomic():
        change_set = ChangeSet.locked(pk=change_set_id)
        if change_set.status != Status.STAGED:
            raise NotDiscardable("Only what is staged can be discarded.", state=change_set.status)
        change_set.status = Status.DISCARDED
        change_set.save(update_fields=["status"])
        StagedRow.objects.filter(change_set=change_set).delete()
    return change_set
