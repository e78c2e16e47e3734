"""Who is covered by another plan than the one they belong to: by the rule of plans/rules/assignment.py, in SQL."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from benefits.plans.rules import first_cover_sql

# Versions of one plan are one plan: a renewal moves nobody.
_MOVING = f"""
SELECT held.enrollment_id, held.member_id, held.plan_id, first.plan_id, first.starts_on, held.ends_on
FROM (
    SELECT cover.id AS enrollment_id, cover.employer_id, cover.member_id, cover.plan_id, cover.ends_on, plan.lineage_id,
        employee.employee_class, employee.work_location, employee.hire_date,
        member.subscriber_id IS NOT NULL AS is_dependant,
        greatest(cover.starts_on, %(from_day)s::date) AS not_before, %(today)s::date AS today
    FROM benefits_enrollment AS cover
    JOIN benefits_plan AS plan ON plan.id = cover.plan_id
    JOIN benefits_member AS member ON member.id = cover.member_id AND member.removed_at IS NULL
    JOIN benefits_member AS employee ON employee.id = coalesce(member.subscriber_id, member.id)
    WHERE cover.employer_id = %(employer)s
        AND (cover.ends_on IS NULL OR cover.ends_on >= greatest(cover.starts_on, %(from_day)s::date))
) AS held
CROSS JOIN LATERAL {first_cover_sql("held")} AS first
JOIN benefits_plan AS wanted ON wanted.id = first.plan_id
WHERE wanted.lineage_id <> held.lineage_id AND (held.ends_on IS NULL OR first.starts_on <= held.ends_on)
ORDER BY held.member_id, first.starts_on
"""  # noqa: S608 - texts of our own


@dataclass(frozen=True, kw_only=True)
class Move:
    """A period of cover that goes on in another plan, from a day until it would have ended."""

    enrollment_id: UUID
    member_id: UUID
    from_plan_id: UUID
    to_plan_id: UUID
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, kw_only=True)
class MovedBetween:
    """How many members go from one plan to another."""

    from_plan_id: UUID
    to_plan_id: UUID
    members: int


def moves_due(employer_id: UUID, *, from_day: date, now: datetime) -> list[Move]:
    """Return the moves that would bring every member of an employer, from a day on, to the plan that they belong to.

    Whoever still waits in the new plan stays in the former until then: nobody loses cover by a move.
    """
    about: dict[str, Any] = {"employer": employer_id, "from_day": from_day, "today": now.date()}
    with connection.cursor() as cursor:
        cursor.execute(_MOVING, about)
        rows = cursor.fetchall()
    names = ("enrollment_id", "member_id", "from_plan_id", "to_plan_id", "starts_on", "ends_on")
    return [Move(**dict(zip(names, row, strict=True))) for row in rows]


def summed(moves: list[Move]) -> list[MovedBetween]:
    """Return how many members go from which plan to which."""
    pairs = Counter((move.from_plan_id, move.to_plan_id) for move in moves)
    return [MovedBetween(from_plan_id=one, to_plan_id=other, members=n) for (one, other), n in sorted(pairs.items())]
