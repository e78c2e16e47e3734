"""Attempts that are carried on together, and every statement by which their progress is written down.

Each is a compare-and-set: of two workers that carry one attempt, the second stops (StillInFlight).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from billing.payment_plans.models import CLOSED, AttemptStatus, ChargeAttempt
from billing.payment_plans.services import charging
from billing.stripe import client
from billing.stripe.client import Json
from billing.stripe.services.charges import parameters
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.trace import current_trace, traced

KEY_SPENT = "key_spent"  # Stripe would answer our key with a stored error, or took it for other parameters

_RECORD = """
UPDATE billing_chargeattempt AS attempt SET status = %s, sent_at = %s, {params} = told.params
FROM unnest(%s::uuid[], %s::text[], %s::jsonb[]) AS told (id, former, params)
WHERE attempt.id = told.id AND attempt.status = told.former RETURNING attempt.id
"""
_STORE = """
UPDATE billing_chargeattempt AS attempt SET status = %s, sent_at = %s, payment_intent_id = told.intent,
    client_secret = told.secret, confirm_params = told.params
FROM unnest(%s::uuid[], %s::text[], %s::bytea[], %s::jsonb[]) AS told (id, intent, secret, params)
WHERE attempt.id = told.id AND attempt.payment_intent_id = '' AND attempt.status <> ALL(%s) RETURNING attempt.id
"""


class StillInFlight(Exception):
    """Another worker has asked Stripe and may still get its answer: the job comes back later."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What attempts that go on together share: the present, their traces, and which ran into what.

    An attempt in `errors` goes no further.
    """

    now: datetime
    traces: Mapping[UUID, str]
    errors: dict[UUID, Exception] = field(default_factory=dict)

    @contextmanager
    def apart(self, attempt: ChargeAttempt) -> Iterator[None]:
        """Run the block on the walk of an attempt; what goes wrong at Stripe stops this one and no other."""
        try:
            with traced(self.traces.get(attempt.pk) or current_trace()):
                yield
        except (client.StripeFailure, StillInFlight) as error:
            self.errors[attempt.pk] = error

    def keep(self, attempts: Sequence[ChargeAttempt], touched: set[UUID], why: str) -> list[ChargeAttempt]:
        """Return the attempts that a statement touched; the others have gone on in other hands."""
        for attempt in attempts:
            if attempt.pk not in touched:
                self.errors[attempt.pk] = StillInFlight(f"attempt {attempt.pk} {why}")
        return [attempt for attempt in attempts if attempt.pk in touched]


def record_creation(attempts: Sequence[ChargeAttempt], batch: Batch) -> list[ChargeAttempt]:
    """Write down what is about to be created; returns those that no other worker was faster with."""
    for attempt in attempts:
        attempt.create_params = parameters.creation(attempt)
    return _record(attempts, "create_params", AttemptStatus.CREATING, batch)


def record_confirmation(attempts: Sequence[ChargeAttempt], batch: Batch) -> list[ChargeAttempt]:
    """Write down what is about to be confirmed; returns those that no other worker was faster with."""
    for attempt in attempts:
        attempt.confirm_params = parameters.confirmation(attempt)
    return _record(attempts, "confirm_params", AttemptStatus.CONFIRMING, batch)


def _record(attempts: Sequence[ChargeAttempt], params: str, after: AttemptStatus, batch: Batch) -> list[ChargeAttempt]:
    rows = [(each.pk, str(each.status), json.dumps(getattr(each, params))) for each in attempts]
    touched = _update(_RECORD.format(params=params), [after.value, batch.now], rows)
    mine = batch.keep(attempts, touched, "was recorded by somebody else")
    for attempt in mine:
        attempt.status = after
    return mine


def store(intents: Mapping[ChargeAttempt, Json], batch: Batch) -> list[ChargeAttempt]:
    """Store PaymentIntents, and write down that they are about to be confirmed, in one statement.

    Another one for the same instalment is never confirmed. Returns those that no other worker was faster with.
    """
    rows = [_stored(attempt, intent) for attempt, intent in intents.items()]
    closed = [status.value for status in CLOSED]
    touched = _update(_STORE, [AttemptStatus.CONFIRMING.value, batch.now], rows, [closed])
    mine = batch.keep([*intents], touched, "has another PaymentIntent or is over")
    for attempt in mine:
        attempt.payment_intent_id, attempt.status = intents[attempt]["id"], AttemptStatus.CONFIRMING
    return mine


def _stored(attempt: ChargeAttempt, intent: Json) -> tuple[Any, ...]:
    attempt.client_secret, attempt.confirm_params = intent["client_secret"], parameters.confirmation(attempt)
    secret = ChargeAttempt._meta.get_field("client_secret").pre_save(attempt, False)
    return attempt.pk, intent["id"], bytes(secret), json.dumps(attempt.confirm_params)


def move(attempt: ChargeAttempt, before: tuple[AttemptStatus, ...], after: AttemptStatus) -> None:
    """Bring an attempt from one of its states to another, unless somebody else did something."""
    with acting_as(WORKER):
        ChargeAttempt.objects.filter(pk=attempt.pk, status__in=before).update(status=after)
    attempt.status = after


def note_failure(attempt: ChargeAttempt, failure: client.StripeFailure, back: AttemptStatus, now: datetime) -> None:
    """Note that nobody knows what became of a request, or that it was not executed: then back to where it was."""
    if isinstance(failure, client.OutcomeUnknown | client.KeyReused):
        is_spent = isinstance(failure, client.KeyReused) or failure.is_stored
        lose_track(attempt, now, code=KEY_SPENT if is_spent else "")
    else:
        move(attempt, (AttemptStatus(attempt.status),), back)


def lose_track(attempt: ChargeAttempt, now: datetime, code: str = "") -> None:
    """Note that nobody knows what became of the last request, unless somebody does by now."""
    with acting_as(WORKER):
        current = charging.lock_attempt(attempt.pk)
        if current.status == attempt.status:
            charging.lose_track(attempt=current, code=code, now=now)


def _update(
    statement: str, before: Sequence[Any], rows: Sequence[tuple[Any, ...]], after: Sequence[Any] = ()
) -> set[UUID]:
    """Run an UPDATE over the columns of `rows` in a transaction of its own and return which rows it touched."""
    if not rows:
        return set()
    columns = [list(column) for column in zip(*rows, strict=True)]
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute(statement, [*before, *columns, *after])
        return {row[0] for row in cursor.fetchall()}
