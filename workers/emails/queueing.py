"""Queueing an e-mail, and taking one back that was not sent yet."""

import hashlib
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, ParamSpec
from uuid import UUID

from django.db import connection

from workers.emails.addresses import Reader, hash_of, preferences_url
from workers.emails.calendars import Appointment, to_ics
from workers.emails.catalogue import get_kind, is_optional, is_owed_to_estate
from workers.emails.models import READER_GONE, Email
from workers.emails.rendering import render
from workers.kernel.bells import ring
from workers.kernel.leases import Status
from workers.kernel.metrics import count_mail

log = logging.getLogger(__name__)
KEY_LENGTH = 200  # characters of the column; a longer key is known by its hash
_CHOOSE = {"en": "Choose what we write to you:", "es": "Elija sobre qué le escribimos:"}

# What is in a worker's hands may arrive. That, and what waits for a person or comes later from a transaction that began
# before, is dropped when it is claimed next (workers/emails/claiming.py).
_WITHDRAW = """
WITH gone AS (
    INSERT INTO workers_reader_gone (reader_id, heard_at) VALUES (%(reader_id)s, clock_timestamp())
    ON CONFLICT (reader_id) DO UPDATE SET heard_at = excluded.heard_at)
UPDATE workers_email SET status = CASE WHEN lease_until IS NULL THEN 1 ELSE 0 END,
    last_error = CASE WHEN lease_until IS NULL THEN %(why)s ELSE last_error END
WHERE reader_id = %(reader_id)s AND status = 0 RETURNING status
"""
Draft = Email  # to be queued: nothing else is done with it
P = ParamSpec("P")


def draft_email(
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
) -> Draft:
    """Return the e-mail of `template` to one address, perhaps with an entry for a calendar, to be given to `queue_all`.

    It is rendered now (workers/emails/rendering.py), with dates as clocks in `zone` (IANA) show them. Past `drop_after`
    it is dropped instead of sent late. `reader_id` is whose death, or leaving, takes it back (withdraw_from_gone),
    unless it is owed to their estate (mails.json); none for staff. Raises MissingValue when it would have a hole.
    """
    rendered = render(template, context, language=language, zone=zone)
    kind, address_hash = get_kind(template), hash_of(to)
    choose = preferences_url(Reader(address_hash=address_hash, kind=kind)) if is_optional(kind) else ""
    message: dict[str, Any] = {
        "to": to,
        "subject": rendered.subject,
        "text": rendered.text + _footer(choose, language),
        "language": language,
        "calendar": _calendar(appointment, to, now),
        "choose": choose,
    }
    return Email(
        key=key if len(key) <= KEY_LENGTH else hashlib.sha256(key.encode()).hexdigest(),
        template=template,
        kind=kind,
        address_hash=address_hash,
        reader_id=None if is_owed_to_estate(template) else reader_id,
        message=message,
        due_at=now,
        drop_after=drop_after,
    )


def queue_all(drafts: Sequence[Draft]) -> None:
    """Queue e-mails by one statement, each once per `key`."""
    if drafts:
        Email.objects.bulk_create(drafts, ignore_conflicts=True)
        ring("mail")


def _queued(draft: Callable[P, Draft]) -> Callable[P, None]:
    def queue(*args: P.args, **kwargs: P.kwargs) -> None:
        queue_all([draft(*args, **kwargs)])

    return queue


queue_email = _queued(draft_email)  # one alone


def withdraw_unsent(*, prefix: str, keep: Collection[str] = ()) -> None:
    """Drop the e-mails whose key begins with `prefix` and that still wait, `keep` aside: what they say stands no more.

    One that a worker has in hand is on its way. As a worker.
    """
    waiting = Email.objects.filter(key__startswith=prefix, status=Status.READY, lease_until=None)
    dropped = waiting.exclude(key__in=list(keep)).update(status=Status.DONE, last_error="dropped: it stands no more")
    count_mail("dropped", dropped)


def withdraw_from_gone(*, reader_id: UUID) -> int:
    """Drop what was not sent yet to somebody who died, but for what is owed to their estate, or left; as a worker.

    That goes for what a transaction queues later that began before: it may have read their address. Returns how many
    are in a worker's hands just then, which may arrive: none of them is tried again. Those are told in the log.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAW, {"reader_id": reader_id, "why": READER_GONE})
        found = [status for (status,) in cursor.fetchall()]
    in_flight = found.count(Status.READY)
    count_mail("dropped", found.count(Status.DONE))
    if in_flight:
        log.warning("mail in flight to somebody who died or left count=%s", in_flight)
    return in_flight


def _footer(choose: str, language: str) -> str:
    return f"\n{_CHOOSE.get(language, _CHOOSE['en'])}\n{choose}\n" if choose else ""


def _calendar(appointment: Appointment | None, to: str, now: datetime) -> dict[str, str] | None:
    if appointment is None:
        return None
    return {"method": appointment.method, "ics": to_ics(appointment, to=to, now=now)}
