"""What follows a charge that does not succeed."""

from billing.ledger.queries import balance
from billing.ledger.rules import Account
from billing.payment_plans.models import Instalment, PaymentPlan
from billing.payment_plans.rules import ChangeKind
from billing.payment_plans.services import changing
from tests.billing.stripe.world import OPERATOR, World
from workers.kernel import clock
from workers.kernel.actor import acting_as
from workers.kernel.ids import new_id


def test_a_soft_decline_is_tried_on_days_3_8_and_15_and_flagged_on_day_20(world: World) -> None:
    world.store_card("pm_card_chargeCustomerFail")
    world.agree(9_000)
    world.run()
    assert world.instalments() == ["retry_wait"]
    seen = [world.failed_charges()]
    for _ in range(21):
        world.run_for(days=1)
        seen.append(world.failed_charges())

    assert [day for day in range(1, 22) if seen[day] > seen[day - 1]] == [3, 8, 15]
    assert seen[-1] == 4
    assert world.instalments() == ["needs_method"]
    assert world.mails() == ["billing/debit_failed", "billing/debit_failed"]
    assert world.read(Instalment.objects.get).review_at is not None
    world.assert_charged()


def test_a_new_card_is_charged_at_once_and_the_old_one_never_again(world: World) -> None:
    world.store_card("pm_card_chargeCustomerFail")
    world.agree(9_000)
    world.run()
    world.store_card("pm_card_mastercard")

    assert world.instalments() == ["paid"]
    world.run_for(days=20)
    world.assert_charged(9_000)
    assert world.attempts() == [(1, 1, "retry_wait"), (1, 2, "paid")]
    assert world.read(PaymentPlan.objects.get).status == "completed"


def test_a_lost_card_is_not_tried_again_until_it_is_replaced(world: World) -> None:
    world.store_card()
    world.turn_bad("pm_card_chargeDeclinedLostCard")
    world.agree(9_000)
    world.run_for(days=30)
    assert world.failed_charges() == 1
    assert world.instalments() == ["needs_method"]

    world.store_card()
    world.assert_charged(9_000)


def test_a_card_detached_at_stripe_needs_a_new_one(world: World) -> None:
    world.store_card()
    world.bench.stripe.v1.payment_methods.detach(world.active_card())
    world.agree(9_000)
    world.run()
    assert world.instalments() == ["needs_method"]
    world.store_card()
    world.assert_charged(9_000)


def test_three_d_secure_is_finished_on_the_same_payment_intent(world: World) -> None:
    world.store_card()
    world.turn_bad("pm_card_authenticationRequired")
    world.agree(9_000)
    world.run()
    assert world.instalments() == ["action_required"]
    intent = world.action()["payment_intent"]

    world.authenticate(world.action(), "fail")
    world.run()
    assert world.instalments() == ["action_required"]
    world.authenticate(world.action())
    world.run()

    assert world.instalments() == ["paid"]
    assert [c["payment_intent"] for c in world.bench.read("charges")] == [intent, intent]
    world.assert_charged(9_000)


def test_an_abandoned_three_d_secure_is_reminded_on_days_1_3_and_7_and_may_end_late(world: World) -> None:
    world.store_card()
    world.turn_bad("pm_card_authenticationRequired")
    world.agree(9_000)
    world.run()
    mails = [len(world.mails())]
    for _ in range(10):
        world.run_for(days=1)
        mails.append(len(world.mails()))
    assert set(world.mails()) == {"billing/action_needed"}
    assert [day for day in range(1, 11) if mails[day] > mails[day - 1]] == [1, 3, 7]

    world.authenticate(world.action())
    world.run()
    world.assert_charged(9_000)


def test_a_new_card_ends_the_wait_for_three_d_secure(world: World) -> None:
    world.store_card()
    world.turn_bad("pm_card_authenticationRequired")
    world.agree(9_000)
    world.run()
    world.store_card("pm_card_mastercard")
    assert world.instalments() == ["paid"]
    world.assert_charged(9_000)


def test_a_payment_intent_canceled_at_stripe_is_followed_by_a_new_one(world: World) -> None:
    world.store_card("pm_card_chargeCustomerFail")
    world.bench.order("confirmation_limit", limit=1)
    world.agree(9_000)
    world.run()
    world.run_for(days=3)
    assert world.attempts() == [(1, 1, "retry_wait"), (1, 2, "cancelled")]
    world.bench.order("confirmation_limit", limit=200)
    world.store_card()
    assert world.attempts()[-1] == (2, 1, "paid")
    world.assert_charged(9_000)


def test_hardship_found_on_day_20_ends_the_asking_and_the_item(world: World) -> None:
    world.store_card("pm_card_chargeCustomerFail")
    world.agree(9_000)
    world.run_for(days=21)
    assert world.items() == ["instalment_unpaid"]
    plan = world.read(PaymentPlan.objects.get)
    with acting_as(OPERATOR):
        changing.request(
            plan_id=plan.pk,
            kind=ChangeKind.WAIVE,
            wish={"amount_cents": 9_000, "reason": "a call"},
            instalment_id=None,
            requested_by=OPERATOR.user or new_id(),
            now=clock.now(),
        )
    world.run_for(days=10)
    assert world.items() == []
    assert world.instalments() == ["cancelled"]
    assert world.read(PaymentPlan.objects.get).status == "completed"
    assert world.read(lambda: balance(Account.CHARITY_CARE, member_id=world.member_id)) == 9_000
    [intent] = world.bench.stripe.v1.payment_intents.list().data
    assert intent.status == "canceled"
    world.assert_charged()
