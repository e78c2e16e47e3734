"""Rounds: whatever there is to find, a round is short, and each thing that it found is a job of its own."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from billing.payment_plans.models import ChargeAttempt
from billing.stripe.client import speaking
from billing.stripe.models import StripeRound
from billing.stripe.services import rounds
from tests.billing.stripe.world import World
from workers.kernel import clock
from workers.outbox.models import Job
from workers.receipts.models import Receipt
from workers.timers.firing import fire_due
from workers.timers.models import Timer

REQUEST = timedelta(milliseconds=100)
LEASE = timedelta(seconds=8)


@pytest.fixture
def charged(world: World) -> World:
    """A member who has paid once, by a card; from now on no notice arrives."""
    world.store_card()
    world.agree(9_000)
    world.run()
    world.deafen()
    return world


@pytest.fixture
def lasted(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[timedelta]:
    """How long each round has lasted by the machine's clock, which each request to Stripe moves by REQUEST."""
    lasted, asked = list[timedelta](), list[None]()
    settings.LEASE_SECONDS = LEASE.total_seconds()
    monkeypatch.setattr(speaking, "wait_for_turn", lambda *_: asked.append(None))
    monkeypatch.setattr(clock, "machine_now", lambda: clock.now() + len(asked) * REQUEST)
    go = rounds.go

    def timed(**how: Any) -> None:
        begin = clock.machine_now()
        go(**how)
        lasted.append(clock.machine_now() - begin)

    monkeypatch.setattr(rounds, "go", timed)
    return lasted


def looked_until(world: World) -> datetime:
    """Up to when the rounds have looked."""
    return world.read(lambda: StripeRound.objects.get().looked_until)


def make_orphans(world: World, count: int, *, seconds: float) -> list[str]:
    """PaymentIntents with our metadata that no row knows, one every so many seconds."""
    first = world.bench.stripe.v1.payment_intents.retrieve(world.paid().payment_intent_id)
    idle: Any = {
        "amount": 9_000,
        "currency": "usd",
        "customer": str(first.customer),
        "allowed_payment_method_types": ["card"],
        "metadata": {**first.to_dict()["metadata"], "gen": "7"},
    }
    orphans = []
    for _ in range(count):
        world.advance(seconds=seconds)
        orphans.append(world.bench.stripe.v1.payment_intents.create(idle).id)
    return orphans


def statuses(world: World, intent_ids: list[str]) -> set[str]:
    """What Stripe says of PaymentIntents."""
    listed = world.bench.stripe.v1.payment_intents.list({"limit": 100}).auto_paging_iter()
    return {str(intent.status) for intent in listed if intent.id in intent_ids}


@pytest.mark.parametrize(("things", "most"), [(300, 300), (60, 10)])
def test_a_round_never_outlives_its_lease_and_leaves_nothing(
    charged: World, lasted: list[timedelta], monkeypatch: pytest.MonkeyPatch, things: int, most: int
) -> None:
    monkeypatch.setattr(rounds, "MOST", most, raising=False)
    orphans = make_orphans(charged, things, seconds=30)
    charged.advance(hours=1)
    charged.work()
    assert lasted
    assert max(lasted) < LEASE
    assert statuses(charged, orphans) == {"canceled"}
    assert looked_until(charged) == clock.now()
    charged.assert_books(9_000)


def test_a_second_that_has_more_than_a_span_takes_is_read_whole(
    charged: World, lasted: list[timedelta], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "MOST", 5)
    orphans = make_orphans(charged, 12, seconds=0)
    charged.advance(hours=1)
    charged.work()
    assert lasted
    assert statuses(charged, orphans) == {"canceled"}
    assert looked_until(charged) == clock.now()


def test_the_rest_of_a_round_after_an_absence_reads_what_was_delivered_before_it(
    charged: World, lasted: list[timedelta], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a restored backup: the refund's notice was taken by a database that is no more."""
    monkeypatch.setattr(rounds, "SHARE", 1_000_000)  # each job reads one span
    charged.is_deaf = False
    charged.bench.order("webhooks", drop=False)
    charged.advance(hours=9)
    intent = charged.paid().payment_intent_id
    charged.bench.stripe.v1.refunds.create({"payment_intent": intent, "amount": 4_000})
    charged.advance(minutes=30)
    charged.work()
    assert len(lasted) > 2
    assert charged.refunds() == ["succeeded"]
    charged.assert_books(5_000)


def test_what_is_open_for_long_is_asked_about_by_one_job_whatever_became_of_former_ones(charged: World) -> None:
    attempt = charged.paid()
    charged.read(lambda: ChargeAttempt.objects.filter(pk=attempt.pk).update(status="unknown", sweep=5))
    checks = Timer.objects.filter(kind="billing.stripe-sweep.due.v1")
    charged.advance(minutes=1)
    for _ in range(3):  # nobody works it off
        charged.advance(hours=1)
        now, number = clock.now(), charged.read(lambda: StripeRound.objects.get().number)
        charged.read(lambda number=number, now=now: rounds.plan_next(number=number, now=now))
        charged.read(lambda number=number, now=now: rounds.plan_next(number=number, now=now))
    assert charged.read(lambda: sorted(checks.values_list("generation", flat=True))) == [6, 7, 8]
    charged.read(Timer.objects.exclude(kind="billing.stripe-sweep.due.v1").delete)
    fire_due()
    assert charged.read(lambda: Job.objects.values("ordering_key").distinct().count()) == 3
    before = len(charged.bench.read("charges"))
    charged.work()
    assert (charged.instalments(), len(charged.bench.read("charges"))) == (["paid"], before)
    assert charged.open_jobs() == 0


def test_what_was_found_before_is_handed_out_once(charged: World, lasted: list[timedelta]) -> None:
    make_orphans(charged, 3, seconds=1)
    charged.advance(minutes=30)
    found = Receipt.objects.filter(message_id__startswith="pi_")
    for _ in range(2):
        rounds.go(number=0, rest_since=None, now=clock.now())
    assert charged.read(found.count) == 3
    assert len(lasted) == 2
    charged.work()
    assert charged.open_jobs() == 0
