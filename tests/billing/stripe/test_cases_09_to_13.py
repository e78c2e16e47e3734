"""Fault cases 9 to 13 of docs/design/billing.md: notices that are refused, two workers, timers twice, a busy Stripe.

Always against the simulator in a process of its own, whose log of what was charged is the judge.
"""

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from django.test import Client

from billing.payment_plans.models import ChargeAttempt, Instalment
from billing.payment_plans.rules import Interval, due_instants
from billing.stripe import client
from billing.stripe.services import charges
from tests.billing.stripe.world import World, post
from tests.factories.payments import agree
from tests.racing import at_once
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
    attempt_id = card.read(ChargeAttempt.objects.get).pk

    def work() -> None:
        with suppress(charges.StillInFlight, client.StripeFailure):
            charges.charge(attempt_id=attempt_id, now=clock.now())

    at_once(work, work)
    card.recover()
    card.assert_charged(9_000)


def test_case_11_a_doubled_bell(card: World) -> None:
    card.agree(9_000)
    at_once(*[lambda: drain("billing")] * 3)
    fire_due()
    at_once(*[lambda: drain("billing")] * 3)
    card.recover()
    card.assert_charged(9_000)


def test_case_12_the_scheduler_runs_twice(card: World) -> None:
    card.agree(9_000, 2)
    for _ in range(2):
        at_once(*[lambda: fire_due()] * 2)
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
        patch.setattr(charges, "charge_all", _refuse)
        world.work()
    assert world.read(Instalment.objects.get).status == "charging"


def _refuse(**_: object) -> None:
    raise charges.StillInFlight("left to the test")
