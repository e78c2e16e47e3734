"""The one reduction of a PaymentIntent: API answers, webhooks and sweeps all end here. The caller acts as a worker."""

import logging
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.payment_plans.models import ChargeAttempt
from billing.payment_plans.rules import OutcomeKind
from billing.payment_plans.services import booking, charging, settling
from billing.stripe.client import Json
from billing.stripe.rules import fee_of, is_of, outcome_of
from billing.stripe.services.setups import environment
from billing.work_items.services import open_item
from workers.kernel.money import CURRENCY

log = logging.getLogger(__name__)


class NotYetHere(Exception):
    """A PaymentIntent of ours whose row is not committed yet: the job comes back later."""


def reduce_payment_intent(intent: Json, *, now: datetime, answer_to: UUID | None = None) -> bool:
    """Bring attempt, instalment, plan and ledger to what a PaymentIntent says, each effect once.

    `answer_to` is the attempt whose own confirmation was answered with `intent`. False when it says nothing about
    the attempt that it belongs to: that one's confirmation was not executed. Raises NotYetHere.
    """
    if intent["currency"] != CURRENCY:
        _report_currency(intent, now)
        return True
    attempt_id = answer_to or _find_attempt(intent)
    if attempt_id is None:
        return True
    outcome = outcome_of(intent)
    with transaction.atomic():
        attempt = charging.lock_attempt(attempt_id)
        is_about_it = settling.settle(attempt=attempt, outcome=outcome, is_answer=answer_to is not None, now=now)
        if outcome.kind == OutcomeKind.PAID:
            _book(intent, attempt, now)
        return is_about_it


def _report_currency(intent: Json, now: datetime) -> None:
    """We ask for one currency only: somebody made this at Stripe by hand. Its cents are none of ours."""
    if is_ours(intent) and outcome_of(intent).kind == OutcomeKind.PAID:
        log.error("payment intent %s is in %s", intent["id"], intent["currency"])
        key, cents = f"other-currency:{intent['id']}", intent["amount_received"]
        about = {"reference": intent["id"], "amount_cents": cents, "currency": intent["currency"]}
        open_item(kind="other_currency", key=key, now=now, **about)


def is_ours(intent: Json) -> bool:
    """Whether a PaymentIntent carries our metadata: an instalment of this environment."""
    return is_of(intent, {"env": environment(), "obj": "instalment"})


def _find_attempt(intent: Json) -> UUID | None:
    """Return the latest attempt of a PaymentIntent; None for a foreign one. Raises NotYetHere for ours unknown here."""
    mine = ChargeAttempt.objects.filter(payment_intent_id=intent["id"]).order_by("number")
    if attempt_id := mine.values_list("pk", flat=True).last():
        return attempt_id
    if not is_ours(intent):
        log.info("payment intent %s is not ours: ignored", intent["id"])
        return None
    if outcome_of(intent).kind in (OutcomeKind.UNTOUCHED, OutcomeKind.CANCELED):
        return None
    carried = intent["metadata"].get("obj_uuid")
    raise NotYetHere(f"payment intent {intent['id']} of instalment {carried} has no attempt here")


def _book(intent: Json, attempt: ChargeAttempt, now: datetime) -> None:
    """Post the money and, once Stripe shows it, the fee; both under keys of Stripe's ids."""
    money = money_of(intent)
    if money.cents != attempt.amount_cents:
        log.error("payment intent %s received %s cents, not %s", intent["id"], money.cents, attempt.amount_cents)
        open_item(
            kind="amount_differs",
            key=f"amount-differs:{intent['id']}",
            subject_id=attempt.pk,
            reference=intent["id"],
            amount_cents=money.cents - attempt.amount_cents,
            now=now,
        )
    if attempt.fee_cents is not None:
        money = replace(money, movement_id="", fee_cents=0)
    booking.book_payment(attempt, money, now=now)
    if money.movement_id:
        ChargeAttempt.objects.filter(pk=attempt.pk).update(fee_cents=money.fee_cents)


def money_of(intent: Json) -> booking.Money:
    """Return what a paid PaymentIntent brought in, with its fee where the answer shows it."""
    money, fee = booking.Money(intent_id=intent["id"], cents=intent["amount_received"]), fee_of(intent)
    return replace(money, movement_id=fee.balance_transaction_id, fee_cents=fee.cents) if fee else money
