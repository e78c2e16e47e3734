"""Sending e-mails by SMTP, outside any transaction.

    ready --claimed--> in our hands --server takes it--> done
                          |--server refuses it---------> ready after a back-off, dead after the last attempt
                          |                              (an address without a mailbox is stopped as by a bounce)
                          |--late, stopped, unwanted, of a dead reader---> done, not sent
                          '--nobody knows (in doubt)---> sent again, or held for a person (kinds.json)

SMTP has no idempotency: of what a process was sending when it died, or what the server never answered for, nobody
knows whether it arrived. The provider's word settles it where it came (workers/emails/notices.py); else the kind does,
and each case is counted. The connection stands before anything is claimed, so that little else can be in doubt.

While the server reads one e-mail the next is put together. It is not claimed for that: what was only read beforehand is
nobody's, and of no doubt when this process dies.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from time import monotonic
from uuid import UUID

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend

from workers.emails.catalogue import holds_in_doubt
from workers.emails.claiming import Claimed, Finished, Waiting, claim_next, is_always_lost
from workers.emails.composing import Outgoing, compose
from workers.emails.models import READER_GONE, Email
from workers.emails.notices import Notice, take
from workers.emails.smtp import Backend, is_in_doubt, is_without_mailbox, send
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.bells import ring
from workers.kernel.leases import Status, fail, is_due
from workers.kernel.metrics import MailOutcome, count_dead, count_lost_leases, count_mail
from workers.kernel.network import refuse_inside_transaction
from workers.kernel.trace import traced

log = logging.getLogger(__name__)
IN_DOUBT = "in doubt: it may have arrived; ask the mail provider, then replay or drop it"


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What came of an e-mail, not recorded yet. `error` says why, where it was not sent."""

    email: Email
    outcome: MailOutcome
    error: str = ""
    is_without_mailbox: bool = False


@dataclass(frozen=True, kw_only=True)
class _Line:
    """The line to the server, what waits to go over it, and what is put together already."""

    connection: BaseEmailBackend
    waiting: Waiting
    composed: dict[UUID, Outgoing] = field(default_factory=dict)

    def outgoing(self, email: Email) -> Outgoing:
        """Return an e-mail ready to send. Raises whatever is wrong with it."""
        return self.composed.pop(email.pk, None) or compose(email, self.connection)

    def prepare(self) -> None:
        """Put the next together if it is to be sent, unless it failed before: that must not hit the one before it."""
        self.composed.clear()
        seen = self.waiting.next()
        if seen is None or seen.email.attempts or _reason_not_to_send(seen):
            return
        with suppress(Exception):  # it comes to light again at its turn
            outgoing = compose(seen.email, self.connection)
            self.composed[seen.email.pk] = outgoing.put_together()

    def address(self) -> None:
        """Tell the server for whom the next is. Its body has to wait until it is ours."""
        seen = self.waiting.next()
        outgoing = self.composed.get(seen.email.pk) if seen is not None else None
        if outgoing is not None and isinstance(self.connection, Backend):
            self.connection.address(outgoing)


def send_due(*, seconds: float | None = None) -> int:
    """Send every due e-mail over one connection and return how many were tried.

    After about `seconds` it stops and rings the lane for the rest. One is claimed at a time: its lease is its own, and
    one that kills the process takes no other with it. What came of one is recorded as the next is claimed.
    """
    refuse_inside_transaction("SMTP")
    waiting = Waiting()
    with acting_as(WORKER):
        if not waiting.look(now=clock.now()):
            return 0
    end = inf if seconds is None else monotonic() + seconds
    line = _Line(connection=get_connection(), waiting=waiting)
    _connect(line.connection)
    count, last = 0, None
    while (claimed := _next(line, last, may_go_on=monotonic() < end)) is not None:
        with traced(claimed.email.trace):
            last = _try(claimed, line)
        count += 1
    line.connection.close()
    return count


def _connect(connection: BaseEmailBackend) -> None:
    """A server that cannot be reached is met again by the first e-mail, which then fails."""
    try:
        connection.open()
    except Exception as error:
        log.warning("no mail server error=%s", type(error).__name__)


def _next(line: _Line, last: Tried | None, *, may_go_on: bool) -> Claimed | None:
    """Record what came of the last one and claim the next, in one message to the database."""
    if last is not None and last.outcome == "failed":
        _record_failure(last)
        last = None
    finished = _finished(last) if last is not None else None
    address = line.address if may_go_on else lambda: None
    was_ours, claimed = line.waiting.exchange(finished, may_claim=may_go_on, meanwhile=address)
    if last is not None:
        _tell(last, was_ours=was_ours)
    if claimed is not None and claimed.email.attempts <= Email.max_attempts:
        return claimed
    return _claim_anew(line, claimed, may_go_on=may_go_on)


def _claim_anew(line: _Line, lost: Claimed | None, *, may_go_on: bool) -> Claimed | None:
    """Look what else is due; where there is no time left, the lane is rung for it."""
    with acting_as(WORKER):
        if lost is not None:
            is_always_lost(lost, now=clock.now())
        if may_go_on:
            return claim_next(line.waiting, now=clock.now())
        if has_due():
            ring("mail")
        return None


def _try(claimed: Claimed, line: _Line) -> Tried:
    """Send one, unless something speaks against it."""
    email = claimed.email
    if claimed.is_in_doubt:
        count_mail("in_doubt")
        if email.provider_status:
            return Tried(email=email, outcome="sent")
        if holds_in_doubt(email.kind):
            return Tried(email=email, outcome="held", error=IN_DOUBT)
    if reason := _reason_not_to_send(claimed):
        return Tried(email=email, outcome="dropped", error=reason)
    return _send(email, line)


def _reason_not_to_send(claimed: Claimed) -> str:
    if claimed.is_of_gone:
        return READER_GONE
    if claimed.email.drop_after is not None and clock.now() > claimed.email.drop_after:
        return "dropped: too late"
    if claimed.is_stopped:
        return "dropped: the address is stopped"
    return "dropped: unsubscribed" if claimed.is_unwanted else ""


def _send(email: Email, line: _Line) -> Tried:
    try:
        send(line.outgoing(email), meanwhile=line.prepare)
    except Exception as error:  # the server's, no address, a key that is missing: the others go on
        unknown = is_in_doubt(line.connection)
        line.connection.close()
        _connect(line.connection)
        if not unknown:
            gone = is_without_mailbox(error)
            return Tried(email=email, outcome="failed", error=type(error).__name__, is_without_mailbox=gone)
        count_mail("in_doubt")
        if holds_in_doubt(email.kind):
            return Tried(email=email, outcome="held", error=IN_DOUBT)
        return Tried(email=email, outcome="failed", error=f"{type(error).__name__}: in doubt")
    return Tried(email=email, outcome="sent")


def _finished(tried: Tried) -> Finished:
    is_sent, is_held = tried.outcome == "sent", tried.outcome == "held"
    return Finished(
        email=tried.email,
        status=Status.DEAD if is_held else Status.DONE,
        sent_at=clock.now() if is_sent else None,
        error=tried.error,
    )


def _record_failure(tried: Tried) -> None:
    email = tried.email
    with traced(email.trace), acting_as(WORKER):
        log.warning("email failed email=%s attempt=%s error=%s", email.pk, email.attempts, tried.error)
        dead = fail(email, error=tried.error, now=clock.now())
    if tried.is_without_mailbox:
        take([Notice(status="bounced", recipient=email.message["to"], email_id=None)], now=clock.now())
    count_mail("dead" if dead else "failed")
    count_dead("emails", int(dead))


def _tell(tried: Tried, *, was_ours: bool) -> None:
    """Log and count what was recorded."""
    email = tried.email
    with traced(email.trace):
        if not was_ours:
            log.warning("lease lost email=%s", email.pk)
            count_lost_leases("emails")
            return
        log.info("email %s email=%s template=%s attempt=%s", tried.outcome, email.pk, email.template, email.attempts)
    count_mail(tried.outcome)
    count_dead("emails", int(tried.outcome == "held"))


def has_due() -> bool:
    """Whether a bell would find work; the caller acts as a worker."""
    return Email.objects.filter(is_due(clock.now())).exists()
