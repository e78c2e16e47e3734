"""notices.*: how fast what Stripe tells of charges is taken in and worked off."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.conf import settings

from billing.stripe import client
from billing.stripe.services.notices import HEEDED
from tests.benchmarks.bench import Bench, scaled, wait_until
from tests.benchmarks.charging import at_stripe, make_unheard, patience, wait_for_paid
from tests.benchmarks.comparing import Figures, Measure, Side, compare
from tests.benchmarks.http_load import request, send_all
from tests.benchmarks.measures.receipts import CONNECTIONS, PATH, dj_stripe, web
from tests.benchmarks.peers import dj_stripe_endpoint
from tests.simulators.stripe.signatures import signature_header
from workers.kernel import clock

PER_CHARGE = ("payment_intent.created", "charge.succeeded", "payment_intent.succeeded")
CHARGES = scaled(10_002) // len(PER_CHARGE)
PEERS = scaled(2_001)  # events of the same that the peer is given: its rate does not depend on how many they are
SIGNED_AT_ONCE = 500  # a signature holds for five minutes

Event = dict[str, Any]


@compare(
    Measure(name="notices.per_s_vs_dj_stripe", unit="events/s", better="higher", required=3),
    pairs=1,
    warm_ups=0,
)
@contextmanager
def notices(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """10,000 of Stripe's signed events, from the first request until the last is worked off, against dj-stripe.

    They are all that Stripe tells of 3,334 charges of which the answers were lost, so that the notices settle them:
    ours ends when every instalment is paid and its journals are written. dj-stripe works an event off in the request.
    Both fetch what events are about from one Stripe; what the payer is and pays with dj-stripe knows beforehand.
    """
    with at_stripe(bench, "bench_notices") as (mine, payer):
        events = _told_of(make_unheard(payer, CHARGES))
        known = {"PEERS_CUSTOMER": payer.customer, "PEERS_METHOD": payer.card}
        with web(mine) as port, mine.worker("billing"), dj_stripe(mine, known) as peers_port:
            yield partial(_worked_off, mine, port, events), partial(_peers, peers_port, events[:PEERS])


def _told_of(intent_ids: Sequence[str]) -> list[Event]:
    """Everything that Stripe told of these PaymentIntents, in the order in which it happened."""
    wanted = set(intent_ids)
    told = [event for event in client.list_events(created_since=1, only_undelivered=False) if _about(event) in wanted]
    assert len(told) == len(intent_ids) * len(PER_CHARGE)
    assert {event["type"] for event in told} == set(PER_CHARGE)
    assert HEEDED.intersection(PER_CHARGE)
    return told[::-1]


def _about(event: Event) -> str:
    subject: Event = event["data"]["object"]
    return str(subject.get("payment_intent") or subject["id"])


def _worked_off(bench: Bench, port: int, events: Sequence[Event]) -> Figures:
    start = time.perf_counter()
    _send(port, PATH, settings.STRIPE_WEBHOOK_SECRETS[0], events)
    wait_for_paid(bench, len(events))
    with bench.worker_connection() as connection:

        def is_done() -> bool:
            row = connection.execute("SELECT count(*) FROM workers_job WHERE lane = 'billing'").fetchone()
            return row is not None and row[0] == 0

        wait_until(is_done, seconds=patience(len(events)), what="working the events off", every=0.05)
    return (len(events) / (time.perf_counter() - start),)


def _peers(port: int, events: Sequence[Event]) -> Figures:
    start = time.perf_counter()
    _send(port, dj_stripe_endpoint.PATH, dj_stripe_endpoint.SECRET, events)
    return (len(events) / (time.perf_counter() - start),)


def _send(port: int, path: str, secret: str, events: Sequence[Event]) -> None:
    for first in range(0, len(events), SIGNED_AT_ONCE):
        requests = [_notice(path, secret, event) for event in events[first : first + SIGNED_AT_ONCE]]
        send_all(port, requests, connections=CONNECTIONS)


def _notice(path: str, secret: str, event: Event) -> bytes:
    body = json.dumps(event, indent=2).encode()
    return request(path, body, {"Stripe-Signature": signature_header(body, [secret], int(clock.now().timestamp()))})
