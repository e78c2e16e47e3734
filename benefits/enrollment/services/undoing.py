"""Taking back what one change-set did, by its history."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from benefits.enrollment.models import DESCRIBED, Enrollment, Member
from benefits.enrollment.services.telling import ABOUT_MEMBER, STARTED
from benefits.events import EnrollmentEnded, EnrollmentsStarted, MemberContactChanged, MemberTimeZoneChanged
from workers.outbox.publishing import publish_selected

_STORED = ", ".join((*DESCRIBED, "subscriber_id", "contact_hash", "removed_at"))
# What undoing itself writes is history of the same change-set.
_OURS = """
FROM benefits_memberchange AS ours
WHERE ours.employer_id = %(employer)s AND ours.change_set_id = %(change_set)s AND ours.reason <> 'undone'
"""
_MEMBERS = f"""
UPDATE benefits_member AS member SET ({_STORED}) =
    (SELECT {_STORED} FROM jsonb_populate_record(member, coalesce(ours.before, %(removed)s)))
{_OURS} AND ours.subject = 'member' AND member.id = ours.subject_id
"""
_TELL_ZONES = f"""
UPDATE benefits_member AS member SET version = version + 1
{_OURS} AND ours.subject = 'member' AND member.id = ours.subject_id AND ours.before->>'timezone' <> member.timezone
{ABOUT_MEMBER}"""
_BEGUN = "\nRETURNING cover.id AS subject, cover.version, cover.employer_id AS tenant, cover.member_id"
_ENDED = """
RETURNING cover.id AS subject, cover.version, cover.employer_id AS tenant, jsonb_build_object('enrollment_id', cover.id,
    'member_id', cover.member_id, 'employer_id', cover.employer_id, 'ends_on', cover.ends_on) AS data
"""
_FORMER = "CASE WHEN ours.before IS NULL THEN cover.starts_on - 1 ELSE (ours.before->>'ends_on')::date END"
# Cover that began becomes an empty period, for a row of cover is never deleted; cover that ended goes on.
_COVER = f"""
UPDATE benefits_enrollment AS cover SET version = version + 1, ends_on = {_FORMER}
{_OURS} AND ours.subject = 'cover' AND cover.id = ours.subject_id
    AND cover.ends_on IS DISTINCT FROM {_FORMER}
"""
_LONGER = f"AND cover.ends_on IS NOT NULL AND coalesce({_FORMER}, 'infinity') > cover.ends_on"
_HAS_ADDRESSED = "(ours.before IS NULL OR ours.before ? 'contact_hash')"
# The worker knows the address before, which the employer does not read.
_CONTACTS = f"""
INSERT INTO benefits_membercontact (id, employer_id, member_id, email, created_at)
SELECT uuidv7(), ours.employer_id, ours.member_id, coalesce(former.email, ''), %(now)s
FROM benefits_memberchange AS ours LEFT JOIN LATERAL (
    SELECT email FROM benefits_membercontact AS contact
    WHERE contact.member_id = ours.member_id AND contact.created_at < %(applied_at)s ORDER BY contact.id DESC LIMIT 1
) AS former ON true
WHERE ours.employer_id = %(employer)s AND ours.change_set_id = %(change_set)s AND ours.subject = 'member'
    AND ours.reason <> 'undone' AND {_HAS_ADDRESSED}
"""
_TELL_CONTACTS = f"""
UPDATE benefits_member AS member SET version = version + 1
{_OURS} AND ours.subject = 'member' AND {_HAS_ADDRESSED} AND member.id = ours.member_id
{ABOUT_MEMBER}"""


def undo_changes(*, change_set_id: UUID, employer_id: UUID, now: datetime) -> None:
    """Give members and cover that a change-set touched the values they had before; whom it added is removed.

    The caller has seen that nothing touched them since, holds the lock of the Employer's row, and is inside a
    `recorded` block of that change-set, as the employer's HR.
    """
    about: dict[str, Any] = {
        "employer": employer_id,
        "change_set": change_set_id,
        "removed": json.dumps({"removed_at": now.isoformat()}),
    }
    # While it is known where people lived:
    publish_selected(MemberTimeZoneChanged, about=Member, selected=_TELL_ZONES, bound=about, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, about)
    longer, shorter = _COVER + _LONGER, _COVER + f"AND NOT (true {_LONGER})"
    publish_selected(
        EnrollmentsStarted, about=Enrollment, selected=longer + _BEGUN, gathered=STARTED, bound=about, now=now
    )
    publish_selected(EnrollmentEnded, about=Enrollment, selected=shorter + _ENDED, bound=about, now=now)


def restore_contacts(*, change_set_id: UUID, employer_id: UUID, applied_at: datetime, now: datetime) -> None:
    """Let the addresses from before an undone change-set count again, and announce them. As a worker."""
    about: dict[str, Any] = {"employer": employer_id, "change_set": change_set_id, "applied_at": applied_at, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_CONTACTS, about)
    publish_selected(MemberContactChanged, about=Member, selected=_TELL_CONTACTS, bound=about, now=now)
