"""The one reduction of a PaymentIntent: API answers, webhooks and sweeps all end here. The caller acts as a worker."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.payment_plans.models import AttemptStatus, ChargeAttempt
from billing.payment_plans.rules import OutcomeKind
from billing.payment_plans.services import booking, charging, settling
from billing.stripe.client import Json
from billing.stripe.rules import fee_of, is_of, outcome_of
from billing.stripe.services.setups import environment
from billing.work_items.services import open_item
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.money import CURRENCY
from workers.outbox.publishing import NO_TRACES

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
    if outcome.kind == OutcomeKind.PAID:
        _take_money({attempt_id: intent}, now=now)
        return True
    with transaction.atomic():
        attempt = charging.lock_attempt(attempt_id)
        return settling.settle(attempt=attempt, outcome=outcome, is_answer=answer_to is not None, now=now)


def reduce_paid(intents: Mapping[UUID, Json], *, now: datetime, traces: Mapping[UUID, str]) -> set[UUID]:
    """Reduce what was paid of PaymentIntents, by attempt, with few statements in a transaction of its own.

    Returns the attempts that are done with. All others the caller reduces one by one: what was not paid, and what one
    of them could not be booked with.
    """
    paid = {attempt_id: intent for attempt_id, intent in intents.items() if _is_paid(intent)}
    if not paid:
        return set()
    try:
        with acting_as(WORKER):
            _take_money(paid, now=now, traces=traces)
    except Exception:
        log.info("%s payments are reduced one by one", len(paid), exc_info=True)
        return set()
    return set(paid)


def _is_paid(intent: Json) -> bool:
    return intent["currency"] == CURRENCY and outcome_of(intent).kind == OutcomeKind.PAID


def _take_money(intents: Mapping[UUID, Json], *, now: datetime, traces: Mapping[UUID, str] = NO_TRACES) -> None:
    with transaction.atomic():
        attempts = charging.lock_attempts(intents)
        unbooked = [attempt for attempt in attempts if not _is_booked(attempt)]
        settling.take_money(attempts, now=now, traces=traces)
        _book([(attempt, intents[attempt.pk]) for attempt in unbooked], now)


def _is_booked(attempt: ChargeAttempt) -> bool:
    """Whether its money and fee were posted before: in the transaction that brought it to paid."""
    return attempt.status == AttemptStatus.PAID and attempt.fee_cents is not None


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


def find_attempts(intent_ids: Collection[str]) -> dict[str, UUID]:
    """Return the latest attempt of each PaymentIntent that one here is known to have."""
    mine = ChargeAttempt.objects.filter(payment_intent_id__in=intent_ids).order_by("number")
    return dict(mine.values_list("payment_intent_id", "pk"))


def _find_attempt(intent: Json) -> UUID | None:
    """Return the latest attempt of a PaymentIntent; None for a foreign one. Raises NotYetHere for ours unknown here."""
    if attempt_id := find_attempts([intent["id"]]).get(intent["id"]):
        return attempt_id
    if not is_ours(intent):
        log.info("payment intent %s is not ours: ignored", intent["id"])
        return None
    if outcome_of(intent).kind in (OutcomeKind.UNTOUCHED, OutcomeKind.CANCELED):
        return None
    carried = intent["metadata"].get("obj_uuid")
    raise NotYetHere(f"payment intent {intent['id']} of instalment {carried} has no attempt here")


def _book(paid: Sequence[tuple[ChargeAttempt, Json]], now: datetime) -> None:
    """Post the money and, once Stripe shows it, the fee; both under keys of Stripe's ids."""
    moneys = [(attempt, _told_of(attempt, intent, now)) for attempt, intent in paid]
    booking.book_payments(moneys, now=now)
    fees = [_with_fee(attempt, money) for attempt, money in moneys if money.movement_id]
    ChargeAttempt.objects.bulk_update(fees, ["fee_cents"])


def _told_of(attempt: ChargeAttempt, intent: Json, now: datetime) -> booking.Money:
    """What came in, without a fee that was booked before; another amount than was asked for a person looks at."""
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
    return money if attempt.fee_cents is None else replace(money, movement_id="", fee_cents=0)


def _with_fee(attempt: ChargeAttempt, money: booking.Money) -> ChargeAttempt:
    attempt.fee_cents = money.fee_cents
    return attempt


def money_of(intent: Json) -> booking.Money:
    """Return what a paid PaymentIntent brought in, with its fee where the answer shows it."""
    money, fee = booking.Money(intent_id=intent["id"], cents=intent["amount_received"]), fee_of(intent)
    return replace(money, movement_id=fee.balance_transaction_id, fee_cents=fee.cents) if fee else money
