"""Claiming the next e-mail, with all that decides whether it is sent, by one statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.leases import ALWAYS_LOST, fail, lease_end

# One that is still leased, though its lease is over, was in the hands of a process that died or hung.
_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id, lease_until IS NOT NULL AS was_leased FROM workers_email
    WHERE status = 0 AND due_at <= %(now)s AND (lease_until IS NULL OR lease_until <= %(machine_now)s)
    ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE workers_email AS email SET attempts = attempts + 1, lease_until = %(lease_end)s
FROM due WHERE email.id = due.id
RETURNING email.*, due.was_leased,
    EXISTS (SELECT FROM workers_stopped_address AS stopped
            WHERE stopped.address_hash = email.address_hash AND stopped.released_at IS NULL) AS is_stopped,
    EXISTS (SELECT FROM workers_unsubscription AS wish
            WHERE wish.address_hash = email.address_hash AND wish.kind = email.kind) AS is_unwanted
"""


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """An e-mail in our hands, for LEASE_SECONDS. `is_in_doubt`: the process that held it last may have sent it."""

    email: Email
    is_in_doubt: bool
    is_stopped: bool
    is_unwanted: bool


def claim_next(*, now: datetime) -> Claimed | None:
    """Take the e-mail that is due longest, or None; those that others hold are skipped. As a worker.

    One whose process died at each of its attempts is made dead instead, and the next is looked at.
    """
    bound = {"now": now, "machine_now": clock.machine_now(), "lease_end": lease_end()}
    row: Any  # an Email, and what else the statement tells
    for row in Email.objects.raw(_CLAIM, bound):
        if row.attempts > Email.max_attempts:
            fail(row, error=ALWAYS_LOST, now=now)
            return claim_next(now=now)
        return Claimed(email=row, is_in_doubt=row.was_leased, is_stopped=row.is_stopped, is_unwanted=row.is_unwanted)
    return None
