"""The laws of the state machine bite: each is broken on purpose, and says so."""

from collections.abc import Callable

import pytest

from billing.ledger.rules import Account, credit, debit
from billing.ledger.services import post
from billing.payment_plans.models import AttemptStatus, ChargeAttempt, Instalment, Refund, RefundStatus
from billing.quotes.services.recording import record_agreement
from tests.billing.stripe.laws import LAWS, Laws
from tests.billing.stripe.world import World
from workers.kernel import clock


@pytest.fixture
def lived(world: World) -> World:
    """A member of whose 180 dollars one half is paid, a part of that given back, and the other half due."""
    world.store_card()
    plan = world.agree(18_000, 2, employer_cents=7_000)
    world.read(lambda: record_agreement(quote_id=plan.quote_id))
    world.run()
    world.refund(4_000)
    world.run()
    return world


def charge_twice(world: World) -> None:
    """What was taken a second time went back, and was taken all the same."""
    world.confirm(world.make_alike())
    world.run()
    world.recover()


def charge_in_secret(world: World) -> None:
    world.read(lambda: ChargeAttempt.objects.filter(status="paid").update(status=AttemptStatus.RETRY_WAIT))


def charge_a_cent_more(world: World) -> None:
    world.read(lambda: ChargeAttempt.objects.filter(status="paid").update(amount_cents=9_001))


def refund_in_secret(world: World) -> None:
    world.read(lambda: Refund.objects.update(status=RefundStatus.REFUSED))


def refund_a_cent_less(world: World) -> None:
    world.read(lambda: Refund.objects.update(amount_cents=3_999))


def lose_track(world: World) -> None:
    world.read(lambda: ChargeAttempt.objects.filter(status="paid").update(status=AttemptStatus.UNKNOWN))


def leave_a_refund(world: World) -> None:
    world.read(lambda: Refund.objects.update(status=RefundStatus.UNKNOWN))


def move(debited: Account, credited: Account) -> Callable[[World], None]:
    """A cent that nobody can account for."""

    def act(world: World) -> None:
        legs = [debit(debited, 1, member_id=world.member_id), credit(credited, 1, member_id=world.member_id)]
        world.read(lambda: post(business_key="a cent", kind="test", legs=legs, at=clock.now()))

    return act


def ask_a_cent_more(world: World) -> None:
    world.read(lambda: Instalment.objects.filter(number=2).update(amount_cents=9_001))


def test_all_of_them_hold_of_what_went_well(lived: World) -> None:
    Laws(lived).check()


@pytest.mark.parametrize(
    ("law", "crime"),
    [
        (Laws.nothing_is_unknown, lose_track),
        (Laws.nothing_is_unknown, leave_a_refund),
        (Laws.an_instalment_is_charged_once_at_most, charge_twice),
        (Laws.charged_is_what_is_known_and_what_is_booked, charge_in_secret),
        (Laws.charged_is_what_is_known_and_what_is_booked, charge_a_cent_more),
        (Laws.charged_is_what_is_known_and_what_is_booked, move(Account.STRIPE_BALANCE, Account.SUSPENSE)),
        (Laws.stripe_holds_what_the_ledger_says, move(Account.STRIPE_FEES, Account.STRIPE_BALANCE)),
        (Laws.refunds_are_never_above_charges, refund_in_secret),
        (Laws.refunds_are_never_above_charges, refund_a_cent_less),
        *(
            (Laws.every_cent_of_every_quote_goes_somewhere_named, move(named, Account.SUSPENSE))
            for named in (
                Account.RECEIVABLE_EMPLOYEE,
                Account.RECEIVABLE_EMPLOYER_UNBILLED,
                Account.DEFERRED_REVENUE,
                Account.REVENUE,
                Account.CHARITY_CARE,
                Account.CUSTOMER_CREDIT,
                Account.REFUNDS_PAYABLE,
                Account.DISPUTES_HELD,
                Account.BAD_DEBT,
            )
        ),
        (Laws.plans_ask_for_what_is_owed, ask_a_cent_more),
    ],
)
def test_a_broken_one_says_so(lived: World, law: Callable[[Laws], None], crime: Callable[[World], None]) -> None:
    assert law in LAWS
    crime(lived)
    with pytest.raises(AssertionError):
        law(Laws(lived))
