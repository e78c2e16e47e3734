"""A request goes from clinic to clinic until one says yes or nobody is left."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from referrals.clinics.services import update_capacity
from referrals.offers import services as offers
from referrals.requests import services as requests
from tests.factories.benefits import make_user
from tests.factories.referrals import (
    make_clinic,
    make_member,
    make_request,
    offers_of,
    open_offer,
    run_workers,
    status_of,
)
from workers.deliveries.models import Delivery
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.timers.firing import fire_due

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def member(db: None, now: datetime) -> Any:
    return make_member()


def sent(kind: Any) -> Any:
    with acting_as(WORKER):
        return list(Delivery.objects.filter(type=kind).order_by("id"))


def accept(offer: Any, now: datetime) -> Any:
    with acting_as(WORKER):
        return offers.accept(offer_id=offer.pk, clinic_id=offer.clinic_id, now=now)


def decline(offer: Any, now: datetime, reason: Any = "not_a_fit") -> Any:
    with acting_as(WORKER):
        return offers.decline(offer_id=offer.pk, clinic_id=offer.clinic_id, reason=reason, now=now)


def test_a_decline_and_a_silence_lead_to_the_clinic_that_accepts(member: Actor, now: datetime) -> None:
    near, middle, far = (
        make_clinic(number, latitude=latitude) for number, latitude in enumerate((40.79, 40.75, 40.70))
    )
    request = make_request(member)
    run_workers()
    first = open_offer(request)
    assert first.clinic_id == near.pk
    assert first.respond_by == now + timedelta(hours=24)
    decline(first, now)
    run_workers()
    second = open_offer(request)
    assert second.clinic_id == middle.pk
    later = second.respond_by
    clock.freeze(later)
    fire_due()
    run_workers()
    third = open_offer(request)
    assert third.clinic_id == far.pk
    accept(third, later)
    run_workers()
    assert [(offer.status, offer.reason) for offer in offers_of(request)] == [
        ("rejected", "not_a_fit"),
        ("failed", "no_answer"),
        ("accepted", ""),
    ]
    assert status_of(request.pk) == "accepted"
    assert [delivery.owner_id for delivery in sent("referral.offered")] == [near.pk, middle.pk, far.pk]
    assert [delivery.owner_id for delivery in sent("referral.withdrawn")] == [middle.pk]


def test_when_nobody_is_left_the_request_is_unplaced_and_operators_hear(member: Actor, now: datetime) -> None:
    operator, colleague = make_user("operator"), make_user("operator", permissions=["finance"])
    make_clinic()
    request = make_request(member)
    run_workers()
    decline(open_offer(request), now)
    run_workers()
    assert status_of(request.pk) == "unplaced"
    with acting_as(WORKER):
        told = [email.message["to"] for email in Email.objects.filter(template="referrals/operator_list")]
    assert told == [operator.email]
    assert colleague.email not in told


def test_a_clinic_without_an_address_is_passed_over_at_once(member: Actor) -> None:
    make_clinic(0, latitude=40.79, has_endpoint=False)
    other = make_clinic(1)
    request = make_request(member)
    run_workers()
    assert open_offer(request).clinic_id == other.pk
    assert [offer.reason for offer in offers_of(request)] == ["no_endpoint", ""]


def test_a_yes_without_a_slot_is_closed_and_the_next_clinic_asked(member: Actor, now: datetime) -> None:
    clinic = make_clinic(0, latitude=40.79, open_slots=1)
    other = make_clinic(1, latitude=40.60, open_slots=1)
    first = make_request(member)
    run_workers()
    with acting_as(WORKER):
        update_capacity(clinic_id=clinic.pk, open_slots=0, now=now)
    assert accept(open_offer(first), now).reason == "no_slot_left"
    run_workers()
    assert open_offer(first).clinic_id == other.pk
    assert [delivery.owner_id for delivery in sent("referral.withdrawn")] == [clinic.pk]
    with acting_as(WORKER):
        clinic.refresh_from_db()
    assert clinic.open_slots == 0


def test_an_acceptance_takes_a_slot_and_a_withdrawal_returns_it(member: Actor, now: datetime) -> None:
    clinic = make_clinic(open_slots=2)
    request = make_request(member)
    run_workers()
    offer = accept(open_offer(request), now)
    with acting_as(WORKER):
        clinic.refresh_from_db()
    assert clinic.open_slots == 1
    with acting_as(member):
        requests.withdraw(request_id=request.pk, member_id=request.member_id, now=now)
    run_workers()
    with acting_as(WORKER):
        clinic.refresh_from_db()
        offer.refresh_from_db()
    assert (clinic.open_slots, offer.status) == (2, "cancelled")
    assert [delivery.owner_id for delivery in sent("referral.withdrawn")] == [clinic.pk]


def test_a_withdrawal_cancels_the_open_offer_and_asks_nobody_else(member: Actor, now: datetime) -> None:
    make_clinic(0)
    make_clinic(1)
    request = make_request(member)
    run_workers()
    offer = open_offer(request)
    with acting_as(member):
        requests.withdraw(request_id=request.pk, member_id=request.member_id, now=now)
    with pytest.raises(offers.OfferNotOpen) as refusal:
        accept(offer, now)
    assert refusal.value.extra == {"state": "cancelled"}
    run_workers()
    assert [offer.status for offer in offers_of(request)] == ["cancelled"]
    assert len(sent("referral.withdrawn")) == 1


def test_a_deadline_that_was_met_does_nothing(member: Actor, now: datetime) -> None:
    make_clinic()
    request = make_request(member)
    run_workers()
    offer = accept(open_offer(request), now)
    clock.freeze(now + timedelta(hours=25))
    fire_due()
    run_workers()
    with acting_as(WORKER):
        offer.refresh_from_db()
    assert offer.status == "accepted"


def test_a_late_acceptance_is_refused_before_the_deadline_was_worked_off(member: Actor, now: datetime) -> None:
    make_clinic()
    request = make_request(member)
    run_workers()
    with pytest.raises(offers.OfferNotOpen) as refusal:
        accept(open_offer(request), now + timedelta(hours=24, seconds=1))
    assert refusal.value.extra == {"state": "failed"}
