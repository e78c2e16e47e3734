"""Claiming the next e-mail, with all that decides whether it is sent, and writing what came of it: a statement each."""

import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER
from workers.kernel.leases import ALWAYS_LOST, Status, fail, lease_end
from workers.kernel.message import in_one_message

AHEAD, BLOCKS = 32, 4  # read at a time; among so many such parts those choose who come in each other's way
_READY = "status = 0 AND (lease_until IS NULL OR lease_until <= %(machine_now)s)"
# One that is still leased, though its lease is over, was in the hands of a process that died or hung. What another
# takes at this moment is not seen: until that is committed it seems due, and would be looked at again and again.
_LOOK = f"""
SELECT email.*, email.lease_until IS NOT NULL AS was_leased,
    EXISTS (SELECT FROM workers_stopped_address AS stopped
            WHERE stopped.address_hash = email.address_hash AND stopped.released_at IS NULL) AS is_stopped,
    EXISTS (SELECT FROM workers_unsubscription AS wish
            WHERE wish.address_hash = email.address_hash AND wish.kind = email.kind) AS is_unwanted
FROM workers_email AS email
WHERE {_READY} AND due_at <= %(now)s ORDER BY due_at, id OFFSET %(skips)s LIMIT %(ahead)s
FOR NO KEY UPDATE OF email SKIP LOCKED
"""  # noqa: S608 - constants
# Whoever takes a row counts its attempts up: one with as many as when it was read was in nobody's hands since, and one
# with as many as when it was taken is still in ours. The claim waits for nobody: two that waited for one row, each with
# an e-mail that it had sent, were a deadlock, and the loser's was in doubt until its lease ended. Whether its reader
# died is asked here and not when it is read: a transaction that had read their address may have queued it since.
_EXCHANGE = f"""
WITH finished AS (
    UPDATE workers_email SET status = %(status)s, lease_until = NULL, sent_at = %(sent_at)s, last_error = %(error)s
    WHERE id = %(last_id)s AND attempts = %(last_attempts)s AND status = 0 RETURNING id
), claimed AS (
    UPDATE workers_email SET attempts = attempts + 1, lease_until = %(lease_end)s
    WHERE id = (SELECT id FROM workers_email WHERE id = %(next_id)s AND attempts = %(next_attempts)s AND {_READY}
                FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING attempts, provider_status,
        EXISTS (SELECT FROM workers_reader_gone AS gone
                WHERE gone.reader_id = workers_email.reader_id AND gone.heard_at >= begun_at) AS is_of_gone
)
SELECT EXISTS (SELECT FROM finished), attempts, provider_status, is_of_gone
FROM (VALUES (1)) AS one LEFT JOIN claimed ON true
"""  # noqa: S608 - constants


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What is to be written of an e-mail that is in our hands."""

    email: Email
    status: Status
    sent_at: datetime | None
    error: str


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """An e-mail in our hands, for LEASE_SECONDS. `is_in_doubt`: the process that held it last may have sent it."""

    email: Email
    is_in_doubt: bool
    is_stopped: bool
    is_unwanted: bool
    is_of_gone: bool = False


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

    def next(self) -> Claimed | None:
        """Return what a claim takes if nobody else did."""
        return self._seen[0] if self._seen else None

    def exchange(
        self, last: Finished | None, *, may_claim: bool = True, meanwhile: Callable[[], object] = lambda: None
    ) -> tuple[bool, Claimed | None]:
        """Write what came of the last one and claim the next, in one message; do something else until that is answered.

        Returns whether the last was still ours, and what we have now: None when somebody else took it first.
        """
        seen = self._seen[0] if may_claim and self._seen else None
        bound: dict[str, Any] = {
            "status": last and last.status,
            "sent_at": last and last.sent_at,
            "error": last and last.error,
            "last_id": last and last.email.pk,
            "last_attempts": last and last.email.attempts,
            "lease_end": lease_end(),
            "machine_now": clock.machine_now(),
            "next_id": seen and seen.email.pk,
            "next_attempts": seen and seen.email.attempts,
        }
        [[(was_ours, *claim)]] = in_one_message(WORKER, (_EXCHANGE, bound), meanwhile=lambda _: meanwhile())
        return was_ours, self._settle(seen, *claim)

    def _settle(
        self, asked: Claimed | None, attempts: int | None, provider_status: str, is_of_gone: bool
    ) -> Claimed | None:
        if asked is None:
            return None
        if attempts is None:
            self._seen.clear()
            self._skips = AHEAD * secrets.randbelow(BLOCKS)
            return None
        self._seen.popleft()
        asked.email.attempts, asked.email.provider_status = attempts, provider_status
        return replace(asked, is_of_gone=True) if is_of_gone else asked


def claim_next(waiting: Waiting, *, now: datetime) -> Claimed | None:
    """Take the e-mail that is due longest, or None; those that others hold are passed over. As a worker.

    One whose process died at each of its attempts is made dead instead.
    """
    while waiting.next() or waiting.look(now=now):
        _, claimed = waiting.exchange(None)
        if claimed is not None and not is_always_lost(claimed, now=now):
            return claimed
    return None


def is_always_lost(claimed: Claimed, *, now: datetime) -> bool:
    """Whether the process died at each of its attempts: it is made dead instead of tried again. As a worker."""
    is_lost = claimed.email.attempts > Email.max_attempts
    if is_lost:
        fail(claimed.email, error=ALWAYS_LOST, now=now)
    return is_lost
