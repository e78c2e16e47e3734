"""What became of requests whose answer was lost: Stripe is asked before anything is sent again."""

from datetime import timedelta

from django.conf import settings

from billing.payment_plans.models import AttemptStatus, ChargeAttempt
from billing.payment_plans.services import charging
from billing.stripe import client
from billing.stripe.client import Json
from billing.stripe.rules import is_of
from billing.stripe.services.abandoning import cancel
from billing.stripe.services.charges import batches, parameters
from billing.stripe.services.charges.batches import KEY_SPENT, Batch, StillInFlight
from billing.stripe.services.reducing import reduce_payment_intent
from workers.kernel.actor import WORKER, acting_as

# After the time-out a request of another worker may still be under way for so long; only then is it anybody else's.
AFTER_TIMEOUT = timedelta(seconds=10)
_ASKED = (AttemptStatus.CREATING, AttemptStatus.CONFIRMING)


def may_go_on(attempt: ChargeAttempt, batch: Batch) -> bool:
    """Whether an attempt has never been asked for, or Stripe proved that asking again cannot charge it twice."""
    if attempt.status not in (*_ASKED, AttemptStatus.UNKNOWN):
        return True
    with batch.apart(attempt):
        _check_not_in_flight(attempt, batch)
        return _resolve(attempt, batch)
    return False


def _check_not_in_flight(attempt: ChargeAttempt, batch: Batch) -> None:
    sent_at = attempt.sent_at or batch.now
    in_flight = timedelta(seconds=settings.STRIPE_TIMEOUT_SECONDS) + AFTER_TIMEOUT
    if attempt.status in _ASKED and batch.now < sent_at + in_flight:
        raise StillInFlight(f"attempt {attempt.pk} was sent at {sent_at}")


def _resolve(attempt: ChargeAttempt, batch: Batch) -> bool:
    """Find out what became of the last request. True: this attempt may go on; else it is settled or replaced."""
    if not attempt.payment_intent_id:
        if (found := find(attempt)) is not None:
            return use_found(attempt, found, batch)
        if attempt.code == KEY_SPENT:
            _replace(attempt, batch)
            return False
        batches.move(attempt, (AttemptStatus.CREATING, AttemptStatus.UNKNOWN), AttemptStatus.SCHEDULED)
        return True
    intent = client.get_payment_intent(attempt.payment_intent_id)
    with acting_as(WORKER):
        if not reduce_payment_intent(intent, now=batch.now):
            _replace_unexecuted(attempt, batch)
    return False


def _replace(attempt: ChargeAttempt, batch: Batch) -> None:
    """Stripe's list proved that there is no PaymentIntent of this generation: the next one has a key of its own."""
    with acting_as(WORKER):
        current = charging.lock_attempt(attempt.pk)
        if current.status == attempt.status and not current.payment_intent_id:
            charging.replace(attempt=current, now=batch.now)


def _replace_unexecuted(attempt: ChargeAttempt, batch: Batch) -> None:
    """The GET proved that the confirmation was not executed. A new key: the old one may replay a stored 500."""
    current = charging.lock_attempt(attempt.pk)
    if current.status == attempt.status:
        charging.renew(attempt=current, now=batch.now)


def find(attempt: ChargeAttempt) -> Json | None:
    """Look for the PaymentIntent of a create whose answer was lost, by our metadata among the Customer's."""
    listed = client.list_payment_intents(customer_id=attempt.payment_method.customer_id)
    return next((intent for intent in listed if is_of(intent, parameters.identity(attempt))), None)


def use_found(attempt: ChargeAttempt, found: Json, batch: Batch) -> bool:
    """Go on with a PaymentIntent that was there already; one over another amount is canceled and replaced."""
    if found["amount"] == attempt.amount_cents:
        return bool(batches.store({attempt: found}, batch))
    with acting_as(WORKER):
        ChargeAttempt.objects.filter(pk=attempt.pk, payment_intent_id="").update(payment_intent_id=found["id"])
    cancel(attempt.pk, found["id"], batch.now)
    return False
