"""The hourly round: what notices, answers and timers have missed is looked for, so that nothing stays unknown.

A round does nothing about what it finds: it hands it out, each thing to a job of its own.

1. attempts and refunds that have been open for long, whatever became of their jobs, have their next check now;
2. PaymentIntents that Stripe made since the last round and that no row knows go to be adopted;
3. events since then that no endpoint of ours took go into the inbox. After an absence, as of a restored backup, all.

Stripe's lists are read page by page. A round ends long before its lease; what is left then is the next job's.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from billing.events import PaymentIntentFound, RefundCheckDue, StripeRoundDue, StripeSweepDue
from billing.payment_plans.models import CLOSED, ChargeAttempt, Refund
from billing.payment_plans.services.refund_settling import UNMADE
from billing.stripe import client
from billing.stripe.client import Json
from billing.stripe.models import StripeRound
from billing.stripe.services import charges, notices
from billing.stripe.services.reducing import is_ours
from workers.events import Event
from workers.kernel import clock
from workers.kernel.actor import AUTH, WORKER, acting_as
from workers.receipts.receiving import OtherBodySameId, receive
from workers.timers.scheduling import schedule, schedule_all, timer_for

log = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
OPEN_FOR = timedelta(hours=1)  # beyond what timers and the jobs' own repeats need
LOOKS_BACK = timedelta(hours=2)  # before the last round: machines' clocks differ, lists are read page by page
ABSENCE = timedelta(hours=6)
SETTLES = timedelta(minutes=10)  # a PaymentIntent this young may be about to be stored
EVENTS_KEPT = timedelta(days=29)  # Stripe lists events for 30 days: docs.stripe.com/api/events
MOST_OPEN = 2_000  # asked about in one round, those first that were asked about least
SHARE = 4  # after a quarter of its lease a round leaves the rest to the next job
PAGE = 100  # things that are handed out by one transaction
INTENTS, EVENTS = "payment_intents", "events"  # the lists, in the order in which they are read
_NAME = "rounds"


def begin(*, now: datetime) -> None:
    """Start the rounds, once for all; acts as a worker. Called when a payment method is to be stored."""
    with transaction.atomic():
        row = StripeRound(name=_NAME, looked_until=now)
        StripeRound.objects.bulk_create([row], ignore_conflicts=True)
        _schedule(StripeRound.objects.get(name=_NAME), now)


def plan_next(*, number: int, now: datetime) -> None:
    """Set the timer of the next round, whatever becomes of this one."""
    with transaction.atomic():
        row = StripeRound.locked(name=_NAME)
        if row.number == number:
            row.number += 1
            row.save(update_fields=["number"])
            _schedule(row, now)


def _schedule(row: StripeRound, now: datetime) -> None:
    schedule(StripeRoundDue(number=row.number), about=row, due_at=now + EVERY, generation=row.number)


def ask_about_open(*, now: datetime) -> None:
    """Have attempts and refunds that have been open for long asked about, whatever became of their jobs.

    What waits for its payer or bank has been answered, and is not asked about more often than its timers do.
    """
    attempts = ChargeAttempt.objects.exclude(status__in=(*CLOSED, *charges.WAITING))
    _ask(attempts, lambda pk, sweep: StripeSweepDue(attempt_id=pk, sweep=sweep), now)
    refunds = Refund.objects.filter(status__in=UNMADE)
    _ask(refunds, lambda pk, sweep: RefundCheckDue(refund_id=pk, sweep=sweep), now)


def _ask(open_ones: QuerySet[Any], event: Callable[[UUID, int], Event], now: datetime) -> None:
    """Have each checked by a timer that is due: it supersedes any former one, so that no two of their jobs do anything.

    A timer's jobs wait for no other of the same thing, dead or not. Who is at one just now may go on.
    """
    waiting = open_ones.filter(created_at__lt=now - OPEN_FOR).order_by("sweep", "created_at")
    rows = list(waiting.select_for_update(of=("self",), skip_locked=True)[:MOST_OPEN])
    open_ones.filter(pk__in=[row.pk for row in rows]).update(sweep=F("sweep") + 1)
    told = [(row, row.sweep + 1) for row in rows]
    schedule_all([timer_for(event(row.pk, n), about=row, due_at=now, generation=n) for row, n in told])


def go(due: StripeRoundDue, *, now: datetime) -> None:
    """Read what Stripe's lists have had since the last round, newest first, and hand out page by page. May be repeated.

    It stops early in its lease and leaves the rest to a job that is due at once; the last one writes down that all was
    read up to when the round began. Raises client.StripeFailure when a list could not be read; this job comes again.
    """
    stop = clock.machine_now() + timedelta(seconds=settings.LEASE_SECONDS) / SHARE
    begun = due.begun or now
    with acting_as(WORKER):
        row = StripeRound.objects.get(name=_NAME)
    for listed, page in _pages(due, row.looked_until, begun):
        _HAND_OUT[listed](page, now)
        if clock.machine_now() >= stop:
            rest = replace(due, listed=listed, after=page[-1]["id"], begun=begun)
            with acting_as(WORKER):
                schedule(rest, about=row, due_at=now, generation=due.number)
            return
    with acting_as(WORKER):
        StripeRound.objects.filter(name=_NAME, looked_until__lt=begun).update(looked_until=begun)


def _pages(due: StripeRoundDue, looked_until: datetime, begun: datetime) -> Iterator[tuple[str, list[Json]]]:
    """What is left of the round: a name of `_HAND_OUT` and some things."""
    since = looked_until - LOOKS_BACK
    if due.listed != EVENTS:
        intents = client.list_payment_intents(created_since=int(since.timestamp()), after=due.after)
        yield from ((INTENTS, page) for page in _by_page(intents))
    events = client.list_events(
        created_since=int(max(since, begun - EVENTS_KEPT).timestamp()),
        only_undelivered=begun - looked_until < ABSENCE,
        after=due.after if due.listed == EVENTS else "",
    )
    yield from ((EVENTS, page) for page in _by_page(events))


def _by_page(listed: Iterator[Json]) -> Iterator[list[Json]]:
    return iter(lambda: list(islice(listed, PAGE)), [])


def _hand_out_intents(intents: Sequence[Json], now: datetime) -> None:
    """Those of ours that no row knows, each once."""
    settled = (now - SETTLES).timestamp()
    ours = [intent["id"] for intent in intents if is_ours(intent) and intent["created"] < settled]
    rows = ChargeAttempt.objects.filter(payment_intent_id__in=ours)
    with acting_as(WORKER):
        known = set(rows.values_list("payment_intent_id", flat=True))
    with acting_as(AUTH):  # who may store what comes from outside
        for intent_id in ours:
            if intent_id not in known:
                _hand_out_intent(PaymentIntentFound(payment_intent_id=intent_id), now)


def _hand_out_intent(found: PaymentIntentFound, now: datetime) -> None:
    receive(source="stripe", message_id=found.payment_intent_id, body="{}", announce=lambda _: found, now=now)


def _hand_out_events(events: Sequence[Json], now: datetime) -> None:
    """As if Stripe had given notice of them now: the inbox knows those that it did."""
    with acting_as(AUTH):
        for event in (each for each in events if each["type"] in notices.HEEDED):
            try:
                notices.record(event, now=now)
            except OtherBodySameId:
                log.warning("round: event %s came before with another body", event["id"])


_HAND_OUT = {INTENTS: _hand_out_intents, EVENTS: _hand_out_events}
