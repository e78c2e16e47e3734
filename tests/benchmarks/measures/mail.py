"""mail.per_s: e-mails from the queue to a local SMTP server."""

import smtplib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from time import perf_counter

from django.conf import settings
from django.core.mail import get_connection

from config.local.ports import free_ports
from tests.benchmarks.bench import Bench, use_database
from tests.benchmarks.comparing import Figures, Measure, Side, compare
from workers.emails.composing import compose
from workers.emails.models import Email
from workers.emails.queueing import queue_email
from workers.emails.sending import send_due
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as

MAILS = 500
HOST = "127.0.0.1"
WORDS = {
    "first_name": "Ada",
    "course_id": "c1",
    "url": "https://x.example/",
    "day": "Saturday, March 14",
    "time": "11 a.m.",
}


@compare(
    Measure(name="mail.per_s_vs_smtplib", unit="mails/s", better="higher", required=0.5),
    pairs=3,
)
@contextmanager
def against_smtplib(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """E-mails with text, HTML and headers, claimed, composed, sent and recorded one by one.

    The reference is a loop of smtplib's `sendmail` over one connection to the same server: the same bytes, composed
    beforehand, nothing claimed and nothing recorded.
    """
    smtp, http = free_ports(2)
    words = f"-u -m tests.simulators.mailbox --smtp-port {smtp} --http-port {http}"
    with bench.process("mailbox", [sys.executable, *words.split()], ready="mailbox listening"):
        settings.EMAIL_BACKEND = "workers.emails.smtp.Backend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, smtp
        use_database(bench)
        yield partial(_ours, bench), partial(_bare, bench, smtp)
    _empty(bench)


def _ours(bench: Bench) -> Figures:
    _fill(bench)
    start = perf_counter()
    sent = send_due()
    took = perf_counter() - start
    with acting_as(WORKER):
        arrived = Email.objects.exclude(sent_at=None).count()
    if (sent, arrived) != (MAILS, MAILS):
        raise AssertionError(f"{arrived} of {MAILS} e-mails were sent.")
    return (MAILS / took,)


def _bare(bench: Bench, port: int) -> Figures:
    _fill(bench)
    connection = get_connection()
    with acting_as(WORKER):
        ready = [compose(email, connection).travelling for email in Email.objects.all()]
    start = perf_counter()
    with smtplib.SMTP(HOST, port) as server:
        for sender, readers, content in ready:
            server.sendmail(sender, readers, content)
    return (len(ready) / (perf_counter() - start),)


def _fill(bench: Bench) -> None:
    _empty(bench)
    with acting_as(WORKER):
        for number in range(MAILS):
            queue_email(
                key=f"bench-{number}",
                to="ada@home.example",
                template="referrals/session_week_before",
                context=WORDS,
                now=clock.now(),
            )


def _empty(bench: Bench) -> None:
    with bench.owner() as owner:
        owner.execute("TRUNCATE workers_email")
