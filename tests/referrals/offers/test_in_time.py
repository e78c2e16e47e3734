"""An answer is judged by when it came: one that a worker gets to after the deadline's timer still counts."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from referrals.offers import services as offers
from referrals.offers.models import Offer
from referrals.requests.models import RequestStep
from referrals.routing.models import ClinicRecord
from tests.factories.referrals import make_clinic, make_request, open_offer, run_workers, status_of
from tests.referrals.offers.conftest import ended, routed
from workers.deliveries.models import Delivery
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, acting_as


def late(offer: Offer) -> datetime:
    return offer.respond_by + timedelta(minutes=1)


def expire(offer: Offer) -> None:
    clock.freeze(late(offer))
    with acting_as(WORKER):
        offers.expire(offer_id=offer.pk, now=late(offer))


def accept(offer: Offer, *, came_at: datetime) -> Offer:
    with acting_as(WORKER):
        return offers.accept(offer_id=offer.pk, clinic_id=offer.clinic_id, now=late(offer), answered_at=came_at)


def told(clinic_id: Any) -> list[str]:
    with acting_as(WORKER):
        return list(Delivery.objects.filter(owner_id=clinic_id).order_by("seq").values_list("type", flat=True))


def test_a_yes_in_time_wins_though_the_next_clinic_has_been_asked(member: Actor, now: datetime) -> None:
    make_clinic(0, latitude=40.79)
    make_clinic(1)
    request = routed(make_request(member))
    first = open_offer(request)
    expire(first)
    run_workers()
    second = open_offer(request)
    assert second.clinic_id != first.clinic_id
    accept(first, came_at=first.respond_by)
    run_workers()
    assert (ended(first), ended(second)) == (("accepted", ""), ("cancelled", "taken_by_other"))
    assert status_of(request.pk) == "accepted"
    assert told(first.clinic_id)[-2:] == ["referral.confirmed", "course.updated"]
    assert told(second.clinic_id) == ["referral.offered", "referral.withdrawn"]
    with acting_as(WORKER):
        record = ClinicRecord.objects.get(pk=first.clinic_id)
    assert (record.open_offers, record.acceptances, record.silences) == (0, 1, 0)


def test_a_yes_in_time_wins_where_nobody_else_was_left(member: Actor, now: datetime) -> None:
    make_clinic()
    request = routed(make_request(member))
    offer = open_offer(request)
    expire(offer)
    run_workers()
    assert status_of(request.pk) == "unplaced"
    accept(offer, came_at=now)
    with acting_as(WORKER):
        steps = list(RequestStep.objects.filter(request=request).order_by("at", "id").values_list("status", flat=True))
    assert steps == ["open", "offered", "open", "unplaced", "accepted"]


def test_a_clinic_whose_yes_won_meanwhile_is_not_told_that_the_offer_is_gone(member: Actor, now: datetime) -> None:
    make_clinic()
    offer = open_offer(routed(make_request(member)))
    expire(offer)
    accept(offer, came_at=now)
    run_workers()
    assert told(offer.clinic_id) == ["referral.offered", "referral.confirmed", "course.updated"]


def test_a_yes_in_time_comes_to_nothing_once_another_clinic_has_said_yes(member: Actor, now: datetime) -> None:
    make_clinic(0, latitude=40.79)
    make_clinic(1)
    request = routed(make_request(member))
    first = open_offer(request)
    expire(first)
    run_workers()
    accept(open_offer(request), came_at=now)
    with pytest.raises(offers.OfferNotOpen) as refusal:
        accept(first, came_at=now)
    assert (refusal.value.extra, ended(first)) == ({"state": "failed"}, ("failed", "no_answer"))


def test_a_yes_after_the_deadline_stays_refused(member: Actor, now: datetime) -> None:
    make_clinic()
    offer = open_offer(routed(make_request(member)))
    expire(offer)
    with pytest.raises(offers.OfferNotOpen) as refusal:
        accept(offer, came_at=offer.respond_by + timedelta(microseconds=1))
    assert refusal.value.extra == {"state": "failed"}


def test_a_no_in_time_is_no_silence(member: Actor, now: datetime) -> None:
    make_clinic()
    offer = open_offer(routed(make_request(member)))
    expire(offer)
    with acting_as(WORKER):
        offers.decline(
            offer_id=offer.pk, clinic_id=offer.clinic_id, reason="schedule", now=late(offer), answered_at=now
        )
        record = ClinicRecord.objects.get()
    assert ended(offer) == ("rejected", "schedule")
    assert (record.open_offers, record.declines, record.silences) == (0, 1, 0)


def test_a_yes_to_what_nobody_could_be_told_of_stays_refused(member: Actor, now: datetime) -> None:
    make_clinic(has_endpoint=False)
    routed(make_request(member))
    with acting_as(WORKER):
        offer = Offer.objects.get()
    assert ended(offer) == ("failed", "no_endpoint")
    with pytest.raises(offers.OfferNotOpen):
        accept(offer, came_at=now)
