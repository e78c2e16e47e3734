"""Instalments that are charged together: each exactly once, whatever befalls one of them, or the worker of all."""

import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from billing.events import InstalmentChanged
from billing.payment_plans.models import ChargeAttempt
from billing.stripe import client
from billing.stripe.client import together
from billing.stripe.services import charges
from billing.stripe.services.charges import asking, batches
from tests.billing.stripe.world import World
from tests.dying import kill_at
from tests.factories.payments import paying_member
from tests.racing import at_once
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.network import InsideTransaction
from workers.outbox.models import EventRecord

CENTS = (7_000, 8_000, 9_000)


@pytest.fixture
def card(world: World) -> World:
    """A member with a good card."""
    world.store_card()
    return world


def owe(world: World, *cents: int) -> None:
    """Have as many plans agreed to, each due now."""
    for amount in cents:
        world.agree(amount)


def opened(world: World, number: int) -> dict[Any, str]:
    """Open attempts that nobody has charged yet, with the trace of each."""
    owe(world, *[5_000] * number)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charges, "charge_all", lambda *, traces, now: dict.fromkeys(traces, charges.StillInFlight("no")))
        world.work()
    attempts = world.read(lambda: list(ChargeAttempt.objects.filter(status="scheduled")))
    return {attempt.pk: attempt.pk.hex for attempt in attempts}


def assert_charged_once_each(world: World, *cents: int) -> None:
    """By Stripe's log, whose order is of no account, and by the ledger."""
    assert sorted(world.charged()) == sorted(cents)
    assert world.ledger() == sum(cents)
    assert world.open_jobs() == 0


@pytest.mark.parametrize("step", ["create", "confirm"])
@pytest.mark.parametrize(
    ("kind", "stage"),
    [("error", "before"), ("error", "after"), ("drop", "before"), ("drop", "after"), ("rate_limit", "before")],
)
def test_what_befalls_one_stops_no_other(card: World, kind: str, stage: str, step: str) -> None:
    card.deafen()
    card.fault(kind, stage, step, skip=1)
    owe(card, *CENTS)
    card.work()
    assert card.instalments().count("paid") == 2
    card.recover()
    assert_charged_once_each(card, *CENTS)


@pytest.mark.parametrize(
    ("module", "name", "after"),
    [
        (batches, "_record", True),  # written down, not sent
        (batches, "store", False),  # created, not stored
        (batches, "store", True),  # stored, not confirmed
        (asking, "_reduce", False),  # confirmed, not recorded
        (asking, "_reduce", True),  # recorded, the jobs not ended
    ],
)
def test_a_worker_killed_with_a_batch_in_hand_charges_nobody_twice(
    card: World, module: ModuleType, name: str, after: bool
) -> None:
    card.deafen()
    owe(card, *CENTS)
    kill_at(card.work, module, name, after=after)
    card.advance(hours=1)
    card.recover()
    assert_charged_once_each(card, *CENTS)


def test_two_workers_with_the_same_batch_charge_each_once(card: World) -> None:
    traces = opened(card, 4)
    refused: list[Exception] = []

    def work() -> None:
        refused.extend(charges.charge_all(traces=traces, now=clock.now()).values())

    at_once(work, work)
    assert {type(error) for error in refused} <= {charges.StillInFlight, client.Busy}
    card.recover()
    assert_charged_once_each(card, *[5_000] * 4)


def test_one_is_declined_and_the_others_are_paid(card: World) -> None:
    poor = World(card.bench, card.inbox, paying_member(), passed_on=card.passed_on)
    poor.store_card("pm_card_chargeCustomerFail")
    card.passed_on = poor.passed_on
    owe(card, 7_000, 8_000)
    owe(poor, 9_000)
    card.work()
    assert sorted(card.charged()) == [7_000, 8_000]
    assert card.failed_charges() == 1
    assert sorted(card.instalments()) == ["paid", "paid", "retry_wait"]


def test_more_of_them_take_no_statement_more_and_each_stays_on_its_walk(card: World, settings: Any) -> None:
    settings.STRIPE_RATE_PER_S = 0  # with a rate each request asks for its moment

    def statements(number: int) -> int:
        traces = opened(card, number)
        with CaptureQueriesContext(connection) as asked:
            assert charges.charge_all(traces=traces, now=clock.now()) == {}
        told = EventRecord.objects.filter(type=InstalmentChanged.wire_name, data__status="paid")
        walks = set(card.read(lambda: list(told.values_list("trace", flat=True))))
        assert set(traces.values()) <= walks
        return len(asked)

    assert statements(5) == statements(2)


def test_notices_of_charges_whose_answers_were_lost_settle_them_together(card: World) -> None:
    card.fault("drop", "after", "confirm", count=3)
    owe(card, *CENTS)
    card.work()
    assert card.instalments() == ["charging"] * 3
    card.pass_on()
    card.work()
    assert card.instalments() == ["paid"] * 3
    card.recover()
    assert_charged_once_each(card, *CENTS)


def test_stripe_is_asked_about_nothing_inside_a_transaction(card: World) -> None:
    def twice() -> list[client.Told]:
        return client.get_payment_intents(["pi_1", "pi_2"])

    with acting_as(WORKER), pytest.raises(InsideTransaction):
        twice()
    with transaction.atomic(), pytest.raises(InsideTransaction):
        twice()
    assert {type(told) for told in twice()} == {client.Refused}


def test_what_finds_no_place_in_time_is_given_back_unsent(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.STRIPE_RATE_PER_S = 0
    monkeypatch.setattr(together, "LONGEST_WAIT", 0.05)
    places, sent, release = together.AT_ONCE, list[int](), threading.Event()

    class Answer:
        def to_dict(self) -> dict[str, Any]:
            return {}

    def hang(number: int) -> Callable[[], Answer]:
        def ask() -> Answer:
            sent.append(number)
            release.wait(5)
            return Answer()

        return ask

    timer = threading.Timer(0.2, release.set)
    timer.start()
    told = together.answers([hang(number) for number in range(places + 2)])
    timer.join()
    assert [type(one) for one in told] == [dict] * places + [client.Busy] * 2
    assert sorted(sent) == list(range(places))
