"""Queueing an e-mail, and taking one back that was not sent yet."""

import hashlib
import logging
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from workers.emails.addresses import Reader, hash_of, preferences_url
from workers.emails.calendars import Appointment, to_ics
from workers.emails.catalogue import get_kind, is_optional, list_owed_to_estate
from workers.emails.models import Email
from workers.emails.rendering import render
from workers.kernel.bells import ring
from workers.kernel.leases import Status
from workers.kernel.metrics import count_mail

log = logging.getLogger(__name__)
KEY_LENGTH = 200  # characters of the column; a longer key is known by its hash
_CHOOSE = {"en": "Choose what we write to you:", "es": "Elija sobre qué le escribimos:"}

# A replayed or repeated one is past its `drop_after`. LEAST passes over NULL.
_WITHDRAW = """
UPDATE workers_email SET drop_after = least(drop_after, %(now)s),
    status = CASE WHEN status = 0 AND lease_until IS NULL THEN 1 ELSE status END,
    last_error = CASE WHEN status = 0 AND lease_until IS NULL THEN %(why)s ELSE last_error END
WHERE reader_id = %(reader_id)s AND status <> 1 AND template <> ALL (%(owed)s)
RETURNING status
"""


def queue_email(
    *,
    key: str,
    to: str,
    template: str,
    context: Mapping[str, object],
    now: datetime,
    language: str = "en",
    zone: str = "UTC",
    appointment: Appointment | None = None,
    drop_after: datetime | None = None,
    reader_id: UUID | None = None,
) -> None:
    """Queue the e-mail of `template` to one address, once per `key`, perhaps with an entry for a calendar.

    It is rendered now (workers/emails/rendering.py), with dates as clocks in `zone` (IANA) show them. Past `drop_after`
    it is dropped instead of sent late. `reader_id` is whose death takes it back (withdraw_from_dead); none for staff.
    Raises MissingValue when it would have a hole.
    """
    rendered = render(template, context, language=language, zone=zone)
    kind, address_hash = get_kind(template), hash_of(to)
    message: dict[str, Any] = {
        "to": to,
        "subject": rendered.subject,
        "text": rendered.text + _footer(Reader(address_hash=address_hash, kind=kind), language),
        "language": language,
        "calendar": _calendar(appointment, to, now),
    }
    email = Email(
        key=key if len(key) <= KEY_LENGTH else hashlib.sha256(key.encode()).hexdigest(),
        template=template,
        kind=kind,
        address_hash=address_hash,
        reader_id=reader_id,
        message=message,
        due_at=now,
        drop_after=drop_after,
    )
    Email.objects.bulk_create([email], ignore_conflicts=True)
    ring("mail")


def withdraw_unsent(*, prefix: str, keep: Collection[str] = ()) -> None:
    """Drop the e-mails whose key begins with `prefix` and that still wait, `keep` aside: what they say stands no more.

    One that a worker has in hand is on its way. As a worker.
    """
    waiting = Email.objects.filter(key__startswith=prefix, status=Status.READY, lease_until=None)
    dropped = waiting.exclude(key__in=list(keep)).update(status=Status.DONE, last_error="dropped: it stands no more")
    count_mail("dropped", dropped)


def withdraw_from_dead(*, reader_id: UUID, now: datetime) -> int:
    """Drop what was not sent yet to somebody who died, but for what is owed to their estate (mails.json); as a worker.

    Returns how many are in a worker's hands just then, which may arrive: none of them is tried again, nor is one that
    waits for a person. Those are told in the log. One statement: what a worker takes meanwhile counts as in its hands.
    """
    in_flight = _withdraw(reader_id, now, why="dropped: its reader died")
    if in_flight:
        log.warning("mail in flight to somebody who died count=%s", in_flight)
    return in_flight


def withdraw_from_closed(*, reader_id: UUID, now: datetime) -> int:
    """Drop what was not sent yet to somebody who closed their account, as `withdraw_from_dead` does; as a worker."""
    return _withdraw(reader_id, now, why="dropped: its reader left")


def _withdraw(reader_id: UUID, now: datetime, *, why: str) -> int:
    with connection.cursor() as cursor:
        owed = list_owed_to_estate()
        cursor.execute(_WITHDRAW, {"reader_id": reader_id, "now": now, "owed": owed, "why": why})
        found = [status for (status,) in cursor.fetchall()]
    count_mail("dropped", found.count(Status.DONE))
    return found.count(Status.READY)


def _footer(reader: Reader, language: str) -> str:
    if not is_optional(reader.kind):
        return ""
    return f"\n{_CHOOSE.get(language, _CHOOSE['en'])}\n{preferences_url(reader)}\n"


def _calendar(appointment: Appointment | None, to: str, now: datetime) -> dict[str, str] | None:
    if appointment is None:
        return None
    return {"method": appointment.method, "ics": to_ics(appointment, to=to, now=now)}
