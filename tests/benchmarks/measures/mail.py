"""mail.*: e-mails from the queue to a local SMTP server."""

import smtplib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from time import perf_counter

from django.conf import settings
from django.core.mail import get_connection

from config.local.ports import free_ports
from tests.benchmarks.bench import Bench, scaled, use_database, wait_until
from tests.benchmarks.comparing import Figures, Measure, Side, compare
from workers.emails.composing import compose
from workers.emails.models import Email
from workers.emails.queueing import queue_email
from workers.emails.sending import send_due
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.tasks import BELLS, strike

MAILS = scaled(500)
PATIENCE = 120  # seconds
GLANCE = 0.05  # seconds: a look takes about a millisecond of a processor that sends meanwhile
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
    """E-mails with text, HTML and headers, each claimed, composed, sent and recorded by itself: the lane as it is run.

    Each is committed to disk before it goes, so the lane's threads wait for the disk together. The reference is a loop
    of smtplib's `sendmail` over one connection to the same server: the same bytes, composed beforehand, nothing claimed
    and nothing recorded. It waits for the answer to each command, where ours sends several at once (PIPELINING).
    """
    with _mailbox(bench) as port, bench.worker("mail"):
        yield partial(_by_lane, bench), partial(_bare, bench, port)


@compare(
    Measure(name="mail.line_per_s_vs_smtplib", unit="mails/s", better="higher", required=None),
    pairs=3,
)
@contextmanager
def one_line(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The same by one thread of the lane over one connection, which waits for the disk alone."""
    with _mailbox(bench) as port:
        yield partial(_by_line, bench), partial(_bare, bench, port)


@contextmanager
def _mailbox(bench: Bench) -> Iterator[int]:
    smtp, http = free_ports(2)
    words = f"-u -m tests.simulators.mailbox --smtp-port {smtp} --http-port {http}"
    former = dict(bench.environment)
    with bench.process("mailbox", [sys.executable, *words.split()], ready="mailbox listening"):
        settings.EMAIL_BACKEND = "workers.emails.smtp.Backend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, smtp
        bench.environment["EMAIL_URL"] = f"smtp://{HOST}:{smtp}"
        use_database(bench)
        try:
            yield smtp
        finally:
            bench.environment = former
            _empty(bench)


def _by_lane(bench: Bench) -> Figures:
    _fill(bench)
    _make_due()
    start = perf_counter()
    for _ in range(BELLS):
        strike("mail")
    wait_until(_are_sent, seconds=PATIENCE, what="sending all e-mails", every=GLANCE)
    return (MAILS / (perf_counter() - start),)


def _by_line(bench: Bench) -> Figures:
    _fill(bench)
    _make_due()
    start = perf_counter()
    sent = send_due()
    took = perf_counter() - start
    if sent != MAILS or not _are_sent():
        raise AssertionError(f"{sent} of {MAILS} e-mails were sent.")
    return (MAILS / took,)


def _are_sent() -> bool:
    with acting_as(WORKER):
        return not Email.objects.filter(sent_at=None).exists()


def _bare(bench: Bench, port: int) -> Figures:
    _fill(bench)
    connection = get_connection()
    with acting_as(WORKER):
        ready = [compose(email, connection).travelling for email in Email.objects.all()]
    start = perf_counter()
    with smtplib.SMTP(HOST, port, local_hostname=HOST) as server:
        for sender, readers, content in ready:
            server.sendmail(sender, readers, content)
    return (len(ready) / (perf_counter() - start),)


def _fill(bench: Bench) -> None:
    """Due tomorrow, so that no worker takes any."""
    _empty(bench)
    with acting_as(WORKER):
        for number in range(MAILS):
            queue_email(
                key=f"bench-{number}",
                to="ada@home.example",
                template="referrals/session_week_before",
                context=WORDS,
                now=clock.now() + timedelta(days=1),
            )


def _make_due() -> None:
    with acting_as(WORKER):
        Email.objects.update(due_at=clock.now())


def _empty(bench: Bench) -> None:
    with bench.owner() as owner:
        owner.execute("TRUNCATE workers_email")
