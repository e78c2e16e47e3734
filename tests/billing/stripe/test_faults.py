"""Lost answers, killed workers and lost notices: charged once, always by the simulator's own log."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import connections

from billing.payment_plans.models import ChargeAttempt
from billing.stripe import client
from billing.stripe.services import charges
from tests.billing.stripe.world import World
from tests.simulators_tests.stripe.bench import wait_until
from workers.kernel import clock


class Killed(BaseException):
    """The worker dies here: nothing after it runs, not even the handling of errors."""


@pytest.fixture
def card(world: World) -> World:
    """A member with a good card."""
    world.store_card()
    return world


@pytest.mark.parametrize("step", ["create", "confirm"])
@pytest.mark.parametrize(
    ("kind", "stage"),
    [
        ("error", "before"),
        ("error", "after"),
        ("drop", "before"),
        ("drop", "after"),
        ("conflict", "before"),
        ("rate_limit", "before"),
    ],
)
def test_a_request_that_goes_wrong_is_charged_once(card: World, kind: str, stage: str, step: str) -> None:
    card.fault(kind, stage, step)
    card.agree(9_000)
    card.run()
    card.recover()
    card.assert_charged(9_000)


def test_a_decline_whose_answer_is_lost_is_found_by_asking_and_not_by_trying_again(world: World) -> None:
    world.store_card("pm_card_chargeCustomerFail")
    world.deafen()
    world.fault("drop", "after", "confirm")
    world.agree(9_000)
    world.work()
    assert world.attempts() == [(1, 1, "unknown")]
    world.recover()
    assert world.attempts() == [(1, 1, "retry_wait")]
    assert world.failed_charges() == 1


@pytest.mark.parametrize("step", ["create", "confirm"])
@pytest.mark.parametrize(("kind", "stage"), [("error", "after"), ("drop", "before"), ("drop", "after")])
def test_so_is_one_that_is_taken_up_after_26_hours(card: World, kind: str, stage: str, step: str) -> None:
    card.deafen()
    card.fault(kind, stage, step)
    card.agree(9_000)
    card.work()
    card.advance(hours=26)
    card.recover()
    card.assert_charged(9_000)


@pytest.mark.parametrize("stage", ["before", "after"])
@pytest.mark.parametrize("step", ["create", "confirm"])
def test_a_time_out_is_charged_once(card: World, stage: str, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 0.2)
    client._client.cache_clear()
    card.fault("timeout", stage, step, seconds=0.5)
    card.agree(9_000)
    card.run()
    card.recover()
    client._client.cache_clear()
    card.assert_charged(9_000)


def _kill_at(monkeypatch: pytest.MonkeyPatch, name: str, *, after: bool) -> None:
    """Kill whoever calls a function of charges.py, before or after it does its work; only the first time."""
    original: Callable[..., Any] = getattr(charges, name)
    calls: list[int] = []

    def killing(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) > 1:
            return original(*args, **kwargs)
        if after:
            original(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(charges, name, killing)


@pytest.mark.parametrize("hours", [1, 26])
@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("_create", False),
        ("_record", True),  # written down, not sent
        ("_store_intent", False),  # created, not stored
        ("_store_intent", True),  # stored, not confirmed
        ("reduce_payment_intent", False),  # confirmed, not recorded
        ("reduce_payment_intent", True),  # recorded, the job not ended
    ],
)
def test_a_worker_killed_at_any_point_is_charged_once(
    card: World, name: str, after: bool, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    card.deafen()
    card.agree(9_000)
    _kill_at(monkeypatch, name, after=after)
    with pytest.raises(Killed):
        card.work()
    card.advance(hours=hours)
    card.recover()
    card.assert_charged(9_000)
    assert card.instalments() == ["paid"]


def test_notices_lost_for_four_days_are_made_up_for_by_asking(world: World) -> None:
    world.deafen()
    setup = world.request_setup()
    world.confirm_setup(setup, "pm_card_visa")
    world.agree(9_000)
    for _ in range(4):
        world.advance(days=1)
        world.work()
    world.assert_charged(9_000)


def test_a_three_d_secure_whose_notice_is_lost_is_found_by_the_sweep(card: World) -> None:
    card.turn_bad("pm_card_authenticationRequired")
    card.agree(9_000)
    card.run()
    card.deafen()
    card.authenticate(card.action())
    card.advance(hours=1)
    card.work()
    card.assert_charged(9_000)


def test_a_notice_that_comes_before_the_answer_counts_once(card: World) -> None:
    card.fault("timeout", "after", "confirm", seconds=0.6)
    card.agree(9_000)
    worker = threading.Thread(target=_in_thread, args=(card.work,))
    worker.start()
    wait_until(lambda: any(b"payment_intent.succeeded" in n.body for n in card.inbox.notices), "the notice")
    card.run()
    assert card.instalments() == ["paid"]
    worker.join()
    card.run()
    card.assert_charged(9_000)


def test_two_workers_on_one_attempt_charge_once(card: World) -> None:
    card.agree(9_000)
    card.fault("timeout", "after", "create", seconds=0.1)
    charge_at_once = threading.Barrier(2)
    original = charges.charge

    def both() -> None:
        attempt_id = card.read(ChargeAttempt.objects.get).pk
        charge_at_once.wait()
        with suppress(charges.StillInFlight, client.StripeFailure):
            original(attempt_id=attempt_id, now=clock.now())

    _without_charging(card)
    workers = [threading.Thread(target=_in_thread, args=(both,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    card.recover()
    card.assert_charged(9_000)


def _without_charging(world: World) -> None:
    """Work until the attempt is recorded, its charge left to the test: the first job fails and waits its turn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charges, "charge", _refuse)
        world.work()


def _refuse(**_: object) -> None:
    raise charges.StillInFlight("left to the test")


def _in_thread(call: Callable[[], None]) -> None:
    try:
        call()
    finally:
        connections.close_all()
