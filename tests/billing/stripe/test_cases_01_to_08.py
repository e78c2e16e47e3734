"""Fault cases 1 to 8 of docs/design/billing.md: lost answers, dead workers, notices in any order or not at all.

Always against the simulator in a process of its own, whose log of what was charged is the judge.
"""

import json
import threading
from types import ModuleType

import pytest

from billing.ledger.models import Journal
from billing.payment_plans.models import ChargeAttempt
from billing.stripe.services.charges import asking, batches
from tests.billing.stripe.world import World, post
from tests.dying import die_before, kill_at, steps_of
from tests.racing import at_once
from tests.simulators_tests.stripe.bench import wait_until
from workers.outbox.draining import drain
from workers.receipts.models import Receipt

STEPS = ("create", "confirm")


@pytest.fixture
def card(world: World) -> World:
    """A member with a good card."""
    world.store_card()
    return world


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("hours", [0, 26])
def test_case_01_a_500_is_stored_after_the_charge(card: World, step: str, hours: int) -> None:
    card.deafen()
    card.fault("error", "after", step)
    card.agree(9_000)
    card.work()
    card.advance(hours=hours)
    card.recover()
    card.assert_charged(9_000)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("stage", ["before", "after"])
@pytest.mark.parametrize("hours", [0, 26])
def test_case_02_the_connection_drops_before_or_after_execution(card: World, stage: str, step: str, hours: int) -> None:
    card.deafen()
    card.fault("drop", stage, step)
    card.agree(9_000)
    card.work()
    card.advance(hours=hours)
    card.recover()
    card.assert_charged(9_000)


@pytest.mark.parametrize("hours", [1, 26])
def test_case_03_killed_after_create_and_before_storing(card: World, hours: int) -> None:
    card.deafen()
    card.agree(9_000)
    kill_at(card.work, batches, "store", after=False)
    [attempt] = card.read(lambda: list(ChargeAttempt.objects.all()))
    assert (attempt.status, attempt.payment_intent_id) == ("creating", "")
    card.advance(hours=hours)
    card.recover()
    card.assert_charged(9_000)
    assert len(list(card.bench.stripe.v1.payment_intents.list())) == 1


@pytest.mark.parametrize("hours", [1, 26])
@pytest.mark.parametrize(
    ("module", "name", "after"),
    [
        (asking, "create", False),  # claimed, nothing asked
        (batches, "_record", True),  # written down, not sent
        (batches, "store", True),  # stored, not confirmed
        (asking, "reduce_payment_intent", False),  # confirmed, not recorded
        (asking, "reduce_payment_intent", True),  # recorded, the job not ended
    ],
)
def test_case_04_killed_after_confirm_and_before_recording(
    card: World, module: ModuleType, name: str, after: bool, hours: int
) -> None:
    card.deafen()
    card.agree(9_000)
    kill_at(card.work, module, name, after=after)
    card.advance(hours=hours)
    card.recover()
    card.assert_charged(9_000)
    assert card.instalments() == ["paid"]


def test_case_04_killed_before_any_statement_or_around_any_commit(card: World) -> None:
    card.deafen()
    card.agree(10_000)
    steps = steps_of(card.work)
    card.recover()
    assert {"before INSERT INTO billing_chargeattempt (1)", "after COMMIT (5)"} <= set(steps)
    for number, step in enumerate(steps, start=1):
        card.agree(10_000 + number)
        assert die_before(step, card.work), step
        card.advance(minutes=2)  # past the lease
        card.recover()
    card.assert_charged(*(10_000 + number for number in range(len(steps) + 1)))


def test_case_05_the_webhook_comes_before_the_answer(card: World) -> None:
    card.fault("timeout", "after", "confirm", seconds=0.6)
    card.agree(9_000)

    def hear() -> None:
        wait_until(lambda: any(b"payment_intent.succeeded" in n.body for n in card.inbox.notices), "the notice")
        card.run()
        assert card.instalments() == ["paid"]

    at_once(card.work, hear)
    card.run()
    card.assert_charged(9_000)


def test_case_05_the_webhook_comes_before_our_row_commits(card: World) -> None:
    card.agree(9_000)
    kill_at(card.work, batches, "store", after=False)
    [intent] = card.bench.stripe.v1.payment_intents.list().data
    card.bench.stripe.v1.payment_intents.confirm(intent.id, {"payment_method": card.active_card(), "off_session": True})
    card.pass_on()
    drain("billing")
    assert card.open_jobs() > 0, "the notice waits for the row that it is about"
    card.advance(minutes=2)
    card.recover()
    card.assert_charged(9_000)
    assert card.read(Journal.objects.filter(kind="payment").count) == 1


def test_case_06_one_event_twice_at_once(card: World) -> None:
    card.agree(9_000)
    card.work()
    wait_until(lambda: card.bench.read("webhooks")["waiting"] == 0, "the notices")
    notices = card.inbox.notices[card.passed_on :]
    stored = card.read(Receipt.objects.count)
    both = threading.Barrier(2)

    def deliver() -> None:
        for notice in notices:
            both.wait()
            assert post(notice.body, notice.signature) == 200

    at_once(deliver, deliver)
    assert card.read(Receipt.objects.count) == stored + len(notices)
    card.run()
    card.assert_charged(9_000)


def test_case_07_succeeded_comes_before_processing(world: World) -> None:
    world.store_card("pm_usBankAccount_success")
    world.agree(9_000)
    world.work()
    assert world.instalments() == ["processing"]
    world.advance(days=5)
    wait_until(lambda: world.bench.read("webhooks")["waiting"] == 0, "the notices")
    world.passed_on = len(world.inbox.notices)  # they got lost; Stripe sends them again, the newest first
    for notice in reversed(world.inbox.notices[:]):
        world.bench.order("webhooks/resend", event=json.loads(notice.body)["id"])
    world.run()
    assert set(world.answers) == {200}
    assert world.instalments() == ["paid"]
    world.assert_charged(9_000)


def test_case_07_payment_failed_comes_late_after_success(world: World) -> None:
    world.store_card("pm_card_chargeCustomerFail")
    world.agree(9_000)
    world.work()
    assert world.instalments() == ["retry_wait"]
    setup = world.request_setup()
    world.confirm_setup(setup, "pm_card_visa")
    world.run()
    assert world.instalments() == ["paid"]
    for notice in reversed(world.inbox.notices):
        assert post(notice.body, notice.signature) == 200
    world.run()
    assert world.instalments() == ["paid"]
    world.assert_charged(9_000)


def test_case_08_all_webhooks_are_lost_for_four_days(world: World) -> None:
    world.deafen()
    setup = world.request_setup()
    world.confirm_setup(setup, "pm_card_visa")
    world.agree(9_000)
    for _ in range(4):
        world.advance(days=1)
        world.work()
    world.assert_charged(9_000)


def test_case_08_a_refund_made_while_webhooks_were_lost_is_found_by_the_round(card: World) -> None:
    card.agree(9_000)
    card.run()
    card.deafen()
    card.bench.stripe.v1.refunds.create({"payment_intent": card.paid().payment_intent_id, "amount": 4_000})
    card.advance(hours=2)
    card.work()
    assert card.refunds() == ["succeeded"]
    card.assert_books(5_000)
