"""What the rows of a change-set would do to the roster: one statement, whatever their number and order.

It reads `arriving`, the transaction's own table of staged rows (services/staging.py), and the members as they are, and
makes `compared`, from which everything else is told: a roster is compared once and not once a question.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from benefits.eligibility.models import ChangeSet, Kind
from benefits.eligibility.rules.effects import EFFECTS, REFUSALS, refusal
from benefits.enrollment.models import DESCRIBED
from benefits.enrollment.rules import Person
from workers.kernel.many import BY_HASH, MANY

MOST_LISTED = 1_000  # errors, rows of an effect and absent people that a change-set itself lists; pages have the rest
FACTS = tuple(field.name for field in fields(Person))
_LISTED = ", ".join(("id", "enrollment_id", '"row"', "errors", *FACTS, "contact_hash"))
_ARRIVING = f"""
CREATE TEMPORARY TABLE arriving ON COMMIT DROP AS
SELECT {_LISTED} FROM benefits_stagedrow WHERE employer_id = %s AND change_set_id = %s
"""
_SAID = ", ".join(f"arriving.{name}" for name in DESCRIBED)
_KNOWN = ", ".join(f"member.{name}" for name in DESCRIBED)

# enrollment.rules.is_other_person, in SQL.
IS_OTHER = """{known}.date_of_birth <> {said}.date_of_birth AND (
    lower({known}.first_name) <> lower({said}.first_name) OR lower({known}.last_name) <> lower({said}.last_name))"""
_OTHER = IS_OTHER.format(known="member", said="arriving")
# Who was taken from the roster by undoing, and whose number names somebody else now, is not who arrives: what hangs on
# that row, an account perhaps, is theirs alone.
_NOT_THEIRS = "({known}.removed_at IS NOT NULL AND {known}.merged_into_id IS NULL AND {is_other})"
_FREED = _NOT_THEIRS.format(known="member", is_other=_OTHER)
_FREED_SUBSCRIBER = _NOT_THEIRS.format(
    known="subscriber", is_other=IS_OTHER.format(known="subscriber", said="newcomer")
)

# Columns of `compared`: `id` and "row" of arriving, `member_id` (null for somebody new), the `known_hash` of their
# addresses, `subscriber_id`, `effect`, and `why` it is refused. `known` is whether the roster has them.
_COMPARE = f"""
CREATE TEMPORARY TABLE compared ON COMMIT DROP AS
SELECT arriving.id, arriving."row", member.id AS member_id, member.contact_hash AS known_hash, through.subscriber_id,
    CASE
        WHEN member.merged_into_id IS NOT NULL THEN 'merged'
        WHEN arriving.relationship <> 'self' AND arriving.end_date IS NULL AND through.subscriber_id IS NULL
            THEN 'unknown_subscriber'
        WHEN arriving.relationship <> 'self' AND arriving.end_date IS NULL AND through.has_ended THEN 'subscriber_ended'
        WHEN known AND (arriving.relationship = 'self') <> (member.relationship = 'self') THEN 'other_person'
        WHEN known AND {_OTHER} THEN 'other_person'
    END AS why,
    CASE
        WHEN NOT known AND arriving.end_date IS NOT NULL THEN 'ignored'
        WHEN NOT known THEN 'added'
        WHEN arriving.end_date IS NOT NULL AND arriving.end_date IS DISTINCT FROM member.end_date THEN 'ended'
        WHEN arriving.end_date IS NULL AND member.end_date IS NOT NULL THEN 'reinstated'
        WHEN arriving.contact_hash <> member.contact_hash
            OR ({_SAID}, through.subscriber_id) IS DISTINCT FROM ({_KNOWN}, member.subscriber_id) THEN 'changed'
        ELSE 'unchanged'
    END AS effect
FROM arriving
LEFT JOIN benefits_member AS member
    ON member.employer_id = %(employer)s AND member.employee_number = arriving.employee_number AND NOT {_FREED}
CROSS JOIN LATERAL (SELECT coalesce(member.removed_at IS NULL AND member.id IS NOT NULL, false) AS known) AS state
LEFT JOIN arriving AS newcomer
    ON arriving.relationship <> 'self' AND newcomer.employee_number = arriving.subscriber_number
    AND newcomer.relationship = 'self' AND newcomer.errors = '[]'
LEFT JOIN benefits_member AS subscriber
    ON arriving.relationship <> 'self' AND subscriber.employer_id = %(employer)s
    AND subscriber.employee_number = arriving.subscriber_number AND subscriber.relationship = 'self'
    AND (newcomer.id IS NULL OR NOT {_FREED_SUBSCRIBER})
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN arriving.relationship = 'self' THEN NULL
        WHEN subscriber.id IS NULL AND newcomer.end_date IS NOT NULL THEN member.subscriber_id
        WHEN subscriber.id IS NULL THEN coalesce(newcomer.id, member.subscriber_id)
        WHEN subscriber.removed_at IS NULL OR newcomer.id IS NOT NULL THEN subscriber.id
        ELSE member.subscriber_id
    END AS subscriber_id,
    CASE WHEN newcomer.id IS NOT NULL THEN newcomer.end_date ELSE subscriber.end_date END IS NOT NULL AS has_ended
) AS through
WHERE arriving.errors = '[]'
"""
_DESCRIBE = f"""
SELECT effect, count(*), (array_agg("row" ORDER BY "row"))[1:{MOST_LISTED}]
FROM (SELECT "row", coalesce(why, effect) AS effect FROM compared) AS told GROUP BY effect
"""
# What the joins are planned by: statistics of all columns would take as long as a join.
_COUNT_OFF = "ANALYZE arriving (employee_number, relationship, subscriber_number, errors)"
_FOR_MANY = f"SELECT {BY_HASH} FROM arriving HAVING count(*) > {MANY}"  # all that the transaction does from here on
ABSENT = """
SELECT {columns} FROM benefits_member AS member
WHERE member.employer_id = %(employer)s AND member.end_date IS NULL AND member.removed_at IS NULL
    AND NOT EXISTS (SELECT FROM arriving WHERE arriving.employee_number = member.employee_number)
"""
_ABSENT = f"""
WITH absent AS ({ABSENT.format(columns="member.employee_number")})
SELECT count(*), coalesce((array_agg(employee_number ORDER BY employee_number))[1:{MOST_LISTED}], '{{}}') FROM absent
"""
_ERRORS = f"""SELECT errors FROM arriving WHERE errors <> '[]' ORDER BY "row" LIMIT {MOST_LISTED}"""
_COUNTS = """
SELECT count(*), coalesce(sum(jsonb_array_length(errors)), 0), count(*) FILTER (WHERE employee_number = '')
FROM arriving
"""
_ROSTER = """
SELECT count(*) FROM benefits_member WHERE employer_id = %(employer)s AND end_date IS NULL AND removed_at IS NULL
"""


@dataclass(frozen=True, kw_only=True)
class Description:
    """What a change-set's own columns say of its rows; `unnamed` rows do not say whom they are about."""

    rows: int
    error_count: int
    errors: list[dict[str, Any]]
    diff: dict[str, Any]


@contextmanager
def load_compared(cursor: Any, change_set: ChangeSet) -> Iterator[None]:
    """Make `arriving` of the rows that a change-set keeps, and `compared`, for the block."""
    cursor.execute(_ARRIVING, [change_set.employer_id, change_set.pk])
    with compared(cursor, change_set):
        yield
    cursor.execute("DROP TABLE arriving")


@contextmanager
def compared(cursor: Any, change_set: ChangeSet) -> Iterator[None]:
    """Compare `arriving` with the roster of the change-set's employer: there is `compared` in the block."""
    cursor.execute(_COUNT_OFF)
    cursor.execute(_FOR_MANY)
    cursor.execute(_COMPARE, {"employer": change_set.employer_id})
    yield
    cursor.execute("DROP TABLE compared")


def describe_compared(cursor: Any, change_set: ChangeSet) -> Description:
    """Return what a change-set says of itself."""
    cursor.execute(_DESCRIBE)
    found = {effect: (count, listed) for effect, count, listed in cursor.fetchall()}
    refused = [refusal(row, why) for why in REFUSALS for row in found.get(why, (0, []))[1]]
    cursor.execute(_ERRORS)
    errors = [error for (of_row,) in cursor.fetchall() for error in json.loads(of_row)]
    cursor.execute(_COUNTS)
    rows, error_count, unnamed = cursor.fetchone()
    return Description(
        rows=rows,
        error_count=error_count + sum(found.get(why, (0, []))[0] for why in REFUSALS),
        errors=sorted([*errors, *refused], key=lambda error: error["row"])[:MOST_LISTED],
        diff={name: found.get(name, (0, []))[0] for name in EFFECTS}
        | {"rows": {name: found.get(name, (0, []))[1] for name in EFFECTS if name != "unchanged"}, "unnamed": unnamed}
        | _absence(cursor, change_set),
    )


def _absence(cursor: Any, change_set: ChangeSet) -> dict[str, Any]:
    """Whom a full one does not name, and of how many that is."""
    about = {"employer": change_set.employer_id}
    cursor.execute(_ROSTER, about)
    (roster,) = cursor.fetchone()
    if change_set.kind != Kind.FULL:
        return {"roster": roster, "absent": 0, "absent_employee_numbers": []}
    cursor.execute(_ABSENT, about)
    absent, numbers = cursor.fetchone()
    return {"roster": roster, "absent": absent, "absent_employee_numbers": numbers}
