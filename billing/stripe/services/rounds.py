"""The hourly round: what notices, answers and timers have missed is looked for, so that nothing stays unknown.

1. attempts and refunds that have been open for long, whatever became of their jobs, are asked about;
2. PaymentIntents that Stripe made since the last round and that no row knows are adopted;
3. events since then that no endpoint of ours took are heeded. After an absence, as of a restored backup, all events.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction

from billing.events import StripeRoundDue
from billing.payment_plans.models import CLOSED, ChargeAttempt, Refund, RefundStatus
from billing.stripe import client
from billing.stripe.models import StripeRound
from billing.stripe.services import adopting, charges, notices, refunds
from billing.stripe.services.reducing import is_ours
from workers.kernel.actor import WORKER, acting_as
from workers.timers.scheduling import schedule

log = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
OPEN_FOR = timedelta(hours=1)  # beyond what timers and the jobs' own repeats need
LOOKS_BACK = timedelta(hours=2)  # before the last round: machines' clocks differ, lists are read page by page
ABSENCE = timedelta(hours=6)
SETTLES = timedelta(minutes=10)  # a PaymentIntent this young may be about to be stored
EVENTS_KEPT = timedelta(days=29)  # Stripe lists events for 30 days: docs.stripe.com/api/events
_NAME = "rounds"
_REFUND_OPEN = (RefundStatus.APPROVED, RefundStatus.SENDING, RefundStatus.UNKNOWN, RefundStatus.PENDING)


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


def go(*, now: datetime) -> None:
    """Make one round. Each thing by itself: one that fails is looked at again in the next round.

    Raises client.StripeFailure when a list could not be read; then this round comes again.
    """
    with acting_as(WORKER):
        row = StripeRound.objects.get(name=_NAME)
    since = row.looked_until - LOOKS_BACK
    for act in (*_long_open(now), *_unknown(since, now), *_unheeded(since, now, row.looked_until)):
        _try(act)
    with acting_as(WORKER):
        StripeRound.objects.filter(name=_NAME, looked_until__lt=now).update(looked_until=now)


def _try(act: Callable[[], Any]) -> None:
    try:
        act()
    except Exception:
        log.exception("round: %s", act)


def _long_open(now: datetime) -> Iterator[Callable[[], None]]:
    with acting_as(WORKER):
        attempts = ChargeAttempt.objects.exclude(status__in=CLOSED).filter(created_at__lt=now - OPEN_FOR)
        attempt_ids = list(attempts.order_by("created_at").values_list("pk", flat=True))
        open_refunds = Refund.objects.filter(status__in=_REFUND_OPEN, created_at__lt=now - OPEN_FOR)
        refund_ids = list(open_refunds.order_by("created_at").values_list("pk", flat=True))
    for attempt_id in attempt_ids:
        yield partial(charges.charge, attempt_id=attempt_id, now=now)
    for refund_id in refund_ids:
        yield partial(refunds.send, refund_id=refund_id, now=now)


def _unknown(since: datetime, now: datetime) -> Iterator[Callable[[], None]]:
    listed = client.list_payment_intents(created_since=int(since.timestamp()))
    settled = (now - SETTLES).timestamp()
    ours = [intent["id"] for intent in listed if is_ours(intent) and intent["created"] < settled]
    with acting_as(WORKER):
        known = set(
            ChargeAttempt.objects.filter(payment_intent_id__in=ours).values_list("payment_intent_id", flat=True)
        )
    for intent_id in ours:
        if intent_id not in known:
            yield partial(adopting.adopt, payment_intent_id=intent_id, now=now)


def _unheeded(since: datetime, now: datetime, looked_until: datetime) -> Iterator[Callable[[], None]]:
    """What a notice is about is fetched once, however many there were of it."""
    created_since = int(max(since, now - EVENTS_KEPT).timestamp())
    listed = client.list_events(created_since=created_since, only_undelivered=now - looked_until < ABSENCE)
    subjects = {notices.subject_of(event) for event in listed if event["type"] in notices.HEEDED}
    for kind, object_id in sorted(subject for subject in subjects if subject is not None):
        yield partial(notices.refresh, kind=kind, object_id=object_id, now=now)
