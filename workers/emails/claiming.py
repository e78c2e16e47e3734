"""Claiming the next e-mail, with all that decides whether it is sent, by one statement."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.leases import ALWAYS_LOST, fail, is_due, lease_end

AHEAD = 32  # read at a time
# One that is still leased, though its lease is over, was in the hands of a process that died or hung.
_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id, lease_until IS NOT NULL AS was_leased FROM workers_email
    WHERE id = ANY(%(ids)s) AND status = 0 AND due_at <= %(now)s
      AND (lease_until IS NULL OR lease_until <= %(machine_now)s)
    ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE workers_email AS email SET attempts = attempts + 1, lease_until = %(lease_end)s
FROM due WHERE email.id = due.id
RETURNING email.id, email.attempts, email.provider_status, due.was_leased,
    EXISTS (SELECT FROM workers_stopped_address AS stopped
            WHERE stopped.address_hash = email.address_hash AND stopped.released_at IS NULL),
    EXISTS (SELECT FROM workers_unsubscription AS wish
            WHERE wish.address_hash = email.address_hash AND wish.kind = email.kind)
"""


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """An e-mail in our hands, for LEASE_SECONDS. `is_in_doubt`: the process that held it last may have sent it."""

    email: Email
    is_in_doubt: bool
    is_stopped: bool
    is_unwanted: bool


@dataclass
class Waiting:
    """What was due when somebody looked, the longest first. It is anybody's: others may claim of it, too."""

    emails: dict[UUID, Email] = field(default_factory=dict)

    def look(self, *, now: datetime) -> bool:
        """Read what is due next, and return whether anything is. As a worker."""
        due = Email.objects.filter(is_due(now)).order_by("due_at", "id")[:AHEAD]
        self.emails = {email.pk: email for email in due}
        return bool(self.emails)

    def next(self) -> Email | None:
        """Return what a claim takes if nobody else did."""
        return next(iter(self.emails.values()), None)

    def take(self, email_id: UUID) -> Email:
        """Forget one, and what stood before it, for that was taken by others. Return it."""
        while True:
            email = self.emails.pop(next(iter(self.emails)))
            if email.pk == email_id:
                return email


def claim_next(waiting: Waiting, *, now: datetime) -> Claimed | None:
    """Take the e-mail that is due longest, or None; those that others hold are skipped. As a worker.

    `waiting` is read anew when nothing is left of it: what claims looks at few rows, and carries no words. One whose
    process died at each of its attempts is made dead instead, and the next is looked at.
    """
    for claimed in _claims(waiting, now):
        email = claimed.email
        if email.attempts <= Email.max_attempts:
            return claimed
        fail(email, error=ALWAYS_LOST, now=now)
    return None


def _claims(waiting: Waiting, now: datetime) -> Iterator[Claimed]:
    while row := _claim(waiting, now):
        email_id, attempts, provider_status, is_in_doubt, is_stopped, is_unwanted = row
        email = waiting.take(email_id)
        email.attempts, email.provider_status = attempts, provider_status
        yield Claimed(email=email, is_in_doubt=is_in_doubt, is_stopped=is_stopped, is_unwanted=is_unwanted)


def _claim(waiting: Waiting, now: datetime) -> Any:
    """The row of the first that nobody else took; where they took all, of what is read anew."""
    return _claim_of(waiting, now) or (waiting.look(now=now) and _claim_of(waiting, now))


def _claim_of(waiting: Waiting, now: datetime) -> Any:
    if not waiting.emails:
        return None
    bound = {"ids": list(waiting.emails), "now": now, "machine_now": clock.machine_now(), "lease_end": lease_end()}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, bound)
        return cursor.fetchone()
