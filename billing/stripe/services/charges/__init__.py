"""Charging: record → create unconfirmed → store the id → confirm → reduce. No transaction is open while Stripe acts.

A PaymentIntent succeeds at most once, so whatever is lost, repeated or replayed, an instalment is charged once.
After a lost answer nothing is sent again before Stripe was asked (resolving.py).

Attempts that are due together go through these steps together: each step is one statement, and the requests between
two of them are under way at once. What one of them runs into stops no other.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from billing.payment_plans.models import CLOSED, AttemptStatus
from billing.payment_plans.queries import list_attempts
from billing.payment_plans.services import charging
from billing.stripe import client
from billing.stripe.services.charges import asking, resolving
from billing.stripe.services.charges.batches import Batch, StillInFlight
from billing.stripe.services.charges.resolving import AFTER_TIMEOUT
from billing.stripe.services.reducing import NotYetHere, find_attempts, reduce_paid, reduce_payment_intent
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import NotFound
from workers.kernel.trace import current_trace, traced

__all__ = ["AFTER_TIMEOUT", "WAITING", "StillInFlight", "charge", "charge_all", "refresh", "refresh_all", "sweep"]

WAITING = (AttemptStatus.PROCESSING, AttemptStatus.ACTION_REQUIRED)


def charge(*, attempt_id: UUID, now: datetime) -> None:
    """Carry an attempt as far as it goes. May be called again and by several at once.

    Raises StillInFlight, and client.StripeFailure for what is to be tried again.
    """
    for error in charge_all(traces={attempt_id: current_trace()}, now=now).values():
        raise error


def charge_all(*, traces: Mapping[UUID, str], now: datetime) -> dict[UUID, Exception]:
    """Carry attempts as far as they go, each on the walk of its trace; returns what some of them ran into.

    That is what `charge` raises.
    """
    batch = Batch(now=now, traces=traces)
    with acting_as(WORKER):
        attempts = list_attempts(traces)
    for missing in traces.keys() - {each.pk for each in attempts}:
        batch.errors[missing] = NotFound("There is no such attempt.")
    open_ones = [each for each in attempts if each.status not in (*CLOSED, *WAITING)]
    going_on = [each for each in open_ones if resolving.may_go_on(each, batch)]
    asking.create([each for each in going_on if not each.payment_intent_id], batch)
    asking.confirm([each for each in going_on if each.payment_intent_id and each.pk not in batch.errors], batch)
    return batch.errors


def sweep(*, attempt_id: UUID, number: int, now: datetime) -> None:
    """Ask Stripe about an attempt that still waits, and set the timer of the next question."""
    with acting_as(WORKER):
        attempt = charging.lock_attempt(attempt_id)
        if attempt.status in CLOSED or attempt.sweep != number:
            return
        charging.watch(attempt, now)
    if attempt.status in WAITING:
        refresh(payment_intent_id=attempt.payment_intent_id, now=now)
    else:
        charge(attempt_id=attempt_id, now=now)


def refresh(*, payment_intent_id: str, now: datetime) -> None:
    """Fetch a PaymentIntent as it is now and reduce it. Raises client.StripeFailure and NotYetHere."""
    for error in refresh_all(traces={payment_intent_id: current_trace()}, now=now).values():
        raise error


def refresh_all(*, traces: Mapping[str, str], now: datetime) -> dict[str, Exception]:
    """Fetch PaymentIntents as they are now and reduce them, each on the walk of its trace; returns which failed.

    That is what `refresh` raises.
    """
    told = dict(zip(traces, client.get_payment_intents([*traces]), strict=True))
    errors: dict[str, Exception] = {key: one for key, one in told.items() if isinstance(one, client.StripeFailure)}
    intents = {key: one for key, one in told.items() if not isinstance(one, client.StripeFailure)}
    done = _reduce_known(intents, traces, now)
    for intent in (one for key, one in intents.items() if key not in done):
        try:
            with traced(traces[intent["id"]]), acting_as(WORKER):
                reduce_payment_intent(intent, now=now)
        except NotYetHere as error:
            errors[intent["id"]] = error
    return errors


def _reduce_known(intents: Mapping[str, client.Json], traces: Mapping[str, str], now: datetime) -> Sequence[str]:
    """Reduce what was paid and belongs to attempts, together; returns of which PaymentIntents that were."""
    if len(intents) < 2:
        return ()
    with acting_as(WORKER):
        known = find_attempts(intents)
    walks = {attempt_id: traces[intent_id] for intent_id, attempt_id in known.items()}
    done = reduce_paid({known[key]: intents[key] for key in known}, now=now, traces=walks)
    return [intent_id for intent_id, attempt_id in known.items() if attempt_id in done]
