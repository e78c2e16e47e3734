"""Notices doubled, late and out of order."""

from billing.ledger.models import Journal
from tests.billing.stripe.world import World, post


def test_doubled_and_reordered_notices_change_nothing(world: World) -> None:
    world.bench.order("webhooks", double=True, reorder=True)
    world.store_card()
    world.agree(9_000, 2)
    world.run_for(days=8)
    assert set(world.answers) == {200}
    world.assert_charged(4_500, 4_500)
    assert world.read(Journal.objects.count) == 4  # two payments, two fees


def test_a_late_failure_after_the_success_changes_nothing(world: World) -> None:
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


def test_a_foreign_payment_is_left_alone(world: World) -> None:
    saved = world.bench.saved()
    world.bench.pay(saved, 7_700)
    world.run()
    assert world.answers
    assert set(world.answers) == {200}
    assert world.ledger() == 0
    assert world.open_jobs() == 0


def test_nothing_that_stripe_is_told_names_anyone_or_anything(world: World) -> None:
    world.store_card()
    world.agree(9_000)
    world.run()
    sent = [line["params"] for line in world.bench.read("log") if line["method"] == "POST"]
    ours = [params for params in sent if params and "metadata" in params]
    assert {frozenset(params["metadata"]) for params in ours} == {
        frozenset({"env", "obj", "obj_uuid", "gen", "schema"})
    }
    text = str(sent).lower()
    assert not [w for w in ("ketamine", "therap", "clinic", "health", "example.org", "session_id") if w in text]


def test_money_in_another_currency_is_no_payment_of_ours(world: World) -> None:
    world.store_card()
    world.agree(9_000)
    world.run()
    world.confirm(world.make_alike(currency="eur"))
    world.run()
    world.advance(hours=3)
    world.run()
    assert world.items() == ["other_currency"]
    assert world.ledger() == 9_000
    assert world.attempts() == [(1, 1, "paid")]
