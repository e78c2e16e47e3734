"""Sending e-mails by SMTP, outside any transaction.

SMTP has no idempotency: a process that dies between the server's answer and our commit sends again, with the same
Message-ID, by which mail programs recognise the copy.
"""

import logging
from math import inf
from time import monotonic

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.bells import ring
from workers.kernel.leases import LeaseLost, Status, claim, fail, fenced, held, is_due
from workers.kernel.metrics import MailOutcome, count_dead, count_lost_leases, count_mail
from workers.kernel.network import refuse_inside_transaction
from workers.kernel.trace import traced

log = logging.getLogger(__name__)


def send_due(*, seconds: float | None = None) -> int:
    """Send every due e-mail over one connection and return how many were tried.

    After about `seconds` it stops and rings the lane for the rest. One is claimed at a time: its lease is its own, and
    one that kills the process takes no other with it.
    """
    refuse_inside_transaction("SMTP")
    end = inf if seconds is None else monotonic() + seconds
    connection = get_connection()
    tried = 0
    while monotonic() < end:
        if not (emails := _claim()):
            break
        for email in emails:
            with traced(email.trace):
                _handle(email, connection)
        tried += 1
    else:
        ring("mail")
    connection.close()
    return tried


def _claim() -> list[Email]:
    with acting_as(WORKER):
        return claim(Email, now=clock.now(), limit=1)


def _handle(email: Email, connection: BaseEmailBackend) -> None:
    try:
        if email.drop_after is not None and clock.now() > email.drop_after:
            _finish(email, sent=False)
        else:
            _send(email, connection)
            _finish(email, sent=True)
    except LeaseLost:
        log.warning("lease lost email=%s", email.pk)
        count_lost_leases("emails")
    except Exception as error:  # the server's, no address, a key that is missing: the others go on
        log.warning("email failed email=%s attempt=%s error=%s", email.pk, email.attempts, type(error).__name__)
        connection.close()
        with acting_as(WORKER):
            dead = fail(email, error=type(error).__name__, now=clock.now())
        count_mail("dead" if dead else "failed")
        count_dead("emails", int(dead))


def _send(email: Email, connection: BaseEmailBackend) -> None:
    message = email.message
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    headers = {"Message-ID": f"<{email.pk}@{domain}>"}
    EmailMessage(message["subject"], message["text"], to=[message["to"]], headers=headers, connection=connection).send()


def _finish(email: Email, *, sent: bool) -> None:
    with acting_as(WORKER):
        fenced(
            held(email).update(
                status=Status.DONE,
                sent_at=clock.now() if sent else None,
                last_error="" if sent else "dropped: too late",
            )
        )
    outcome: MailOutcome = "sent" if sent else "dropped"
    log.info("email %s email=%s template=%s attempt=%s", outcome, email.pk, email.template, email.attempts)
    count_mail(outcome)


def has_due() -> bool:
    """Whether a bell would find work; the caller acts as a worker."""
    return Email.objects.filter(is_due(clock.now())).exists()
