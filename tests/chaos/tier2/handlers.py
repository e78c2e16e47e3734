"""Every kind of handler, driven from the announcement to the last record: what a process may die in the midst of."""

import os
from collections.abc import Callable
from functools import partial

from tests.chaos.app.events import Called, Consulted, Poked, Rang
from tests.chaos.app.models import Subject
from workers.deliveries import sending as deliveries
from workers.deliveries.models import Endpoint
from workers.deliveries.queueing import register_endpoint
from workers.emails import sending as emails
from workers.events import LANES
from workers.kernel import clock
from workers.kernel.actor import AUTH, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.outbox.draining import drain
from workers.outbox.publishing import publish, publish_all
from workers.receipts.receiving import receive
from workers.timers.firing import fire_due
from workers.timers.scheduling import schedule

OPERATOR = Actor(role=Role.OPERATOR)
Said = Callable[[str], None]


def rows(tag: str, acknowledge: Said) -> None:
    """Two events of one subject, one after the other, to reactions that write rows: one by one and by the batch."""
    subject = _subject()
    for name in (f"{tag}.1", f"{tag}.2"):
        with acting_as(OPERATOR):
            publish(Poked(tag=name), about=subject, now=clock.now())
        acknowledge(name)
    drain("domain")


def timer(tag: str, acknowledge: Said) -> None:
    """A timer that is due."""
    with acting_as(OPERATOR):
        schedule(Rang(tag=tag), about=_subject(), due_at=clock.now())
    acknowledge(tag)
    fire_due()
    drain("domain")


def receipt(tag: str, acknowledge: Said) -> None:
    """A message that comes twice, and again after the crash, as a sender that had no answer sends it again."""
    for _ in range(2):
        with acting_as(AUTH):
            receive(source="chaos", message_id=tag, body='{"a":1}', announce=lambda _: Rang(tag=tag), now=clock.now())
        acknowledge(tag)
    drain("domain")


def called(tag: str, acknowledge: Said, *, work: Callable[[], object]) -> None:
    """An event that others are told of; `work` does one of the ways."""
    with acting_as(OPERATOR):
        clinic = Endpoint.objects.get()
        publish(Called(tag=tag, clinic_id=clinic.owner_id), about=_subject(), now=clock.now())
    acknowledge(tag)
    work()


def consulted(tag: str, acknowledge: Said) -> None:
    """Two events of two subjects that are heard by whole batches, at another system and apart."""
    subjects = [_subject(), _subject()]
    names = [f"{tag}.1", f"{tag}.2"]
    with acting_as(OPERATOR):
        told = [(Consulted(tag=name), subject) for name, subject in zip(names, subjects, strict=True)]
        publish_all(told, now=clock.now())
    for name in names:
        acknowledge(name)
    drain("billing")
    drain("domain")


def send_webhook() -> None:
    """Queue the delivery, and send it."""
    drain("webhooks")
    deliveries.send_due()


def send_mail() -> None:
    """Queue the e-mail, and send it."""
    drain("mail")
    emails.send_due()


def work() -> None:
    """What workers of all lanes do."""
    fire_due()
    for lane in LANES:
        drain(lane)
    deliveries.send_due()
    emails.send_due()


HANDLERS: dict[str, Callable[[str, Said], None]] = {
    "rows": rows,
    "timer": timer,
    "receipt": receipt,
    "webhook": partial(called, work=send_webhook),
    "mail": partial(called, work=send_mail),
    "external": partial(called, work=partial(drain, "billing")),
    "batches": consulted,
}


def _subject() -> Subject:
    subject = Subject()
    with acting_as(OPERATOR):
        subject.save(force_insert=True)
    return subject


def make_clinic() -> None:
    """Register the one clinic that there is."""
    with acting_as(OPERATOR):
        register_endpoint(owner_id=new_id(), url=f"{os.environ['CHAOS_CLINICS_URL']}/hooks/0")
