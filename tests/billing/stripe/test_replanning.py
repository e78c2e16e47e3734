"""A price or a plan that changes while the plan pauses, waits for a method, or has lost its card or its money again."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from billing.payment_plans.models import Instalment, PaymentPlan
from billing.payment_plans.rules import ChangeKind
from billing.payment_plans.services import changing, replanning
from tests.billing.stripe.world import OPERATOR, World
from workers.kernel import clock
from workers.kernel.actor import acting_as
from workers.kernel.ids import new_id


def correct_price(world: World, cents: int) -> None:
    """The only plan asks for another total."""
    plan = world.read(PaymentPlan.objects.get)
    world.read(partial(replanning.adjust, plan_id=plan.pk, total_cents=cents, now=clock.now()))
    world.run()


def waive(world: World, cents: int) -> None:
    """Somebody of finance finds hardship."""
    plan = world.read(PaymentPlan.objects.get)
    with acting_as(OPERATOR):
        changing.request(
            plan_id=plan.pk,
            kind=ChangeKind.WAIVE,
            wish={"amount_cents": cents, "reason": "a call"},
            instalment_id=None,
            requested_by=OPERATOR.user or new_id(),
            now=clock.now(),
        )
    world.run()


def pause(world: World, days: int) -> None:
    """The member pauses their plan."""
    world.ask_change(ChangeKind.PAUSE, until=str(clock.now().date() + timedelta(days=days)))
    world.run()


def open_ones(world: World) -> list[Instalment]:
    """What is not cancelled, in order."""
    return world.read(lambda: list(Instalment.objects.exclude(status="cancelled").order_by("number")))


@pytest.mark.parametrize("change", [partial(correct_price, cents=8_000), partial(waive, cents=1_000)])
def test_what_falls_due_in_a_pause_falls_due_when_it_ends(world: World, change: Callable[[World], None]) -> None:
    world.store_card()
    world.agree(9_000, 2)
    world.ask_change(ChangeKind.AUTOPAY_OFF)
    world.run()
    pause(world, days=20)
    change(world)  # what waited for its payer gives way to one that is due at once
    paused_until = world.read(PaymentPlan.objects.get).paused_until
    assert open_ones(world)[0].due_at == paused_until
    world.ask_change(ChangeKind.AUTOPAY_ON)
    world.run_for(days=19)
    assert world.charged() == []
    world.run_for(days=30)
    assert [each.status for each in open_ones(world)] == ["paid", "paid"]


def test_an_instalment_that_is_moved_into_a_pause_is_charged_after_it(world: World) -> None:
    world.store_card()
    world.agree(9_000, 2)
    world.run()
    pause(world, days=20)
    world.ask_change(ChangeKind.MOVE, 2, due_on=str(clock.now().date() + timedelta(days=10)))
    world.run_for(days=22)
    world.assert_charged(4_500, 4_500)


@pytest.mark.parametrize("change", [partial(correct_price, cents=8_000), partial(waive, cents=1_000)])
def test_a_lost_card_is_not_tried_again_because_the_price_changed(
    world: World, change: Callable[[World], None]
) -> None:
    world.store_card()
    world.turn_bad("pm_card_chargeDeclinedLostCard")
    world.agree(9_000)
    world.run()
    change(world)
    world.run_for(days=10)
    assert [(each.amount_cents, each.status) for each in open_ones(world)] == [(8_000, "needs_method")]
    assert len(world.bench.read("charges")) == 1
    world.run_for(days=11)
    assert world.items() == ["instalment_unpaid"]
    world.store_card()
    world.assert_charged(8_000)


def test_a_lost_card_is_not_tried_again_because_a_pause_ended(world: World) -> None:
    world.store_card()
    world.turn_bad("pm_card_chargeDeclinedLostCard")
    world.agree(9_000, 2)
    world.run()
    world.advance(hours=1)
    correct_price(world, 8_000)
    pause(world, days=5)
    world.run_for(days=6)
    assert len(world.bench.read("charges")) == 1


def test_a_plan_whose_price_changed_before_it_began_is_charged_on_the_days_that_it_shows(world: World) -> None:
    world.agree(9_000, 2)
    world.run()
    correct_price(world, 8_000)
    world.advance(days=3)
    world.store_card()
    due_at = open_ones(world)[1].due_at
    while clock.now() < due_at - timedelta(hours=12):
        world.advance(hours=12)
        world.run()
    world.assert_charged(4_000)
    world.advance(hours=12)
    world.run()
    world.assert_charged(4_000, 4_000)


@pytest.mark.parametrize("is_taken_back_first", [True, False])
def test_a_debit_taken_back_after_the_price_was_lowered_asks_for_the_lower_price(
    world: World, is_taken_back_first: bool
) -> None:
    """Stripe gives nothing back of a debit that the bank has taken back, whatever we know of that."""
    world.store_card("pm_usBankAccount_success")
    world.agree(10_000)
    world.run_for(days=6)
    [charge] = world.bench.read("charges")
    world.bench.order("disputes", charge=charge["id"])
    if is_taken_back_first:
        world.run()
    correct_price(world, 6_000)
    assert [each.amount_cents for each in open_ones(world)] == [6_000]
    assert world.refunds() == ([] if is_taken_back_first else ["refused"])


def wait_for_the_bank(world: World, count: int = 1) -> None:
    """The first instalment waits until its payer has confirmed it with their bank."""
    world.store_card()
    world.turn_bad("pm_card_authenticationRequired")
    world.agree(9_000, count)
    world.run()


def intent_states(world: World) -> list[str]:
    """What Stripe says of the PaymentIntents, oldest first."""
    listed = world.bench.stripe.v1.payment_intents.list({"limit": 100}).data
    return [intent.status for intent in reversed(listed)]


def spread(world: World) -> None:
    """The member spreads what is left."""
    world.ask_change(ChangeKind.SPREAD, instalments=2, interval="monthly")
    world.run()


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        (partial(correct_price, cents=0), []),
        (partial(correct_price, cents=8_000), [8_000]),
        (partial(waive, cents=1_000), [8_000]),
        (partial(waive, cents=9_000), []),
        (spread, [4_500, 4_500]),
    ],
)
def test_what_waits_for_the_payers_bank_gives_way_to_what_is_owed_now(
    world: World, change: Callable[[World], None], asked: list[int]
) -> None:
    wait_for_the_bank(world)
    change(world)
    assert [each.amount_cents for each in open_ones(world)] == asked
    assert intent_states(world) == ["canceled", "requires_payment_method"][: 1 + bool(asked)]
    assert world.mails().count("billing/action_needed") == 1 + bool(asked)
    world.recover()
    assert world.charged() == []
    assert world.open_jobs() == 0


@pytest.mark.parametrize("cents", [0, 8_000])
def test_what_is_confirmed_while_the_price_is_lowered_goes_back(world: World, cents: int) -> None:
    """Its payer was at the bank's page before Stripe was asked to cancel."""
    wait_for_the_bank(world)
    action = world.action()
    plan = world.read(PaymentPlan.objects.get)
    world.read(partial(replanning.adjust, plan_id=plan.pk, total_cents=cents, now=clock.now()))
    world.authenticate(action)
    world.recover()
    assert world.charged() == [9_000]
    assert (world.kept(), world.ledger(), world.refunds()) == (0, 0, ["succeeded"])
    assert world.items() == ["second_charge"]
    assert [(each.amount_cents, each.status) for each in open_ones(world)] == [(8_000, "action_required")] * bool(cents)


def test_one_that_waits_for_its_payers_bank_is_not_paid_off_by_another(world: World) -> None:
    """Its bank asks for nothing else the next time; with others it is paid by one charge for all."""
    wait_for_the_bank(world)
    with pytest.raises(changing.ChangeRefused, match="cannot be charged now"):
        world.ask_change(ChangeKind.PAY_OFF)


def test_paying_off_needs_one_confirmation_for_all(world: World) -> None:
    wait_for_the_bank(world, 2)
    world.ask_change(ChangeKind.PAY_OFF)
    world.run()
    assert [(each.amount_cents, each.status) for each in open_ones(world)] == [(9_000, "action_required")]
    assert intent_states(world) == ["canceled", "requires_payment_method"]
