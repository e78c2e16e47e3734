"""Fault cases 1 to 13 of docs/design/billing.md: lost answers, dead workers, notices in any order, timers twice.

Always against the simulator in a process of its own, whose log of what was charged is the judge.
"""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from django.test import Client

from billing.ledger.models import Journal
from billing.payment_plans.models import ChargeAttempt, Instalment
from billing.payment_plans.rules import Interval, due_instants
from billing.stripe import client
from billing.stripe.services import charges
from tests.billing.stripe.dying import die_before, kill_at, steps_of
from tests.billing.stripe.world import World, post
from tests.factories.payments import agree
from tests.simulators_tests.stripe.bench import wait_until
from workers.kernel import clock
from workers.outbox.draining import drain
from workers.receipts.models import Receipt
from workers.timers.firing import fire_due

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
    kill_at(card.work, charges, "_store_intent", after=False)
    [attempt] = card.read(lambda: list(ChargeAttempt.objects.all()))
    assert (attempt.status, attempt.payment_intent_id) == ("creating", "")
    card.advance(hours=hours)
    card.recover()
    card.assert_charged(9_000)
    assert len(list(card.bench.stripe.v1.payment_intents.list())) == 1


@pytest.mark.parametrize("hours", [1, 26])
@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("_create", False),  # claimed, nothing asked
        ("_record", True),  # written down, not sent
        ("_store_intent", True),  # stored, not confirmed
        ("reduce_payment_intent", False),  # confirmed, not recorded
        ("reduce_payment_intent", True),  # recorded, the job not ended
    ],
)
def test_case_04_killed_after_confirm_and_before_recording(card: World, name: str, after: bool, hours: int) -> None:
    card.deafen()
    card.agree(9_000)
    kill_at(card.work, charges, name, after=after)
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
        die_before(step, card.work)
        card.advance(minutes=2)  # past the lease
        card.recover()
    card.assert_charged(*(10_000 + number for number in range(len(steps) + 1)))


def test_case_05_the_webhook_comes_before_the_answer(card: World) -> None:
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


def test_case_05_the_webhook_comes_before_our_row_commits(card: World) -> None:
    card.agree(9_000)
    kill_at(card.work, charges, "_store_intent", after=False)
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

    _at_once(deliver, deliver)
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


def test_case_09_the_database_is_down_at_a_valid_webhook(card: World) -> None:
    card.agree(9_000)
    card.work()
    wait_until(lambda: card.bench.read("webhooks")["waiting"] == 0, "the notices")
    notice = card.inbox.notices[card.passed_on]
    database = connections["default"]
    port, database.settings_dict["PORT"] = database.settings_dict["PORT"], "1"
    database.close()
    try:
        headers = {"Stripe-Signature": notice.signature}
        browser = Client(raise_request_exception=False)
        answer = browser.post("/webhooks/stripe/", notice.body, content_type="application/json", headers=headers)
        assert answer.status_code == 503
    finally:
        database.settings_dict["PORT"] = port
        database.close()
    card.run()  # Stripe sends again what was answered 5xx
    card.assert_charged(9_000)


@pytest.mark.parametrize("what", ["stale", "future", "tampered", "wrongly signed", "live"])
def test_case_10_a_notice_that_is_not_stripes_of_now_is_refused(card: World, what: str) -> None:
    card.agree(9_000)
    card.work()
    wait_until(lambda: card.bench.read("webhooks")["waiting"] == 0, "the notices")
    notice = card.inbox.notices[card.passed_on]
    body, signature = notice.body, notice.signature
    if what in ("stale", "future"):
        clock.freeze(clock.now() + timedelta(minutes=6 if what == "stale" else -6))
    elif what == "tampered":
        body = body.replace(b'"livemode": false', b'"livemode": false ')
    elif what == "wrongly signed":
        signature = signature.replace("v1=", "v1=0")
    else:
        body = body.replace(b'"livemode": false', b'"livemode": true')
    before = card.read(Receipt.objects.count)
    assert post(body, signature) == 400
    assert card.read(Receipt.objects.count) == before


def test_case_10_while_a_secret_is_rotated_both_are_taken(card: World, settings: Any) -> None:
    [endpoint] = card.bench.stripe.v1.webhook_endpoints.list().data
    new = card.bench.order("webhooks/roll", endpoint=endpoint.id)["secret"]
    card.agree(9_000)
    card.run()  # we have the old one still
    settings.STRIPE_WEBHOOK_SECRETS = [new, *settings.STRIPE_WEBHOOK_SECRETS]
    card.agree(9_001)
    card.run()
    assert set(card.answers) == {200}
    card.assert_charged(9_000, 9_001)


def test_case_11_two_workers_on_one_instalment(card: World) -> None:
    card.agree(9_000)
    _without_charging(card)
    card.fault("timeout", "after", "create", seconds=0.1)
    both = threading.Barrier(2)

    def work() -> None:
        attempt_id = card.read(ChargeAttempt.objects.get).pk
        both.wait()
        with suppress(charges.StillInFlight, client.StripeFailure):
            charges.charge(attempt_id=attempt_id, now=clock.now())

    _at_once(work, work)
    card.recover()
    card.assert_charged(9_000)


def test_case_11_a_doubled_bell(card: World) -> None:
    card.agree(9_000)
    _at_once(*[lambda: drain("billing")] * 3)
    fire_due()
    _at_once(*[lambda: drain("billing")] * 3)
    card.recover()
    card.assert_charged(9_000)


def test_case_12_the_scheduler_runs_twice(card: World) -> None:
    card.agree(9_000, 2)
    for _ in range(2):
        _at_once(*[lambda: fire_due()] * 2)
        card.run()
        card.advance(days=7)
    card.run()
    card.assert_charged(4_500, 4_500)


def test_case_12_the_scheduler_comes_back_after_three_days(card: World) -> None:
    card.agree(9_000, 2)
    card.run()
    card.advance(days=10)  # due on day 7
    card.run()
    card.assert_charged(4_500, 4_500)
    assert card.attempts() == [(1, 1, "paid"), (1, 1, "paid")]


def test_case_12_month_end_31_and_daylight_saving(card: World) -> None:
    begin = datetime(2026, 1, 31, 15, tzinfo=ZoneInfo("UTC"))
    zone = ZoneInfo("America/New_York")
    instants = due_instants(begin, 4, Interval.MONTHLY, zone.key)
    local = [instant.astimezone(zone) for instant in instants]
    assert [each.date() for each in local] == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
    ]
    assert [each.hour for each in local[1:]] == [9, 9, 9]  # the clocks went forward on March 8
    assert (instants[2] - instants[1]) == timedelta(days=31) - timedelta(hours=1)

    plan = agree(card.member, cents=9_000, count=3, now=clock.now())  # March 2, April 2, May 2
    assert plan.interval == Interval.MONTHLY
    for _ in range(62):
        card.run_for(days=1)
    card.assert_charged(3_000, 3_000, 3_000)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", ["conflict", "rate_limit"])
def test_case_13_409_and_429(card: World, kind: str, step: str) -> None:
    card.fault(kind, "before", step, count=2)
    card.agree(9_000)
    card.run()
    card.recover()
    card.assert_charged(9_000)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("stage", ["before", "after"])
def test_case_13_a_time_out(card: World, stage: str, step: str, settings: Any) -> None:
    settings.STRIPE_TIMEOUT_SECONDS = 0.2
    card.fault("timeout", stage, step, seconds=0.5)
    card.agree(9_000)
    card.run()
    card.recover()
    card.assert_charged(9_000)


def _without_charging(world: World) -> None:
    """Work until the attempt is recorded, its charge left to the test: the first job fails and waits its turn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charges, "charge", _refuse)
        world.work()
    assert world.read(Instalment.objects.get).status == "charging"


def _refuse(**_: object) -> None:
    raise charges.StillInFlight("left to the test")


def _at_once(*calls: Callable[[], object]) -> None:
    workers = [threading.Thread(target=_in_thread, args=(call,)) for call in calls]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def _in_thread(call: Callable[[], object]) -> None:
    try:
        call()
    finally:
        connections.close_all()
