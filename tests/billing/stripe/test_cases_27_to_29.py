"""Fault cases 27 to 29 of docs/design/billing.md: plans changed midway, prices corrected, employment that ends."""

from datetime import timedelta
from typing import Any

import pytest

from benefits.enrollment.models import Enrollment
from billing.ledger.queries import balance
from billing.ledger.rules import Account
from billing.payment_plans.models import Instalment, PaymentPlan
from billing.payment_plans.rules import ChangeKind, Interval
from billing.payment_plans.services import plans, replanning
from billing.quotes.services.recording import record_delivery
from billing.stripe.services.charges import asking
from tests.billing.stripe.world import World
from tests.dying import kill_at
from tests.factories.benefits import changing_roster
from tests.factories.billing import agreed, course_of, end_cover, quoted
from tests.factories.courses import sessions_of
from workers.kernel import clock
from workers.kernel.actor import acting_as


@pytest.fixture
def card(world: World) -> World:
    """A member with a good card."""
    world.store_card()
    return world


def owed(world: World) -> list[tuple[int, int, str]]:
    """The (number, cents, state) of what is not cancelled."""
    rows = Instalment.objects.exclude(status="cancelled").order_by("number")
    return world.read(lambda: list(rows.values_list("number", "amount_cents", "status")))


def test_case_27_a_plan_is_changed_while_a_confirm_is_in_flight(card: World) -> None:
    card.deafen()
    card.agree(9_000, 3)
    kill_at(card.work, asking, "reduce_payment_intent", after=False)  # Stripe took it, and nobody knows
    card.ask_change(ChangeKind.SPREAD, instalments=1, interval="weekly")
    card.advance(minutes=2)
    card.recover()
    assert owed(card) == [(1, 3_000, "paid"), (4, 6_000, "scheduled")]
    card.run_for(days=8)
    card.assert_charged(3_000, 6_000)


def test_case_27_what_is_paid_on_a_cancelled_instalment_goes_back(world: World) -> None:
    world.store_card()
    world.turn_bad("pm_card_chargeCustomerFail")
    world.agree(9_000)
    world.run()
    assert world.instalments() == ["retry_wait"]
    [intent] = world.bench.stripe.v1.payment_intents.list().data
    world.ask_change(ChangeKind.SPREAD, instalments=2, interval="weekly")
    world.bench.order("behaviours", payment_method=world.active_card(), like="pm_card_visa")
    paying: Any = {"payment_method": world.active_card(), "off_session": True}
    world.bench.stripe.v1.payment_intents.confirm(intent.id, paying)  # a moment before we cancel it
    world.run_for(days=20)
    assert sorted(world.charged()) == [4_500, 4_500, 9_000]
    assert world.refunds() == ["succeeded"]
    assert world.items() == ["second_charge"]
    world.assert_books(9_000)


def test_case_27_the_payment_intent_of_a_cancelled_instalment_is_canceled(world: World) -> None:
    world.store_card("pm_card_chargeCustomerFail")
    world.agree(9_000)
    world.run()
    [intent] = world.bench.stripe.v1.payment_intents.list().data
    world.ask_change(ChangeKind.SPREAD, instalments=2, interval="weekly")
    world.run()
    assert world.bench.stripe.v1.payment_intents.retrieve(intent.id).status == "canceled"


@pytest.mark.parametrize(
    ("total", "later", "kept"),
    [
        (12_000, [4_500, 4_500], 12_000),  # up
        (6_000, [1_500, 1_500], 6_000),  # down
        (3_001, [], 3_000),  # less than a charge may be: waived
        (3_000, [], 3_000),
        (1_000, [], 1_000),  # below what is paid
        (0, [], 0),
    ],
)
def test_case_28_the_income_is_corrected_midway(card: World, total: int, later: list[int], kept: int) -> None:
    plan = card.agree(9_000, 3)
    card.run()
    for _ in range(2):  # told twice, done once
        card.read(lambda: replanning.adjust(plan_id=plan.pk, total_cents=total, now=clock.now()))
    card.run()
    card.run_for(days=21)
    assert card.charged() == [3_000, *later]
    assert card.read(PaymentPlan.objects.get).status == "completed"
    assert card.read(lambda: balance(Account.CHARITY_CARE)) == (1 if total == 3_001 else 0)
    card.assert_books(kept)


def test_case_28_a_correction_while_a_debit_is_processed_counts_it(world: World) -> None:
    world.store_card("pm_usBankAccount_success")
    plan = world.agree(9_000, 2)
    world.run()
    assert world.instalments() == ["processing", "scheduled"]
    world.read(lambda: replanning.adjust(plan_id=plan.pk, total_cents=6_000, now=clock.now()))
    world.run_for(days=20)
    world.assert_charged(4_500, 1_500)


def test_case_28_what_a_debit_in_flight_brings_too_much_goes_back_when_it_is_paid(world: World) -> None:
    world.store_card("pm_usBankAccount_success")
    plan = world.agree(9_000, 2)
    world.run()
    world.read(lambda: replanning.adjust(plan_id=plan.pk, total_cents=1_000, now=clock.now()))
    world.run()
    assert world.refunds() == []
    world.run_for(days=20)
    assert (world.charged(), world.refunds()) == ([4_500], ["succeeded"])
    world.assert_books(1_000)


def test_case_28_what_a_debit_in_flight_asks_too_much_is_not_asked_again_when_it_fails(world: World) -> None:
    world.store_card("pm_usBankAccount_insufficientFunds")
    plan = world.agree(9_000, 2)
    world.run()
    world.read(lambda: replanning.adjust(plan_id=plan.pk, total_cents=1_000, now=clock.now()))
    world.run_for(days=8)
    owed = world.read(lambda: list(plan.instalments.exclude(status="cancelled").values_list("amount_cents", flat=True)))
    assert (owed, world.charged()) == ([1_000], [])


def test_case_28_what_a_bank_held_while_the_price_was_lowered_goes_back_once_the_dispute_is_won(card: World) -> None:
    plan = card.agree(9_000, 1)
    card.run()
    [charge] = card.bench.read("charges")
    dispute = card.bench.order("disputes", charge=charge["id"])
    card.run()
    card.read(lambda: replanning.adjust(plan_id=plan.pk, total_cents=6_000, now=clock.now()))
    card.run()
    assert card.refunds() == ["refused"]
    card.bench.order("disputes/end", dispute=dispute["id"], outcome="won")
    card.run()
    assert card.refunds() == ["refused", "succeeded"]
    card.assert_books(6_000)


def test_case_29_employment_ends_midway_and_nothing_shifts_to_the_employee(card: World) -> None:
    card.agree(9_000, 3)
    card.run()
    before = owed(card)
    ends = clock.now().date() + timedelta(days=1)
    with changing_roster(card.member.employer):
        assert Enrollment.objects.filter(member_id=card.member_id).update(ends_on=ends)
    card.run_for(days=21)
    assert [(number, cents) for number, cents, _ in owed(card)] == [(number, cents) for number, cents, _ in before]
    card.assert_charged(3_000, 3_000, 3_000)


def test_case_29_the_employers_share_of_what_comes_after_stops_and_a_person_looks(card: World) -> None:
    course = course_of(card.member)
    quote = agreed(card.member, quoted(card.member, course, clock.now()), clock.now())
    with acting_as(card.member):
        plans.create(quote_id=quote.pk, count=3, interval=Interval.WEEKLY, now=clock.now())
    card.run()
    before = owed(card)
    first, second, _ = sessions_of(course)
    card.read(lambda: record_delivery(session_id=first.pk, at=clock.now()))
    end_cover(card.member)
    card.advance(days=1)
    card.read(lambda: record_delivery(session_id=second.pk, at=clock.now()))
    part = quote.employer_cents // 3
    unbilled = card.read(lambda: balance(Account.RECEIVABLE_EMPLOYER_UNBILLED, employer_id=card.member.employer))
    assert (unbilled, card.items()) == (2 * part, ["session_uncovered"])
    card.run_for(days=21)
    assert [(number, cents) for number, cents, _ in owed(card)] == [(number, cents) for number, cents, _ in before]
    card.assert_charged(*(cents for _, cents, _ in before))
