"""One reaction of every kind that the engine knows."""

import os
import time
from collections.abc import Sequence
from functools import cache

import httpx

from referrals.events import ClinicMessageReceived
from tests.chaos.app.events import Called, Consulted, Poked, Rang
from tests.chaos.app.models import Effect
from workers.deliveries.queueing import queue_delivery
from workers.emails.queueing import queue_email
from workers.events import Envelope, Heard, reacts_to, reacts_to_all, tell_failed

PONDERING = 0.004  # seconds inside the transaction: a window for a kill or a stop to fall into


@reacts_to(Poked)
def write_row(event: Poked, envelope: Envelope) -> None:
    """One ORM write in the domain lane."""
    _note("write_row", envelope)


@reacts_to_all(Poked)
def write_batch(batch: Sequence[Heard[Poked]]) -> None:
    """A whole batch in one statement."""
    Effect.objects.bulk_create(Effect(consumer="write_batch", event_id=heard.envelope.event_id) for heard in batch)


@reacts_to(Called)
def ponder(event: Called, envelope: Envelope) -> None:
    """A reaction that takes its time, before and after its write."""
    time.sleep(PONDERING)
    _note("ponder", envelope)
    time.sleep(PONDERING)


@reacts_to(Rang)
def hear_timer(event: Rang, envelope: Envelope) -> None:
    """What a timer is for."""
    _note("hear_timer", envelope)


@reacts_to(ClinicMessageReceived)
def note_message(event: ClinicMessageReceived, envelope: Envelope) -> None:
    """Beside the project's own reaction, which applies the message."""
    _note("note_message", envelope)


@reacts_to(Called, lane="webhooks")
def post_webhook(event: Called, envelope: Envelope) -> None:
    """Queue a delivery to the clinic."""
    _note("post_webhook", envelope)
    queue_delivery(
        owner_id=event.clinic_id,
        type="endpoint.test",
        data={"tag": event.tag},
        event_id=envelope.event_id,
        now=envelope.now,
    )


@reacts_to(Called, lane="mail")
def write_mail(event: Called, envelope: Envelope) -> None:
    """Queue an e-mail."""
    _note("write_mail", envelope)
    queue_email(
        key=event.tag,
        to="somebody@home.example",
        template="chaos/note",
        context={"tag": event.tag},
        now=envelope.now,
    )


@reacts_to(Called, lane="billing")
def note_call(event: Called, envelope: Envelope) -> None:
    """A row in a lane of threads, beside the external reaction."""
    _note("note_call", envelope)


@reacts_to(Called, lane="billing", external=True)
def tell_partner(event: Called, envelope: Envelope) -> None:
    """Call another system outside any transaction, with an id that stays the same. Raises for a bad answer."""
    url = f"{os.environ['CHAOS_CLINICS_URL']}/partner/{envelope.event_id}"
    _partner().post(url, json={"tag": event.tag}).raise_for_status()


@reacts_to_all(Consulted, lane="billing", external=True)
def consult_partner(batch: Sequence[Heard[Consulted]]) -> None:
    """Ask another system about each event of a batch in one call; who got no answer fails by itself."""
    tell_failed({one.envelope.event_id: _ask_partner(one) for one in batch})


@reacts_to_all(Consulted, apart=True)
def write_apart(batch: Sequence[Heard[Consulted]]) -> None:
    """A batch in a transaction that it shares with no other reaction."""
    for one in batch:
        _note("write_apart", one.envelope)


def _ask_partner(one: Heard[Consulted]) -> Exception | None:
    url = f"{os.environ['CHAOS_CLINICS_URL']}/partner/{one.envelope.event_id}"
    try:
        _partner().post(url, json={"tag": one.event.tag}).raise_for_status()
    except httpx.HTTPError as error:
        return error
    return None


@cache
def _partner() -> httpx.Client:
    """One of each process: to make one takes longer than to ask."""
    return httpx.Client(timeout=2, trust_env=False)


def _note(consumer: str, envelope: Envelope) -> None:
    Effect.objects.create(consumer=consumer, event_id=envelope.event_id)
