"""The one reduction of a PaymentIntent: API answers, webhooks and sweeps all end here. The caller acts as a worker."""

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.ledger.rules import Account, credit, debit
from billing.ledger.services import post
from billing.payment_plans.models import ChargeAttempt
from billing.payment_plans.rules import OutcomeKind
from billing.payment_plans.services import charging
from billing.stripe.client import Json
from billing.stripe.rules import fee_of, is_of, outcome_of
from billing.stripe.services.setups import environment

log = logging.getLogger(__name__)


class NotYetHere(Exception):
    """A PaymentIntent of ours whose row is not committed yet: the job comes back later."""


def reduce_payment_intent(intent: Json, *, now: datetime, answer_to: UUID | None = None) -> bool:
    """Bring attempt, instalment, plan and ledger to what a PaymentIntent says, each effect once.

    `answer_to` is the attempt whose own confirmation was answered with `intent`. False when it says nothing about
    the attempt that it belongs to: that one's confirmation was not executed. Raises NotYetHere.
    """
    attempt_id = answer_to or _find_attempt(intent)
    if attempt_id is None:
        return True
    outcome = outcome_of(intent)
    with transaction.atomic():
        attempt = charging.lock_attempt(attempt_id)
        if outcome.kind == OutcomeKind.PAID:
            _post_payment(intent, attempt, now)
        return charging.settle(attempt=attempt, outcome=outcome, is_answer=answer_to is not None, now=now)


def _find_attempt(intent: Json) -> UUID | None:
    """Return the latest attempt of a PaymentIntent; None for a foreign one. Raises NotYetHere for ours unknown here."""
    mine = ChargeAttempt.objects.filter(payment_intent_id=intent["id"]).order_by("number")
    if attempt_id := mine.values_list("pk", flat=True).last():
        return attempt_id
    carried = intent.get("metadata") or {}
    if not is_of(intent, {"env": environment(), "obj": "instalment"}):
        log.info("payment intent %s is not ours: ignored", intent["id"])
        return None
    if outcome_of(intent).kind == OutcomeKind.UNTOUCHED:
        return None
    raise NotYetHere(f"payment intent {intent['id']} of instalment {carried.get('obj_uuid')} has no attempt here")


def _post_payment(intent: Json, attempt: ChargeAttempt, now: datetime) -> None:
    """Post the money and, once Stripe shows it, the fee; both under keys of Stripe's ids."""
    cents = intent["amount_received"]
    if cents != attempt.amount_cents:
        log.error("payment intent %s received %s cents, not %s", intent["id"], cents, attempt.amount_cents)
    member = attempt.member_id
    post(
        business_key=f"pi:{intent['id']}:succeeded",
        kind="payment",
        legs=[
            debit(Account.STRIPE_BALANCE, cents, member_id=member),
            credit(Account.RECEIVABLE_EMPLOYEE, cents, member_id=member),
        ],
        at=now,
    )
    fee = fee_of(intent)
    if fee is None or attempt.fee_cents is not None:
        return
    if fee.cents:
        post(
            business_key=f"bt:{fee.balance_transaction_id}:fee",
            kind="fee",
            legs=[debit(Account.STRIPE_FEES, fee.cents), credit(Account.STRIPE_BALANCE, fee.cents)],
            at=now,
        )
    attempt.fee_cents = fee.cents
    attempt.save(update_fields=["fee_cents"])
