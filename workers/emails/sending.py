"""Sending e-mails by SMTP, outside any transaction.

SMTP has no idempotency: a process that dies between the server's answer and our commit sends again, with the same
Message-ID, by which mail programs recognise the copy.
"""

import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.leases import LeaseLost, Status, claim, fail, fenced, held, is_due
from workers.kernel.metrics import MailOutcome, count_dead, count_lost_leases, count_mail
from workers.kernel.network import refuse_inside_transaction
from workers.kernel.trace import traced

log = logging.getLogger(__name__)
BATCH = 50


def send_due() -> int:
    """Send every due e-mail over one connection a batch and return how many were tried."""
    tried = 0
    while emails := _claim():
        connection = get_connection()
        for email in emails:
            with traced(email.trace):
                _handle(email, connection)
        connection.close()
        tried += len(emails)
    return tried


def _claim() -> list[Email]:
    with acting_as(WORKER):
        return claim(Email, now=clock.now(), limit=BATCH)


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
    except (OSError, smtplib.SMTPException, ValueError, AttributeError) as error:  # the last two: no address
        log.warning("email failed email=%s attempt=%s error=%s", email.pk, email.attempts, type(error).__name__)
        connection.close()
        with acting_as(WORKER):
            dead = fail(email, error=type(error).__name__, now=clock.now())
        count_mail("dead" if dead else "failed")
        count_dead("emails", int(dead))


def _send(email: Email, connection: BaseEmailBackend) -> None:
    refuse_inside_transaction("SMTP")
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
