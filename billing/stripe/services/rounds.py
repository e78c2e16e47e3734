"""The hourly round: what notices, answers and timers have missed is looked for, so that nothing stays unknown.

A round does nothing about what it finds: it hands it out, each thing to a job of its own.

1. attempts and refunds that have been open for long, whatever became of their jobs, have their next check now;
2. PaymentIntents that Stripe made since the last round and that no row knows go to be adopted;
3. events since then that no endpoint of ours took go into the inbox. After an absence, as of a restored backup, all.

Stripe's lists are read span by span, and how far is written down after each. A round ends long before its lease; what
is left then is the next job's.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
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
MOST = 300  # of a list in one span: of what is longer a shorter span is read
SHORTEST = timedelta(seconds=1)  # Stripe's times are whole seconds; such a span is read whatever its length
MOST_OPEN = 2_000  # asked about in one round, those first that were asked about least
SHARE = 4  # a new span begins in the first quarter of a lease only
_NAME = "rounds"


def begin(*, now: datetime) -> None:
    """Start the rounds, once for all; acts as a worker. Called when a payment method is to be stored."""
    with transaction.atomic():
        row = StripeRound(name=_NAME, looked_until=now)
        StripeRound.objects.bulk_create([row], ignore_conflicts=True)
        _schedule(StripeRound.objects.get(name=_NAME), now)


def plan_next(*, number: int, now: datetime) -> None:
    """Set the timer of the next round, whatever becomes of this one, and have what is open for long asked about."""
    with transaction.atomic():
        row = StripeRound.locked(name=_NAME)
        if row.number == number:
            row.number += 1
            row.save(update_fields=["number"])
            _schedule(row, now)
            _ask_about_open(now)


def _schedule(row: StripeRound, now: datetime) -> None:
    schedule(StripeRoundDue(number=row.number), about=row, due_at=now + EVERY, generation=row.number)


def _ask_about_open(now: datetime) -> None:
    """What waits for its payer or bank has been answered, and is not asked about more often than its timers do."""
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


def go(*, number: int, rest_since: datetime | None, now: datetime) -> None:
    """Read Stripe's lists from where the last round ended, and hand out what they show. May be repeated.

    `rest_since` is where a round after an absence goes on. Raises client.StripeFailure when a list could not be read;
    then this job comes again.
    """
    stop = clock.machine_now() + timedelta(seconds=settings.LEASE_SECONDS) / SHARE
    with acting_as(WORKER):
        looked_until = StripeRound.objects.get(name=_NAME).looked_until
    is_late = rest_since is not None or now - looked_until >= ABSENCE
    reached = _read_on(rest_since or looked_until - LOOKS_BACK, is_late, stop, now)
    if reached < now:
        _leave_rest(StripeRoundDue(number=number, rest_since=reached if is_late else None), now)


def _read_on(since: datetime, is_late: bool, stop: datetime, now: datetime) -> datetime:
    """Look through one span at least, and on until `stop`; returns how far it came."""
    span = LOOKS_BACK + EVERY
    while since < now:
        until = min(since + span, now)
        if not _look_through(since, until, is_late, now):
            span = (until - since) / 2
            continue
        _move(min(until + LOOKS_BACK, now))
        since, span = until, span * 2
        if clock.machine_now() >= stop:
            break
    return since


def _move(looked_until: datetime) -> None:
    with acting_as(WORKER):
        StripeRound.objects.filter(name=_NAME, looked_until__lt=looked_until).update(looked_until=looked_until)


def _leave_rest(event: StripeRoundDue, now: datetime) -> None:
    """To the next job, which is due at once; the round that it belongs to has planned its follower."""
    with acting_as(WORKER):
        row = StripeRound.objects.get(name=_NAME)
        schedule(event, about=row, due_at=now, generation=event.number)


def _look_through(since: datetime, until: datetime, is_late: bool, now: datetime) -> bool:
    """Hand out what a span shows; False, and nothing was done, where it shows more than a job can take."""
    most = MOST if until - since > SHORTEST else None
    lists = (_intents(since, until), _events(since, until, is_late, now))
    intents, events = (list(islice(listed, most and most + 1)) for listed in lists)
    if most is not None and max(len(intents), len(events)) > most:
        return False
    _hand_out_intents(intents, now)
    _hand_out_events(events, now)
    return True


def _intents(since: datetime, until: datetime) -> Iterable[Json]:
    return client.list_payment_intents(created_since=int(since.timestamp()), created_before=_after(until))


def _events(since: datetime, until: datetime, is_late: bool, now: datetime) -> Iterable[Json]:
    since = max(since, now - EVENTS_KEPT)
    if since > until:
        return ()
    return client.list_events(
        created_since=int(since.timestamp()), created_before=_after(until), only_undelivered=not is_late
    )


def _after(until: datetime) -> int:
    """The second after `until`: what Stripe made in that of `until` itself is shown as well."""
    return int(until.timestamp()) + 1


def _hand_out_intents(intents: Sequence[Json], now: datetime) -> None:
    """Those of ours that no row knows, each once."""
    settled = (now - SETTLES).timestamp()
    ours = [intent["id"] for intent in intents if is_ours(intent) and intent["created"] < settled]
    rows = ChargeAttempt.objects.filter(payment_intent_id__in=ours)
    with acting_as(WORKER):
        known = set(rows.values_list("payment_intent_id", flat=True))
    with acting_as(AUTH):  # who may store what comes from outside
        for intent_id in (each for each in ours if each not in known):
            found = PaymentIntentFound(payment_intent_id=intent_id)
            receive(source="stripe", message_id=intent_id, body="{}", announce=lambda _, told=found: told, now=now)


def _hand_out_events(events: Sequence[Json], now: datetime) -> None:
    """As if Stripe had given notice of them now: the inbox knows those that it did."""
    with acting_as(AUTH):
        for event in (each for each in events if each["type"] in notices.HEEDED):
            try:
                notices.record(event, now=now)
            except OtherBodySameId:
                log.warning("round: event %s came before with another body", event["id"])
