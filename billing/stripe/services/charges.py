"""Charging: record → create unconfirmed → store the id → confirm → reduce. No transaction is open while Stripe acts.

A PaymentIntent succeeds at most once, so whatever is lost, repeated or replayed, an instalment is charged once.
After a lost answer nothing is sent again before Stripe was asked (`_resolve`).
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from billing.payment_plans.models import CLOSED, AttemptStatus, ChargeAttempt
from billing.payment_plans.queries import get_attempt
from billing.payment_plans.rules import MethodKind, Outcome, OutcomeKind
from billing.payment_plans.services import charging, settling
from billing.stripe import client
from billing.stripe.client import Json
from billing.stripe.rules import is_of, metadata
from billing.stripe.services.abandoning import cancel
from billing.stripe.services.reducing import reduce_payment_intent
from billing.stripe.services.setups import environment
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.money import CURRENCY

log = logging.getLogger(__name__)

# After the time-out a request of another worker may still be under way for so long; only then is it anybody else's.
AFTER_TIMEOUT = timedelta(seconds=10)
# An attempt opened so long after its date looks first whether Stripe knows its PaymentIntent already: the database may
# be a backup that was restored, and idempotency keys are forgotten after 24 hours.
LATE = timedelta(hours=1)
KEY_SPENT = "key_spent"  # Stripe would answer our key with a stored error, or took it for other parameters
DESCRIPTION, STATEMENT_SUFFIX = "Benefit instalment", "BENEFIT"

_ASKED = (AttemptStatus.CREATING, AttemptStatus.CONFIRMING)
_WAITING = (AttemptStatus.PROCESSING, AttemptStatus.ACTION_REQUIRED)


class StillInFlight(Exception):
    """Another worker has asked Stripe and may still get its answer: the job comes back later."""


def charge(*, attempt_id: UUID, now: datetime) -> None:
    """Carry an attempt as far as it goes. May be called again and by several at once.

    Raises StillInFlight, and client.StripeFailure for what is to be tried again.
    """
    with acting_as(WORKER):
        attempt = get_attempt(attempt_id)
    if attempt.status in CLOSED or attempt.status in _WAITING:
        return
    if attempt.status in _ASKED or attempt.status == AttemptStatus.UNKNOWN:
        _check_not_in_flight(attempt, now)
        if not _resolve(attempt, now):
            return
    if not attempt.payment_intent_id:
        _create(attempt, now)
    if attempt.payment_intent_id:
        _confirm(attempt, now)


def _check_not_in_flight(attempt: ChargeAttempt, now: datetime) -> None:
    sent_at = attempt.sent_at or now
    in_flight = timedelta(seconds=settings.STRIPE_TIMEOUT_SECONDS) + AFTER_TIMEOUT
    if attempt.status in _ASKED and now < sent_at + in_flight:
        raise StillInFlight(f"attempt {attempt.pk} was sent at {sent_at}")


def sweep(*, attempt_id: UUID, number: int, now: datetime) -> None:
    """Ask Stripe about an attempt that still waits, and set the timer of the next question."""
    with acting_as(WORKER):
        attempt = charging.lock_attempt(attempt_id)
        if attempt.status in CLOSED or attempt.sweep != number:
            return
        charging.watch(attempt, now)
    if attempt.status in _WAITING:
        refresh(payment_intent_id=attempt.payment_intent_id, now=now)
    else:
        charge(attempt_id=attempt_id, now=now)


def refresh(*, payment_intent_id: str, now: datetime) -> None:
    """Fetch a PaymentIntent as it is now and reduce it."""
    intent = client.get_payment_intent(payment_intent_id)
    with acting_as(WORKER):
        reduce_payment_intent(intent, now=now)


def _resolve(attempt: ChargeAttempt, now: datetime) -> bool:
    """Find out what became of the last request. True: this attempt may go on; else it is settled or replaced."""
    if not attempt.payment_intent_id:
        if (found := _find(attempt)) is not None:
            return _use_found(attempt, found, now)
        if attempt.code == KEY_SPENT:
            _replace(attempt, now)
            return False
        _move(attempt, (AttemptStatus.CREATING, AttemptStatus.UNKNOWN), AttemptStatus.SCHEDULED)
        return True
    intent = client.get_payment_intent(attempt.payment_intent_id)
    with acting_as(WORKER):
        if not reduce_payment_intent(intent, now=now):
            _replace_unexecuted(attempt, now)
    return False


def _replace(attempt: ChargeAttempt, now: datetime) -> None:
    """Stripe's list proved that there is no PaymentIntent of this generation: the next one has a key of its own."""
    with acting_as(WORKER):
        current = charging.lock_attempt(attempt.pk)
        if current.status == attempt.status and not current.payment_intent_id:
            charging.replace(attempt=current, now=now)


def _replace_unexecuted(attempt: ChargeAttempt, now: datetime) -> None:
    """The GET proved that the confirmation was not executed. A new key: the old one may replay a stored 500."""
    current = charging.lock_attempt(attempt.pk)
    if current.status == attempt.status:
        charging.renew(attempt=current, now=now)


def _find(attempt: ChargeAttempt) -> Json | None:
    """Look for the PaymentIntent of a create whose answer was lost, by our metadata among the Customer's."""
    listed = client.list_payment_intents(customer_id=attempt.payment_method.customer_id)
    return next((intent for intent in listed if is_of(intent, _metadata(attempt))), None)


def _use_found(attempt: ChargeAttempt, found: Json, now: datetime) -> bool:
    """Go on with a PaymentIntent that was there already; one over another amount is canceled and replaced."""
    if found["amount"] == attempt.amount_cents:
        _store_intent(attempt, found, now)
        return True
    with acting_as(WORKER):
        ChargeAttempt.objects.filter(pk=attempt.pk, payment_intent_id="").update(payment_intent_id=found["id"])
    cancel(attempt.pk, found["id"], now)
    return False


def _metadata(attempt: ChargeAttempt) -> dict[str, str]:
    return metadata(env=environment(), obj="instalment", obj_uuid=attempt.instalment_id, generation=attempt.generation)


def _create(attempt: ChargeAttempt, now: datetime) -> None:
    params = {
        "amount": attempt.amount_cents,
        "currency": CURRENCY,
        "customer": attempt.payment_method.customer_id,
        "allowed_payment_method_types": [kind.value for kind in MethodKind],
        "description": DESCRIPTION,
        "statement_descriptor_suffix": STATEMENT_SUFFIX,
        "metadata": _metadata(attempt),
    }
    _record(attempt, AttemptStatus.SCHEDULED, AttemptStatus.CREATING, now, create_params=params)
    is_late = attempt.created_at > attempt.instalment.due_at + LATE
    if is_late and (found := _find(attempt)) is not None:
        _use_found(attempt, found, now)
        return
    try:
        intent = client.create_payment_intent(params=params, key=attempt.create_key)
    except (client.OutcomeUnknown, client.KeyReused) as error:
        _lose_track(attempt, now, error)
        raise
    except client.StripeFailure:
        _move(attempt, (AttemptStatus.CREATING,), AttemptStatus.SCHEDULED)
        raise
    _store_intent(attempt, intent, now)


def _confirm(attempt: ChargeAttempt, now: datetime) -> None:
    params = _confirmation(attempt)
    if attempt.status != AttemptStatus.CONFIRMING:
        _record(attempt, AttemptStatus(attempt.status), AttemptStatus.CONFIRMING, now, confirm_params=params)
    try:
        intent = client.confirm_payment_intent(attempt.payment_intent_id, params=params, key=attempt.confirm_key)
    except (client.OutcomeUnknown, client.KeyReused) as error:
        _lose_track(attempt, now, error)
        raise
    except client.Refused as error:
        _take_refusal(attempt, error, now)
        return
    except client.StripeFailure:
        _move(attempt, (AttemptStatus.CONFIRMING,), AttemptStatus.READY)
        raise
    with acting_as(WORKER):
        is_known = reduce_payment_intent(intent, now=now, answer_to=attempt.pk)
    if not is_known:
        log.error("payment intent %s answered with the state %s", intent["id"], intent["status"])
        _lose_track(attempt, now)


def _take_refusal(attempt: ChargeAttempt, error: client.Refused, now: datetime) -> None:
    """A decline and a wrong state show the PaymentIntent; else the card may be gone; else it is our defect."""
    if error.payment_intent is not None:
        with acting_as(WORKER):
            reduce_payment_intent(error.payment_intent, now=now, answer_to=attempt.pk)
        return
    method = attempt.payment_method
    if client.is_attached(method.stripe_id, customer_id=method.customer_id):
        _move(attempt, (AttemptStatus.CONFIRMING,), AttemptStatus.READY)
        raise error
    gone = Outcome(kind=OutcomeKind.DECLINED, code="payment_method_unusable")
    with acting_as(WORKER):
        settling.settle(attempt=charging.lock_attempt(attempt.pk), outcome=gone, is_answer=True, now=now)


def _store_intent(attempt: ChargeAttempt, intent: Json, now: datetime) -> None:
    """Store the PaymentIntent, and write down that it is about to be confirmed, in one transaction.

    Another one for the same instalment is never confirmed. Raises StillInFlight when another worker was first.
    """
    attempt.client_secret = intent["client_secret"]
    free = ChargeAttempt.objects.filter(pk=attempt.pk, payment_intent_id="").exclude(status__in=CLOSED)
    with acting_as(WORKER):
        is_first = free.update(
            payment_intent_id=intent["id"],
            client_secret=ChargeAttempt._meta.get_field("client_secret").pre_save(attempt, False),
            status=AttemptStatus.CONFIRMING,
            sent_at=now,
            confirm_params=_confirmation(attempt),
        )
    if not is_first:
        raise StillInFlight(f"attempt {attempt.pk} has another PaymentIntent or is over")
    attempt.payment_intent_id, attempt.status = intent["id"], AttemptStatus.CONFIRMING


def _confirmation(attempt: ChargeAttempt) -> Json:
    return {"payment_method": attempt.payment_method.stripe_id, "off_session": True}


def _record(attempt: ChargeAttempt, before: AttemptStatus, after: AttemptStatus, now: datetime, **params: Json) -> None:
    """Write down what is about to be sent. Raises StillInFlight when another worker did so first."""
    with acting_as(WORKER):
        mine = ChargeAttempt.objects.filter(pk=attempt.pk, status=before)
        if not mine.update(status=after, sent_at=now, **params):
            raise StillInFlight(f"attempt {attempt.pk} is no longer {before}")
    attempt.status = after


def _move(attempt: ChargeAttempt, before: tuple[AttemptStatus, ...], after: AttemptStatus) -> None:
    with acting_as(WORKER):
        ChargeAttempt.objects.filter(pk=attempt.pk, status__in=before).update(status=after)
    attempt.status = after


def _lose_track(attempt: ChargeAttempt, now: datetime, error: client.StripeFailure | None = None) -> None:
    is_spent = isinstance(error, client.KeyReused) or (isinstance(error, client.OutcomeUnknown) and error.is_stored)
    with acting_as(WORKER):
        current = charging.lock_attempt(attempt.pk)
        if current.status == attempt.status:
            charging.lose_track(attempt=current, code=KEY_SPENT if is_spent else "", now=now)
