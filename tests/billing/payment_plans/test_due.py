"""Instalments that fall due together: each by its own rule, in its own walk, with as many statements as a few."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.events import ChargeRequested
from billing.payment_plans.models import ChargeAttempt, Instalment, PaymentPlan
from billing.payment_plans.services import charging
from tests.factories.payments import agree, card_of, paying_member
from workers.kernel import bells
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.outbox.models import EventRecord


def plan_of_new_member(now: datetime, *, has_card: bool = True) -> Instalment:
    """The only instalment of somebody's plan."""
    member = paying_member()
    if has_card:
        card_of(member, now)
    plan = agree(member, cents=10_000, now=now)
    with acting_as(WORKER):
        PaymentPlan.objects.filter(pk=plan.pk).update(status="active")
        return Instalment.objects.get(plan=plan)


@pytest.fixture(autouse=True)
def silent(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No broker is rung."""
    monkeypatch.setattr(bells, "_strike", None)


def fall_due(instalments: Sequence[Instalment], now: datetime, *, generations: tuple[int, ...] = (0,)) -> list[str]:
    """Tell that they are due, and return what becomes of each; `generations` are told of in this order."""
    due = [
        charging.Due(instalment_id=each.pk, generation=generation, trace=each.pk.hex)
        for each in instalments
        for generation in generations
    ]
    with acting_as(WORKER):
        charging.charge_due(due, now=now)
        return [Instalment.objects.get(pk=each.pk).status for each in instalments]


def test_each_by_its_own_rule(now: datetime) -> None:
    good, without_card, asked, paused, moved = (plan_of_new_member(now, has_card=number != 1) for number in range(5))
    with acting_as(WORKER):
        PaymentPlan.objects.filter(pk=asked.plan_id).update(autopay=False)
        PaymentPlan.objects.filter(pk=paused.plan_id).update(paused_until=now + timedelta(days=1))
        Instalment.objects.filter(pk=moved.pk).update(generation=3)
    became = fall_due([good, without_card, asked, paused, moved], now)
    assert became == ["charging", "needs_method", "due", "scheduled", "scheduled"]
    with acting_as(WORKER):
        assert ChargeAttempt.objects.values_list("instalment_id", "generation", "number").get() == (good.pk, 1, 1)


@pytest.mark.parametrize("generations", [(0, 1), (1, 0), (0, 0)])
def test_a_former_timer_in_the_same_batch_changes_nothing(now: datetime, generations: tuple[int, ...]) -> None:
    assert fall_due([plan_of_new_member(now)], now, generations=generations) == ["charging"]
    with acting_as(WORKER):
        assert ChargeAttempt.objects.count() == 1


def test_each_goes_on_in_the_walk_of_its_own_timer(now: datetime) -> None:
    instalments = [plan_of_new_member(now) for _ in range(2)]
    fall_due(instalments, now)
    with acting_as(WORKER):
        told = EventRecord.objects.filter(type=ChargeRequested.wire_name).values_list("trace", flat=True)
        assert set(told) == {each.pk.hex for each in instalments}


def test_more_of_them_take_no_statement_more(now: datetime) -> None:
    def statements(number: int) -> int:
        instalments = [plan_of_new_member(now) for _ in range(number)]
        with acting_as(WORKER), CaptureQueriesContext(connection) as asked:
            charging.charge_due([charging.Due(instalment_id=each.pk, generation=0) for each in instalments], now=now)
        return len(asked)

    assert statements(6) == statements(3)


def test_an_unknown_instalment_is_nobodys(now: datetime) -> None:
    with acting_as(WORKER):
        charging.charge_due([charging.Due(instalment_id=new_id(), generation=0)], now=now)
        assert not ChargeAttempt.objects.exists()
