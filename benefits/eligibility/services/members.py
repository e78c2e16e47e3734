"""Changing one member or a few by name, through the API."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from benefits.eligibility.models import ChangeSet, Kind
from benefits.eligibility.rules.columns import COLUMNS
from benefits.eligibility.rules.faults import Unreadable
from benefits.eligibility.rules.reading import Reader
from benefits.eligibility.services.applying import apply
from benefits.eligibility.services.staging import stage
from benefits.enrollment.models import Door
from workers.kernel.errors import Invalid

MOST_MEMBERS = 1_000


class MembersWithErrors(Invalid):
    """Some of the members cannot be; `errors` names them by their place, from 1. Nothing was changed."""

    code = "rows_with_errors"


def change_members(
    *,
    employer_id: UUID,
    members: Sequence[Mapping[str, str]],
    by: UUID,
    now: datetime,
    skip_rows_with_errors: bool = False,
    door: Door = Door.API,
) -> ChangeSet:
    """Stage and apply members that are described in a census's columns, as one change-set.

    The caller acts as the employer's HR. Raises MembersWithErrors, RosterBusy, NoPlan.
    """
    reader = Reader(COLUMNS, {}, today=now.date())
    records = ([member.get(column, "") for column in COLUMNS] for member in members)
    with transaction.atomic():
        try:
            rows = reader.rows(records, first=1)
            change_set, _ = stage(employer_id=employer_id, door=door, kind=Kind.CHANGES, rows=rows, by=by, now=now)
        except Unreadable as error:  # nobody is described
            raise MembersWithErrors(str(error), errors=error.faults) from error
        if change_set.error_count and not skip_rows_with_errors:
            raise MembersWithErrors("Some members cannot be changed so: nothing was.", errors=change_set.errors)
        return apply(change_set_id=change_set.pk, by=by, now=now, skip_rows_with_errors=skip_rows_with_errors)
