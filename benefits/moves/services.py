"""Moving members to the plan that they belong to."""

from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction

from benefits.employers.models import Employer
from benefits.enrollment.models import Door, Enrollment
from benefits.enrollment.services.recording import recorded
from benefits.moves.queries import Move, MovedBetween, moves_due, summed
from workers.kernel.errors import Invalid

_BATCH = 5_000
_END = """
UPDATE benefits_enrollment AS cover SET ends_on = told.starts_on - 1
FROM unnest(%s::uuid[], %s::date[]) AS told (id, starts_on) WHERE cover.id = told.id
"""


def move_members(*, employer_id: UUID, from_day: date, door: Door, now: datetime) -> list[MovedBetween]:
    """Let each member of an employer be covered, from a day on, by the plan that they belong to; again moves nobody.

    All of them or none, under the lock of the employer's row; each move is in the member's history. Agreed prices stay
    as they were agreed. Raises NotFound, and Invalid for a day before today.
    """
    if from_day < now.date():
        raise Invalid("Members move from today on.", errors={"from_day": ["Today, or a later day."]})
    with transaction.atomic(), recorded(door=door, now=now, reason="moved to the plan they belong to"):
        Employer.locked(pk=employer_id)
        moves = moves_due(employer_id, from_day=from_day, now=now)
        with connection.cursor() as cursor:
            cursor.execute(_END, [[move.enrollment_id for move in moves], [move.starts_on for move in moves]])
        Enrollment.objects.bulk_create((_begun(employer_id, move) for move in moves), batch_size=_BATCH)
    return summed(moves)


def _begun(employer_id: UUID, move: Move) -> Enrollment:
    return Enrollment(
        employer_id=employer_id,
        member_id=move.member_id,
        plan_id=move.to_plan_id,
        starts_on=move.starts_on,
        ends_on=move.ends_on,
    )
