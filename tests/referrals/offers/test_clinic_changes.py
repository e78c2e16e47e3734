"""What offers follow when a clinic's licence, standing or places change."""

from datetime import datetime
from typing import Any

import pytest

from referrals.clinics.services import archive, set_status, update_capacity
from referrals.offers import services as offers
from referrals.offers.models import Offer
from referrals.requests import services as requests
from tests.factories.referrals import (
    OPERATOR,
    make_clinic,
    make_member,
    make_request,
    make_screening,
    offers_of,
    open_offer,
    run_workers,
    status_of,
)
from tests.referrals.offers.conftest import accept, ended, routed
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.timers.firing import fire_due

pytestmark = pytest.mark.usefixtures("db")


@pytest.mark.parametrize("leave", [archive, lambda **about: set_status(status="suspended", **about)])
def test_a_clinic_that_may_take_nobody_is_not_waited_for(member: Actor, now: datetime, leave: Any) -> None:
    near, other = make_clinic(0, latitude=40.79), make_clinic(1)
    request = routed(make_request(member))
    offer = open_offer(request)
    assert offer.clinic_id == near.pk
    with acting_as(OPERATOR):
        leave(clinic_id=near.pk, now=now)
    run_workers()
    assert ended(offer) == ("cancelled", "clinic_unavailable")
    assert open_offer(request).clinic_id == other.pk


def test_a_yes_of_a_clinic_that_may_take_nobody_comes_to_nothing_and_the_next_is_asked(
    member: Actor, now: datetime
) -> None:
    near, other = make_clinic(0, latitude=40.79), make_clinic(1)
    request = routed(make_request(member))
    offer = open_offer(request)
    with acting_as(OPERATOR):
        set_status(clinic_id=near.pk, status="suspended", now=now)
    answered = accept(offer)  # before a worker heard of it
    assert (answered.status, answered.reason) == ("cancelled", "clinic_unavailable")
    run_workers()
    assert open_offer(request).clinic_id == other.pk


def test_a_licence_that_lapses_takes_the_offer_to_the_next(member: Actor, now: datetime) -> None:
    near = make_clinic(0, latitude=40.79, licence_expires_on=now.date())
    other = make_clinic(1)
    request = routed(make_request(member))
    offer = open_offer(request)
    assert offer.clinic_id == near.pk
    clock.freeze(datetime(2026, 3, 3, 5, 0, tzinfo=now.tzinfo))
    fire_due()
    run_workers()
    assert ended(offer) == ("cancelled", "clinic_unavailable")
    assert open_offer(request).clinic_id == other.pk


def test_capacity_that_is_gone_takes_back_the_newest_offers(member: Actor, now: datetime) -> None:
    clinic = make_clinic(open_slots=2)
    first, second = routed(make_request(member)), routed(make_request(make_member()))
    with acting_as(WORKER):
        update_capacity(clinic_id=clinic.pk, open_slots=1, now=now)
    run_workers()
    assert offers_of(first)[0].status == "requested"
    assert [(offer.status, offer.reason) for offer in offers_of(second)] == [("cancelled", "capacity_gone")]
    assert status_of(second.pk) == "unplaced"


def test_a_place_that_comes_free_goes_to_who_found_nobody(member: Actor, now: datetime) -> None:
    clinic = make_clinic(open_slots=0)
    waits, other = routed(make_request(member)), routed(make_request(make_member()))
    assert (status_of(waits.pk), status_of(other.pk)) == ("unplaced", "unplaced")
    with acting_as(WORKER):
        update_capacity(clinic_id=clinic.pk, open_slots=1, now=now)
    run_workers()
    assert sorted((status_of(waits.pk), status_of(other.pk))) == ["offered", "unplaced"]


def decline(reason: str) -> Any:
    def answer(offer: Offer, now: datetime) -> None:
        with acting_as(WORKER):
            offers.decline(offer_id=offer.pk, clinic_id=offer.clinic_id, reason=reason, now=now)

    return answer


def stay_silent(offer: Offer, now: datetime) -> None:
    clock.freeze(offer.respond_by)
    with acting_as(WORKER):
        offers.expire(offer_id=offer.pk, now=offer.respond_by)


def withdraw(offer: Offer, now: datetime) -> None:
    with acting_as(WORKER):
        requests.withdraw(request_id=offer.request_id, member_id=offer.member_id, now=now)


@pytest.mark.parametrize(
    ("end", "came_to"),
    [
        (decline("not_a_fit"), "offered"),
        (stay_silent, "offered"),
        (withdraw, "offered"),
        (decline("no_capacity"), "unplaced"),  # it has no place, whatever it reported before
    ],
)
def test_a_place_that_an_offer_held_goes_to_who_found_nobody(
    member: Actor, now: datetime, end: Any, came_to: str
) -> None:
    clinic = make_clinic(open_slots=1)
    asked, waits = routed(make_request(member)), routed(make_request(make_member()))
    offer = open_offer(asked)
    assert status_of(waits.pk) == "unplaced"
    end(offer, now)
    run_workers()
    assert status_of(waits.pk) == came_to
    assert status_of(asked.pk) in ("unplaced", "withdrawn")
    assert [one.clinic_id for one in offers_of(waits)] == [clinic.pk] * (came_to == "offered")


def test_places_of_those_who_were_asked_at_once_and_not_taken_go_to_who_found_nobody(
    member: Actor, now: datetime
) -> None:
    [make_clinic(number, open_slots=1) for number in range(3)]
    request = make_request(member, screening=make_screening(member, suicidality=True))
    with acting_as(OPERATOR):
        requests.release(request_id=request.pk, now=now)
    run_workers()
    waits = routed(make_request(make_member()))
    assert status_of(waits.pk) == "unplaced"
    accept(offers_of(request)[0])
    run_workers()
    assert status_of(waits.pk) == "offered"


def test_a_clinic_that_was_full_is_asked_again_when_it_has_places(member: Actor, now: datetime) -> None:
    clinic = make_clinic(open_slots=1)
    request = routed(make_request(member))
    with acting_as(WORKER):
        offers.decline(offer_id=open_offer(request).pk, clinic_id=clinic.pk, reason="no_capacity", now=now)
    run_workers()
    assert status_of(request.pk) == "unplaced"
    with acting_as(WORKER):
        update_capacity(clinic_id=clinic.pk, open_slots=4, now=now)
    run_workers()
    assert open_offer(request).clinic_id == clinic.pk


def test_a_clinic_that_said_no_for_another_reason_is_left_alone(member: Actor, now: datetime) -> None:
    clinic = make_clinic(open_slots=1)
    request = routed(make_request(member))
    with acting_as(WORKER):
        offers.decline(offer_id=open_offer(request).pk, clinic_id=clinic.pk, reason="not_a_fit", now=now)
        update_capacity(clinic_id=clinic.pk, open_slots=4, now=now)
    run_workers()
    assert status_of(request.pk) == "unplaced"


def test_a_new_clinic_takes_who_waits(member: Actor) -> None:
    request = routed(make_request(member))
    assert status_of(request.pk) == "unplaced"
    clinic = make_clinic()
    run_workers()
    assert open_offer(request).clinic_id == clinic.pk
