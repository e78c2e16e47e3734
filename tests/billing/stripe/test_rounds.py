"""Rounds: whatever there is to find, a round is short, and each thing that it found is a job of its own."""

import itertools
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from billing.events import StripeRoundDue
from billing.stripe import client
from billing.stripe.models import StripeRound
from billing.stripe.services import rounds
from tests.billing.stripe.world import World
from workers.kernel import clock
from workers.outbox.draining import drain
from workers.outbox.models import Job
from workers.receipts.models import Receipt
from workers.timers.models import Timer


@pytest.fixture
def charged(world: World) -> World:
    """A member who has paid once, by a card; from now on no notice arrives."""
    world.store_card()
    world.agree(9_000)
    world.run()
    world.deafen()
    return world


@pytest.fixture
def rounds_made(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[StripeRoundDue]:
    """Each look at the machine's clock finds it a second later, and pages are small: a job reads two of them."""
    made, looks = list[StripeRoundDue](), itertools.count()
    settings.LEASE_SECONDS = 2 * rounds.SHARE
    monkeypatch.setattr(rounds, "PAGE", 10)
    monkeypatch.setattr(clock, "machine_now", lambda: clock.now() + timedelta(seconds=next(looks)))
    go = rounds.go

    def counted(due: StripeRoundDue, *, now: datetime) -> None:
        made.append(due)
        go(due, now=now)

    monkeypatch.setattr(rounds, "go", counted)
    return made


def looked_until(world: World) -> datetime:
    """Up to when the rounds have looked."""
    return world.read(lambda: StripeRound.objects.get().looked_until)


def make_orphans(world: World, count: int, *, seconds: float) -> list[str]:
    """PaymentIntents with our metadata that no row knows, one every so many seconds."""
    orphans = []
    for _ in range(count):
        world.advance(seconds=seconds)
        orphans.append(world.make_alike())
    return orphans


def statuses(world: World, intent_ids: list[str]) -> set[str]:
    """What Stripe says of PaymentIntents."""
    listed = world.bench.stripe.v1.payment_intents.list({"limit": 100}).auto_paging_iter()
    return {str(intent.status) for intent in listed if intent.id in intent_ids}


def test_a_round_is_short_and_leaves_nothing(charged: World, rounds_made: list[StripeRoundDue]) -> None:
    orphans = make_orphans(charged, 60, seconds=30)
    charged.advance(hours=1)
    charged.work()
    assert len(rounds_made) >= 5, "ten a page, of two lists"
    assert {due.listed for due in rounds_made} == {"", rounds.INTENTS, rounds.EVENTS}
    assert statuses(charged, orphans) == {"canceled"}
    assert looked_until(charged) == clock.now()
    charged.assert_books(9_000)


def test_what_was_made_in_one_second_is_read_whole(charged: World, rounds_made: list[StripeRoundDue]) -> None:
    orphans = make_orphans(charged, 12, seconds=0)
    charged.advance(hours=1)
    charged.work()
    assert statuses(charged, orphans) == {"canceled"}
    assert looked_until(charged) == clock.now()


def test_the_rest_of_a_round_after_an_absence_reads_what_was_delivered_before_it(
    charged: World, rounds_made: list[StripeRoundDue]
) -> None:
    """As after a restored backup: the refund's notice was taken by a database that is no more."""
    charged.is_deaf = False
    charged.bench.order("webhooks", drop=False)
    charged.advance(hours=9)
    intent = charged.paid().payment_intent_id
    charged.bench.stripe.v1.refunds.create({"payment_intent": intent, "amount": 4_000})
    make_orphans(charged, 12, seconds=10)
    charged.advance(minutes=30)
    charged.work()
    assert len(rounds_made) >= 2
    assert charged.refunds() == ["succeeded"]
    charged.assert_books(5_000)


def test_an_older_round_plans_no_other(world: World) -> None:
    world.store_card()
    world.work()
    world.advance(hours=1, minutes=1)
    for number in (0, 0, 1, 0):
        world.read(partial(rounds.plan_next, number=number, now=clock.now()))
    assert world.read(lambda: StripeRound.objects.get().number) == 2


def test_what_is_open_for_long_is_asked_about_whatever_became_of_its_jobs(world: World) -> None:
    world.store_card()
    world.deafen()
    world.fault("drop", "after", "confirm")
    world.agree(9_000)
    world.work()
    world.read(Job.objects.all().delete)
    world.read(Timer.objects.all().delete)
    world.advance(hours=1, minutes=1)
    for _ in range(3):  # of the first nothing is worked off
        world.read(partial(rounds.ask_about_open, now=clock.now()))
    world.work()
    world.assert_charged(9_000)


def test_what_was_found_before_is_handed_out_once(charged: World) -> None:
    make_orphans(charged, 3, seconds=1)
    charged.advance(minutes=30)
    found = Receipt.objects.filter(message_id__startswith="pi_")
    for _ in range(2):
        rounds.go(StripeRoundDue(number=0), now=clock.now())
    assert charged.read(found.count) == 3
    charged.work()
    assert charged.open_jobs() == 0


def test_what_an_open_attempt_might_have_taken_and_did_not_is_canceled_by_a_later_round(world: World) -> None:
    """The answer was lost, and Stripe has two of them: the attempt takes one, and nobody is to pay the other."""
    world.store_card()
    world.deafen()
    world.fault("drop", "after", "create")
    world.agree(9_000)
    world.work()
    [lost] = world.bench.stripe.v1.payment_intents.list({}).data
    world.make_alike(lost.id, metadata=lost.to_dict()["metadata"])
    world.read(Job.objects.all().delete)
    world.advance(minutes=30)
    rounds.go(StripeRoundDue(number=0), now=clock.now())
    drain("billing")
    world.recover()
    listed = world.bench.stripe.v1.payment_intents.list({})
    assert sorted(str(intent.status) for intent in listed) == ["canceled", "succeeded"]
    world.assert_charged(9_000)


def test_a_rest_that_stripe_cannot_go_on_from_stops_no_later_round(charged: World) -> None:
    [orphan] = make_orphans(charged, 1, seconds=1)
    charged.advance(minutes=30)
    began = looked_until(charged)
    for listed in (rounds.INTENTS, rounds.EVENTS):
        with pytest.raises(client.Refused) as refused:
            rounds.go(StripeRoundDue(number=0, listed=listed, after="gone", begun=clock.now()), now=clock.now())
        assert refused.value.param == "starting_after"
    assert looked_until(charged) == began
    charged.advance(minutes=30)
    charged.work()
    assert statuses(charged, [orphan]) == {"canceled"}
    assert looked_until(charged) == clock.now()


def test_a_refund_whose_answer_was_lost_is_asked_about_whatever_became_of_its_jobs(charged: World) -> None:
    charged.fault("drop", "after", "refund")
    charged.refund(4_000)
    charged.work()
    assert charged.refunds() == ["unknown"]
    charged.read(Job.objects.all().delete)
    charged.read(Timer.objects.all().delete)
    charged.advance(hours=1, minutes=1)
    charged.read(partial(rounds.ask_about_open, now=clock.now()))
    charged.work()
    assert charged.refunds() == ["succeeded"]
    charged.assert_books(5_000)


def test_a_round_has_looked_up_to_when_it_began_and_not_up_to_its_rest(charged: World) -> None:
    charged.advance(minutes=10)
    begun = clock.now()
    charged.advance(minutes=20)
    rounds.go(StripeRoundDue(number=0, listed=rounds.EVENTS, begun=begun), now=clock.now())
    assert looked_until(charged) == begun
