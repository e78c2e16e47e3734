"""Applying what changed to the roster: a handful of statements, however many people it concerns.

They read a table of the transaction's own, `roster_change`, which the caller makes:

    member_id, enrollment_id   of who is concerned, of the cover that may begin
    effect                     added, changed, ended or reinstated
    is_known                   whether the row exists already, perhaps as a removed one
    employee_number, the columns of DESCRIBED, subscriber_id, cover_from
    contact_hash, known_hash, invite_email
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from benefits.enrollment.models import DESCRIBED, Enrollment, Member
from benefits.enrollment.services.telling import ABOUT_MEMBER, STARTED
from benefits.events import (
    EnrollmentEnded,
    EnrollmentsStarted,
    MemberContactChanged,
    MemberDied,
    MemberTimeZoneChanged,
)
from benefits.plans.queries import plans_from
from benefits.plans.rules import first_cover_sql, hired_alike_sql
from workers.kernel.errors import DomainError
from workers.outbox.publishing import publish_selected

_STORED = (*DESCRIBED, "subscriber_id", "contact_hash")
_LISTED = ", ".join(_STORED)
_ENDED = {"end_date": "ended.end_date", "leave_starts_on": "NULL"}
# A number that undoing left to nobody, and that names somebody else now: the former row keeps its own id for one.
_FREE = """
UPDATE benefits_member AS former SET employee_number = former.id::text FROM roster_change AS told
WHERE NOT told.is_known AND former.employer_id = %(employer)s AND former.employee_number = told.employee_number
"""
_NEW = f"""
INSERT INTO benefits_member (id, version, employer_id, employee_number, {_LISTED})
SELECT member_id, 0, %(employer)s, employee_number, {_LISTED} FROM roster_change WHERE NOT is_known
"""
_OTHERWISE = f"""
UPDATE benefits_member AS member SET ({_LISTED}, removed_at) = ({", ".join(f"told.{name}" for name in _STORED)}, NULL)
FROM roster_change AS told WHERE told.is_known AND member.id = told.member_id
"""
# Cover through somebody ends with theirs, whether the change names the dependants or not.
_DEPENDANTS = f"""
INSERT INTO roster_change (member_id, enrollment_id, effect, is_known, employee_number, {_LISTED}, known_hash)
SELECT dependant.id, dependant.id, 'ended', true, dependant.employee_number,
    {", ".join(_ENDED.get(name, f"dependant.{name}") for name in _STORED)},
    dependant.contact_hash
FROM roster_change AS ended
JOIN benefits_member AS dependant ON dependant.employer_id = %(employer)s AND dependant.subscriber_id = ended.member_id
WHERE ended.effect = 'ended' AND dependant.end_date IS NULL AND dependant.removed_at IS NULL
    AND NOT EXISTS (SELECT FROM roster_change AS named WHERE named.member_id = dependant.id)
"""
# The first address of a member has the member's own id, which is older than any other one's: making an id takes
# PostgreSQL, which asks the system for chance each time, as long as all else of the row.
_CONTACTS = """
INSERT INTO benefits_membercontact (id, employer_id, member_id, email, created_at)
SELECT CASE WHEN is_known THEN uuidv7() ELSE member_id END, %(employer)s, member_id, invite_email, %(now)s
FROM roster_change
WHERE contact_hash <> coalesce(known_hash, '')
"""
_TELL = f"""
UPDATE benefits_member AS member SET version = version + 1 FROM roster_change AS told
WHERE told.is_known AND member.id = told.member_id AND {{what}}
{ABOUT_MEMBER}"""
_TELL_DEATHS = _TELL.format(what="told.date_of_death IS NOT NULL AND member.date_of_death IS NULL")
_TELL_ZONES = _TELL.format(what="told.timezone <> member.timezone")
_TELL_CONTACTS = _TELL.format(what="told.contact_hash <> told.known_hash")
# The latest period that was one ends with employment, even when that is later than what was said before; what else
# lasts longer is cut. One that had not begun becomes an empty period, from its first day to the day before.
_END = """
UPDATE benefits_enrollment AS cover
SET version = version + 1, ends_on = greatest(told.end_date, cover.starts_on - 1)
FROM roster_change AS told, LATERAL (
    SELECT latest.id FROM benefits_enrollment AS latest WHERE latest.member_id = told.member_id
    ORDER BY (latest.ends_on IS NULL OR latest.ends_on >= latest.starts_on) DESC, latest.starts_on DESC LIMIT 1
) AS last
WHERE told.effect = 'ended' AND cover.member_id = told.member_id
    AND (cover.id = last.id OR cover.ends_on > told.end_date)
    AND cover.ends_on IS DISTINCT FROM greatest(told.end_date, cover.starts_on - 1)
RETURNING cover.id AS subject, cover.version, cover.employer_id AS tenant, jsonb_build_object('enrollment_id',
    cover.id, 'member_id', cover.member_id, 'employer_id', cover.employer_id, 'ends_on', cover.ends_on) AS data
"""
# Plans are found once for people of whom they ask the same, and not once a person; in a table of their own, or a join
# would find them anew for each.
_FIND = f"""
CREATE TEMPORARY TABLE found ON COMMIT DROP AS
SELECT alike.*, first.plan_id, first.starts_on FROM (
    SELECT DISTINCT employer_id, employee_class, work_location, hire_date, is_dependant, not_before, today
    FROM starting
) AS alike CROSS JOIN LATERAL {first_cover_sql("alike")} AS first
"""
_START = """
INSERT INTO benefits_enrollment (id, version, employer_id, member_id, plan_id, starts_on)
SELECT person.enrollment_id, 1, %(employer)s, person.member_id, found.plan_id, found.starts_on
FROM starting AS person JOIN found USING (employee_class, work_location, hire_date, is_dependant, not_before)
RETURNING id AS subject, version, employer_id AS tenant, member_id
"""
_STARTING = f"""
CREATE TEMPORARY TABLE starting ON COMMIT DROP AS
SELECT told.member_id, told.enrollment_id, %(employer)s::uuid AS employer_id, %(today)s::date AS today,
    coalesce(employee.employee_class, named.employee_class, told.employee_class) AS employee_class,
    coalesce(employee.work_location, named.work_location, told.work_location) AS work_location,
    greatest(coalesce(employee.hire_date, named.hire_date, told.hire_date), alike.day) AS hire_date,
    told.subscriber_id IS NOT NULL AS is_dependant,
    greatest(told.hire_date, told.cover_from, alike.day, (
        SELECT max(greatest(ends_on, starts_on - 1)) + 1 FROM benefits_enrollment AS former
        WHERE told.is_known AND former.member_id = told.member_id AND former.ends_on >= former.starts_on
    )) AS not_before
FROM roster_change AS told
CROSS JOIN (SELECT {hired_alike_sql(employer="%(employer)s", today="%(today)s")} AS day) AS alike
LEFT JOIN roster_change AS named ON named.member_id = told.subscriber_id
LEFT JOIN benefits_member AS employee ON employee.id = told.subscriber_id AND named.member_id IS NULL
WHERE told.effect IN ('added', 'reinstated')
"""


class NoPlan(DomainError):
    """Nobody can be enrolled: the employer has no plan in force or agreed for later."""

    code = "no_plan"


def apply_changes(*, employer_id: UUID, now: datetime) -> None:
    """Bring the roster in line with `roster_change` (this module's docstring says what it holds).

    New and reinstated people are enrolled in the plan that takes them first, ended ones' cover ends with their
    employment, and that of their dependants too. The caller holds the lock of the Employer's row, under which
    `roster_change` was made, inside a `recorded` block, as the employer's HR. Raises NoPlan.
    """
    about: dict[str, Any] = {"employer": employer_id, "now": now, "today": now.date()}
    with connection.cursor() as cursor:
        cursor.execute(_DEPENDANTS, about)
        cursor.execute("ANALYZE roster_change (member_id, effect, is_known, subscriber_id, date_of_death)")
        cursor.execute(_FREE, about)
        cursor.execute(_NEW, about)
        # While it is known who lived, and where:
        publish_selected(MemberDied, about=Member, selected=_TELL_DEATHS, bound={}, now=now)
        publish_selected(MemberTimeZoneChanged, about=Member, selected=_TELL_ZONES, bound={}, now=now)
        cursor.execute(_OTHERWISE)
        cursor.execute(_CONTACTS, about)
        publish_selected(MemberContactChanged, about=Member, selected=_TELL_CONTACTS, bound={}, now=now)
        publish_selected(EnrollmentEnded, about=Enrollment, selected=_END, bound={}, now=now)
        _start(cursor, about, now)


def _start(cursor: Any, about: dict[str, Any], now: datetime) -> None:
    cursor.execute(_STARTING, about)
    cursor.execute("SELECT EXISTS (SELECT FROM starting)")
    (is_anybody,) = cursor.fetchone()
    if is_anybody and not plans_from(about["employer"], on=now.date()).exists():
        raise NoPlan("This employer has no plan yet: ask the benefit's team to add one, then apply the changes again.")
    if is_anybody:
        cursor.execute(_FIND)
        cursor.execute("ANALYZE found")
        publish_selected(EnrollmentsStarted, about=Enrollment, selected=_START, gathered=STARTED, bound=about, now=now)
        cursor.execute("DROP TABLE found")
    cursor.execute("DROP TABLE starting")
