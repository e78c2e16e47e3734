"""What members owe and what is deferred, by the ledger: prices change, money goes back, sessions are delivered."""

import threading
from functools import partial

import pytest
from django.db import connection, connections

from billing.ledger.queries import balance, trial_balance
from billing.ledger.rules import Account, credit, debit
from billing.ledger.services import post
from billing.payment_plans.models import Instalment, Refund
from billing.payment_plans.rules import Interval
from billing.payment_plans.services import booking, plans
from billing.quotes.services.recording import record_delivery
from billing.statements.queries import statement_of
from referrals.courses.models import Course
from referrals.events.courses import CourseClosed
from tests.billing.stripe.world import World
from tests.factories.billing import agreed, course_of, now_is, quoted
from tests.factories.courses import sessions_of
from tests.simulators_tests.stripe.bench import wait_until
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.outbox.publishing import publish

FEE, OWN = 17_500, 7_000  # cents of a session, and the member's part of it


@pytest.fixture
def course(world: World) -> Course:
    """A course of three sessions whose price is agreed to; its member pays in two parts, the first one now."""
    world.store_card()
    course = course_of(world.member)
    quote = agreed(world.member, quoted(world.member, course, clock.now()), clock.now())
    with acting_as(world.member):
        plans.create(quote_id=quote.pk, count=2, interval=Interval.MONTHLY, now=clock.now())
    world.run()
    return course


def held(world: World, account: Account) -> int:
    """What an account holds of the member, in cents, debits positive."""
    return world.read(lambda: balance(account, member_id=world.member_id))


def cancel(world: World, course: Course, *places: int) -> None:
    """Sessions fall away, and the member agrees to what is left."""
    for place in places:
        now_is("cancelled", course, place)
        world.advance(hours=1)
        agreed(world.member, quoted(world.member, course, clock.now()), clock.now())
        world.run()


@pytest.mark.parametrize("cancelled", [(), (2,), (2, 1)])
def test_what_is_still_to_pay_is_the_same_in_plan_statement_and_ledger(
    world: World, course: Course, cancelled: tuple[int, ...]
) -> None:
    cancel(world, course, *cancelled)
    told = world.read(lambda: statement_of(world.member_id, year=2026, now=clock.now()).standing)
    open_ones = Instalment.objects.exclude(status__in=["paid", "cancelled"])
    asked = world.read(lambda: sum(open_ones.values_list("amount_cents", flat=True)))
    left = 3 - len(cancelled)
    assert told.agreed_cents == OWN * left
    assert told.to_pay_cents == asked == held(world, Account.RECEIVABLE_EMPLOYEE)
    assert told.to_pay_cents == max(OWN * left - 10_500, 0)
    assert held(world, Account.DEFERRED_REVENUE) == -FEE * left
    assert world.kept() == min(10_500, OWN * left)


def test_a_course_that_ends_early_costs_what_took_place_and_the_rest_goes_back(world: World, course: Course) -> None:
    """Nobody asks for it: 70 dollars' worth took place of what is half paid, 105 dollars."""
    now_is("completed", course, 0)
    now_is("cancelled", course, 1, 2)
    closed = CourseClosed(
        course_id=course.pk, request_id=course.request_id, member_id=world.member_id, outcome="completed"
    )
    for _ in range(2):
        world.read(lambda: publish(closed, about=course, now=clock.now()))
    world.run()
    assert world.instalments() == ["paid", "cancelled"]
    assert world.refunds() == ["succeeded"]
    assert held(world, Account.RECEIVABLE_EMPLOYEE) == 0
    world.assert_books(OWN)


def test_what_was_given_back_is_not_earned_when_its_sessions_are_delivered(world: World, course: Course) -> None:
    world.refund(3_000)
    world.run()
    assert held(world, Account.DEFERRED_REVENUE) == -(3 * FEE - 3_000)
    for session in sessions_of(course):
        for _ in range(2):
            world.read(partial(record_delivery, session_id=session.pk, at=clock.now()))
    assert held(world, Account.DEFERRED_REVENUE) == 0
    assert held(world, Account.REVENUE) == -(3 * FEE - 3_000)
    assert world.read(lambda: balance(Account.CLINIC_PAYABLE, clinic_id=course.clinic_id)) == -3 * FEE
    assert world.read(lambda: sum(total.balance_cents for total in trial_balance())) == 0


def test_two_refunds_at_once_do_not_draw_on_one_deferred_balance(world: World, course: Course) -> None:
    earned = 3 * FEE - 5_000
    legs = [
        debit(Account.DEFERRED_REVENUE, earned, member_id=world.member_id),
        credit(Account.REVENUE, earned, member_id=world.member_id),
    ]
    world.read(lambda: post(business_key="earned", kind="session_delivered", legs=legs, at=clock.now()))
    first, second = (world.refund(cents) for cents in (3_000, 4_000))
    other = threading.Thread(target=_book, args=(second,))
    with acting_as(WORKER):
        booking.book_refund(first, clock.now())
        other.start()
        wait_until(lambda: _somebody_waits() or not other.is_alive(), "the other to wait for us")
    other.join()
    assert held(world, Account.DEFERRED_REVENUE) == 0
    assert held(world, Account.REVENUE) == -(earned - 2_000)


def _book(refund: Refund) -> None:
    try:
        with acting_as(WORKER):
            booking.book_refund(refund, clock.now())
    finally:
        connections.close_all()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
        return bool(cursor.fetchone()[0])
