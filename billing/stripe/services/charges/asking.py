"""Asking Stripe for the money of attempts: what is written down is sent, what is answered is stored and reduced."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from billing.payment_plans.models import AttemptStatus, ChargeAttempt
from billing.payment_plans.rules import Outcome, OutcomeKind
from billing.payment_plans.services import charging, settling
from billing.stripe import client
from billing.stripe.client import Asked, Json
from billing.stripe.services.charges import batches, resolving
from billing.stripe.services.charges.batches import Batch
from billing.stripe.services.reducing import reduce_paid, reduce_payment_intent
from workers.kernel.actor import WORKER, acting_as

log = logging.getLogger(__name__)

# An attempt opened so long after its date looks first whether Stripe knows its PaymentIntent already: the database may
# be a backup that was restored, and idempotency keys are forgotten after 24 hours.
LATE = timedelta(hours=1)


def create(attempts: Sequence[ChargeAttempt], batch: Batch) -> None:
    """Create the PaymentIntents of attempts and store them; those are ready to be confirmed."""
    recorded = batches.record_creation(attempts, batch)
    new = [each for each in recorded if not (_is_late(each) and _is_found(each, batch))]
    told = client.create_payment_intents([Asked(params=each.create_params, key=each.create_key) for each in new])
    made: dict[ChargeAttempt, Json] = {}
    for attempt, answer in zip(new, told, strict=True):
        with batch.apart(attempt):
            made[attempt] = _made(attempt, answer, batch)
    batches.store(made, batch)


def _is_late(attempt: ChargeAttempt) -> bool:
    return attempt.created_at > attempt.instalment.due_at + LATE


def _is_found(attempt: ChargeAttempt, batch: Batch) -> bool:
    """Whether Stripe knows the PaymentIntent already, or nobody can say: then nothing is created."""
    with batch.apart(attempt):
        found = resolving.find(attempt)
        if found is not None:
            resolving.use_found(attempt, found, batch)
        return found is not None
    return True


def _made(attempt: ChargeAttempt, answer: client.Told, batch: Batch) -> Json:
    if isinstance(answer, client.StripeFailure):
        batches.note_failure(attempt, answer, AttemptStatus.SCHEDULED, batch.now)
        raise answer
    return answer


def confirm(attempts: Sequence[ChargeAttempt], batch: Batch) -> None:
    """Confirm PaymentIntents off-session and reduce what is answered."""
    stored = [each for each in attempts if each.status == AttemptStatus.CONFIRMING]
    others = [each for each in attempts if each.status != AttemptStatus.CONFIRMING]
    mine = stored + batches.record_confirmation(others, batch)
    asked = [Asked(params=each.confirm_params, key=each.confirm_key, intent_id=each.payment_intent_id) for each in mine]
    told: dict[ChargeAttempt, Json] = {}
    for attempt, answer in zip(mine, client.confirm_payment_intents(asked), strict=True):
        if isinstance(answer, client.StripeFailure):
            with batch.apart(attempt):
                _take_failure(attempt, answer, batch)
        else:
            told[attempt] = answer
    _reduce(told, batch)


def _reduce(told: dict[ChargeAttempt, Json], batch: Batch) -> None:
    """What was paid together, the rest one by one, and each for itself."""
    answers = {attempt.pk: intent for attempt, intent in told.items()}
    done = reduce_paid(answers, now=batch.now, traces=batch.traces) if len(told) > 1 else ()
    for attempt, intent in told.items():
        if attempt.pk not in done:
            with batch.apart(attempt):
                _reduce_one(attempt, intent, batch)


def _reduce_one(attempt: ChargeAttempt, intent: Json, batch: Batch) -> None:
    with acting_as(WORKER):
        is_known = reduce_payment_intent(intent, now=batch.now, answer_to=attempt.pk)
    if not is_known:
        log.error("payment intent %s answered with the state %s", intent["id"], intent["status"])
        batches.lose_track(attempt, batch.now)


def _take_failure(attempt: ChargeAttempt, failure: client.StripeFailure, batch: Batch) -> None:
    """A decline and a wrong state show the PaymentIntent; else the card may be gone; else it is our defect."""
    if not isinstance(failure, client.Refused) or isinstance(failure, client.KeyReused):
        batches.note_failure(attempt, failure, AttemptStatus.READY, batch.now)
        raise failure
    if failure.payment_intent is not None:
        with acting_as(WORKER):
            reduce_payment_intent(failure.payment_intent, now=batch.now, answer_to=attempt.pk)
        return
    method = attempt.payment_method
    if client.is_attached(method.stripe_id, customer_id=method.customer_id):
        batches.move(attempt, (AttemptStatus.CONFIRMING,), AttemptStatus.READY)
        raise failure
    gone = Outcome(kind=OutcomeKind.DECLINED, code="payment_method_unusable")
    with acting_as(WORKER):
        settling.settle(attempt=charging.lock_attempt(attempt.pk), outcome=gone, is_answer=True, now=batch.now)
