"""Decisions are kept, and can be replayed."""

from datetime import datetime
from typing import Any

import pytest

from referrals.clinics import services as clinics
from referrals.offers import services as offers
from referrals.routing.models import RoutingDecision
from referrals.routing.queries import get_ranking, list_decisions, replay
from tests.factories.referrals import make_clinic, make_member, make_request, open_offer, run_workers
from workers.kernel.actor import WORKER, acting_as


@pytest.fixture
def decided(db: None, now: datetime) -> Any:
    """A request that two clinics were asked, the second after the first declined and changed; a third is full."""
    first = make_clinic(0, latitude=40.79)
    second = make_clinic(1)
    make_clinic(2, open_slots=0)
    request = make_request(make_member())
    run_workers()
    offer = open_offer(request)
    with acting_as(WORKER):
        offers.decline(offer_id=offer.pk, clinic_id=first.pk, reason="other", now=now)
        clinics.update_capacity(clinic_id=first.pk, open_slots=0, now=now)
    run_workers()
    with acting_as(WORKER):
        return [first, second], list(list_decisions(request.pk))


def test_each_choice_is_kept_with_its_reasons(decided: Any) -> None:
    (first, second), decisions = decided
    assert [decision.clinic_id for decision in decisions] == [first.pk, second.pk]
    assert "no_capacity" in next(iter(decisions[0].ranking["refused"].values()))
    assert decisions[1].ranking["refused"][str(first.pk)] == ["asked_before", "no_capacity"]


def test_a_replay_comes_to_the_same_though_the_clinics_have_changed(decided: Any) -> None:
    for decision in decided[1]:
        assert replay(decision) == get_ranking(decision)


def test_wishes_are_unreadable_in_the_table(decided: Any) -> None:
    with acting_as(WORKER):
        raw = bytes(RoutingDecision.objects.values_list("inputs", flat=True)[0])
    assert b"wish" not in raw


def test_an_offer_not_yet_answered_occupies_its_slot(db: None, now: datetime) -> None:
    only_one = make_clinic(0, latitude=40.79, open_slots=1)
    other = make_clinic(1, latitude=40.60)
    first, second = make_request(make_member()), make_request(make_member())
    run_workers()
    assert {open_offer(first).clinic_id, open_offer(second).clinic_id} == {only_one.pk, other.pk}
