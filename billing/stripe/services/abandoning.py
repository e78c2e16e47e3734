"""Canceling PaymentIntents that nobody is to pay any more."""

from datetime import datetime
from uuid import UUID

from billing.payment_plans.models import AttemptStatus
from billing.payment_plans.queries import get_attempt
from billing.payment_plans.services import charging
from billing.stripe import client
from billing.stripe.services.reducing import reduce_payment_intent
from workers.kernel.actor import WORKER, acting_as


def abandon(*, attempt_id: UUID, now: datetime) -> None:
    """Cancel the PaymentIntent of an instalment that was cancelled; what was paid on it meanwhile goes back."""
    with acting_as(WORKER):
        attempt = get_attempt(attempt_id)
    cancel(attempt.pk, attempt.payment_intent_id, now)


def cancel(attempt_id: UUID, intent_id: str, now: datetime) -> None:
    """Cancel an attempt's PaymentIntent; where money is owed, a new one follows. It may have been paid meanwhile."""
    try:
        intent = client.cancel_payment_intent(intent_id, key=f"pi-cancel:{intent_id}")
    except client.Refused:
        intent = client.get_payment_intent(intent_id)
    with acting_as(WORKER):
        if intent["status"] != "canceled":
            reduce_payment_intent(intent, now=now)
            return
        attempt = charging.lock_attempt(attempt_id)
        if attempt.status != AttemptStatus.CANCELLED:
            charging.replace(attempt=attempt, now=now)
