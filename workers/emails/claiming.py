"""Claiming the next e-mail, with all that decides whether it is sent, and writing what came of it: a statement each."""

import secrets
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.leases import ALWAYS_LOST, Status, fail, lease_end

AHEAD, BLOCKS = 32, 4  # read at a time; among so many such parts those choose who come in each other's way
_READY = "status = 0 AND (lease_until IS NULL OR lease_until <= %(machine_now)s)"
# One that is still leased, though its lease is over, was in the hands of a process that died or hung.
_LOOK = f"""
SELECT email.*, email.lease_until IS NOT NULL AS was_leased,
    EXISTS (SELECT FROM workers_stopped_address AS stopped
            WHERE stopped.address_hash = email.address_hash AND stopped.released_at IS NULL) AS is_stopped,
    EXISTS (SELECT FROM workers_unsubscription AS wish
            WHERE wish.address_hash = email.address_hash AND wish.kind = email.kind) AS is_unwanted
FROM workers_email AS email
WHERE {_READY} AND due_at <= %(now)s ORDER BY due_at, id OFFSET %(skips)s LIMIT %(ahead)s
"""  # noqa: S608 - constants
# Whoever takes a row counts its attempts up: one with as many as when it was read was in nobody's hands since.
_CLAIM = f"""
UPDATE workers_email SET attempts = attempts + 1, lease_until = %(lease_end)s
WHERE id = %(id)s AND attempts = %(attempts)s AND {_READY}
RETURNING attempts, provider_status
"""  # noqa: S608 - constants
_FINISH = """
UPDATE workers_email SET status = %s, lease_until = NULL, sent_at = %s, last_error = %s
WHERE id = %s AND attempts = %s AND status = 0
"""


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """An e-mail in our hands, for LEASE_SECONDS. `is_in_doubt`: the process that held it last may have sent it."""

    email: Email
    is_in_doubt: bool
    is_stopped: bool
    is_unwanted: bool


class Waiting:
    """What was due when somebody looked, the longest first. It is anybody's: others may claim of it, too."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self._seen: deque[Claimed] = deque()
        self._skips = 0

    def look(self, *, now: datetime) -> bool:
        """Read what is due next, with all that decides whether it is sent, and return whether anything is. As a worker.

        After somebody else took one first it begins somewhere else, where there is as much to do: two who read the same
        would go on coming in each other's way.
        """
        skips, self._skips = self._skips, 0
        bound = {"now": now, "machine_now": clock.machine_now(), "ahead": AHEAD, "skips": skips}
        rows: Any = Email.objects.raw(_LOOK, bound)  # an Email each, and what else the statement tells
        self._seen = deque(
            Claimed(email=row, is_in_doubt=row.was_leased, is_stopped=row.is_stopped, is_unwanted=row.is_unwanted)
            for row in rows
        )
        return bool(self._seen) or (skips > 0 and self.look(now=now))

    def next(self) -> Email | None:
        """Return what a claim takes if nobody else did."""
        return self._seen[0].email if self._seen else None

    def ask(self) -> CursorWrapper:
        """Claim the next; the cursor has its row, or none when somebody else has it. As a worker."""
        email = self._seen[0].email
        cursor = connection.cursor()
        bound = {
            "id": email.pk,
            "attempts": email.attempts,
            "machine_now": clock.machine_now(),
            "lease_end": lease_end(),
        }
        cursor.execute(_CLAIM, bound)
        return cursor

    def hand_over(self, asked: CursorWrapper) -> Claimed | None:
        """Return what was asked for, or None when somebody else has it: it is theirs."""
        claimed, row = self._seen.popleft(), asked.fetchone()
        if row is None:
            self._seen.clear()
            self._skips = AHEAD * secrets.randbelow(BLOCKS)
            return None
        claimed.email.attempts, claimed.email.provider_status = row
        return claimed


def claim_next(waiting: Waiting, *, now: datetime) -> Claimed | None:
    """Take the e-mail that is due longest, or None; those that others hold are passed over. As a worker.

    One whose process died at each of its attempts is made dead instead.
    """
    while waiting.next() or waiting.look(now=now):
        claimed = waiting.hand_over(waiting.ask())
        if claimed is not None and not is_always_lost(claimed, now=now):
            return claimed
    return None


def is_always_lost(claimed: Claimed, *, now: datetime) -> bool:
    """Whether the process died at each of its attempts: it is made dead instead of tried again. As a worker."""
    is_lost = claimed.email.attempts > Email.max_attempts
    if is_lost:
        fail(claimed.email, error=ALWAYS_LOST, now=now)
    return is_lost


def finish(email: Email, *, status: Status, sent_at: datetime | None, error: str) -> CursorWrapper:
    """Write down what came of one that is still ours; the cursor's `rowcount` is 0 when it is not. As a worker."""
    cursor = connection.cursor()
    cursor.execute(_FINISH, (status, sent_at, error, email.pk, email.attempts))
    return cursor
