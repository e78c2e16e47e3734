"""Refunds and disputes that two are at: Stripe is slow, a person helps by hand, an old answer comes last."""

import pytest

from billing.payment_plans.models import Dispute
from billing.stripe import client
from billing.stripe.services import disputes
from tests.billing.stripe.world import World
from workers.kernel import clock


@pytest.fixture
def charged(world: World) -> World:
    """A member who paid 90 dollars."""
    world.store_card()
    world.agree(9_000)
    world.run()
    return world


def test_case_26_an_answer_from_before_its_end_opens_no_dispute_again(
    charged: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker fetched it before its end, another after it, and the first one comes last."""
    [charge] = charged.bench.read("charges")
    made = charged.bench.order("disputes", charge=charge["id"])
    charged.run()
    before = client.get_dispute(made["id"])
    charged.bench.order("disputes/end", dispute=made["id"], outcome="won")
    charged.run()
    monkeypatch.setattr(client, "get_dispute", lambda _: before)
    disputes.refresh(dispute_id=made["id"], now=clock.now())
    told = charged.read(Dispute.objects.get)
    assert (told.status, told.held_cents) == ("won", 0)
