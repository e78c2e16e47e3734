"""Stripe's word in any order: what is over stays over, and money received always counts."""

from datetime import datetime
from itertools import permutations

import pytest

from billing.payment_plans.models import ChargeAttempt, Instalment, PaymentPlan
from billing.payment_plans.rules import Outcome, OutcomeKind
from billing.payment_plans.services import charging, settling
from tests.factories.payments import agree, card_of, paying_member
from workers.kernel import bells
from workers.kernel.actor import WORKER, acting_as

PAID = Outcome(kind=OutcomeKind.PAID, charge_id="ch_3")
DECLINED = Outcome(kind=OutcomeKind.DECLINED, charge_id="ch_1", code="generic_decline")
LATE_ACTION = Outcome(kind=OutcomeKind.ACTION_REQUIRED, charge_id="ch_2", code="authentication_required")
PROCESSING = Outcome(kind=OutcomeKind.PROCESSING, charge_id="ch_3")
CANCELED = Outcome(kind=OutcomeKind.CANCELED)
UNTOUCHED = Outcome(kind=OutcomeKind.UNTOUCHED)


@pytest.fixture
def attempt(db: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> ChargeAttempt:
    """The open attempt of a plan of one instalment."""
    monkeypatch.setattr(bells, "_strike", None)
    member = paying_member()
    card_of(member, now)
    agree(member, cents=10_000, now=now)
    with acting_as(WORKER):
        charging.charge_due([charging.Due(instalment_id=Instalment.objects.get().pk, generation=0)], now=now)
        return ChargeAttempt.objects.get()


def settle(attempt: ChargeAttempt, outcome: Outcome, now: datetime, *, is_answer: bool = True) -> tuple[str, str]:
    """Tell the attempt an outcome and return what attempt and instalment are then."""
    with acting_as(WORKER):
        locked = charging.lock_attempt(attempt.pk)
        settling.settle(attempt=locked, outcome=outcome, is_answer=is_answer, now=now)
        locked = charging.lock_attempt(attempt.pk)
        return locked.status, locked.instalment.status


@pytest.mark.parametrize("order", list(permutations([PAID, DECLINED, PROCESSING, CANCELED])))
def test_money_received_counts_in_every_order(
    attempt: ChargeAttempt, now: datetime, order: tuple[Outcome, ...]
) -> None:
    for outcome in order:
        settle(attempt, outcome, now)
    with acting_as(WORKER):
        assert Instalment.objects.get().status == "paid"
        assert PaymentPlan.objects.get().status == "completed"


@pytest.mark.parametrize("late", [LATE_ACTION, PROCESSING, CANCELED, UNTOUCHED])
@pytest.mark.parametrize("first", [DECLINED, PAID])
def test_what_is_over_is_not_opened_again_by_a_late_word(
    attempt: ChargeAttempt, now: datetime, first: Outcome, late: Outcome
) -> None:
    before = settle(attempt, first, now)
    assert settle(attempt, late, now) == before
    with acting_as(WORKER):
        assert Instalment.objects.get().failures == (1 if first is DECLINED else 0)


def test_a_failure_is_counted_once(attempt: ChargeAttempt, now: datetime) -> None:
    for _ in range(3):
        assert settle(attempt, DECLINED, now, is_answer=False) == ("retry_wait", "retry_wait")
    with acting_as(WORKER):
        assert Instalment.objects.get().failures == 1


def test_a_late_word_on_the_first_failure_says_nothing_about_the_second_try(
    attempt: ChargeAttempt, now: datetime
) -> None:
    settle(attempt, DECLINED, now)
    with acting_as(WORKER):
        instalment = Instalment.objects.get()
        charging.charge_due([charging.Due(instalment_id=instalment.pk, generation=instalment.generation)], now=now)
        second = ChargeAttempt.objects.get(number=2)
        told = settling.settle(attempt=charging.lock_attempt(second.pk), outcome=DECLINED, is_answer=False, now=now)
    assert told is False
    assert settle(second, UNTOUCHED, now) == ("scheduled", "charging")
    assert settle(second, DECLINED, now, is_answer=True) == ("retry_wait", "retry_wait")
