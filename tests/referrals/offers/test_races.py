"""Answers that meet: one wins, and the database agrees."""

from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from benefits.enrollment.models import Enrollment
from referrals.clinics.models import Clinic
from referrals.clinics.services import archive, set_status, update_capacity
from referrals.offers import services as offers
from referrals.offers.models import Offer
from referrals.offers.queries.board import list_board
from referrals.requests import services as requests
from referrals.requests.models import Request
from referrals.routing.models import ClinicRecord
from tests.conftest import NOW
from tests.factories.benefits import changing_roster
from tests.factories.referrals import (
    OPERATOR,
    cover,
    make_clinic,
    make_member,
    make_request,
    make_screening,
    open_offer,
    run_workers,
    status_of,
)
from tests.racing import at_once
from workers.deliveries.models import Delivery
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.kernel.errors import NotFound
from workers.kernel.ids import new_id
from workers.outbox.models import EventRecord


@pytest.fixture
def member(committed_db: str, now: datetime) -> Any:
    return make_member()


def accept(offer: Any, now: datetime) -> Any:
    with acting_as(WORKER):
        return offers.accept(offer_id=offer.pk, clinic_id=offer.clinic_id, now=now)


def count_events(name: Any) -> Any:
    with acting_as(WORKER):
        return EventRecord.objects.filter(type=name).count()


def test_a_yes_that_comes_four_times_at_once_is_one(member: Actor, now: datetime) -> None:
    clinic = make_clinic(open_slots=3)
    offer = open_offer(routed(make_request(member)))
    answers = at_once(*[lambda: accept(offer, now)] * 4)
    assert {(answer.pk, answer.status) for answer in answers} == {(offer.pk, "accepted")}
    assert count_events("referrals.offer.accepted.v1") == 1
    with acting_as(WORKER):
        clinic.refresh_from_db()
    assert clinic.open_slots == 2


def test_two_offers_race_for_the_last_slot(committed_db: str, now: datetime) -> None:
    clinic = make_clinic(open_slots=2)
    pair = [open_offer(routed(make_request(make_member()))) for _ in range(2)]
    with acting_as(WORKER):
        update_capacity(clinic_id=clinic.pk, open_slots=1, now=now)
    answers = at_once(*[partial(accept, offer, now) for offer in pair])
    assert Counter((answer.status, answer.reason) for answer in answers) == {
        ("accepted", ""): 1,
        ("rejected", "no_slot_left"): 1,
    }
    with acting_as(WORKER):
        clinic.refresh_from_db()
    assert clinic.open_slots == 0


def test_a_yes_and_a_withdrawal_leave_one_story(member: Actor, now: datetime) -> None:
    clinic = make_clinic(open_slots=1)
    request = routed(make_request(member))
    offer = open_offer(request)

    def withdraw() -> Any:
        with acting_as(member):
            return requests.withdraw(request_id=request.pk, member_id=request.member_id, now=now)

    at_once(lambda: accept(offer, now), withdraw, expected=offers.OfferNotOpen)
    run_workers()
    with acting_as(WORKER):
        clinic.refresh_from_db()
        offer.refresh_from_db()
    assert (status_of(request.pk), offer.status, clinic.open_slots) == ("withdrawn", "cancelled", 1)


def test_a_yes_that_meets_its_deadline_wins_whoever_was_first(member: Actor, now: datetime) -> None:
    make_clinic()
    offer = open_offer(routed(make_request(member)))

    def expire() -> None:
        with acting_as(WORKER):
            offers.expire(offer_id=offer.pk, now=offer.respond_by)

    at_once(lambda: accept(offer, offer.respond_by), expire)
    with acting_as(WORKER):
        offer.refresh_from_db()
        record = ClinicRecord.objects.get()
    assert (offer.status, count_events("referrals.offer.accepted.v1")) == ("accepted", 1)
    assert (record.acceptances, record.silences, record.open_offers) == (1, 0, 0)


def test_asking_twice_at_once_makes_one_request(member: Actor, now: datetime) -> None:
    screening = make_screening(member)
    cover(member)
    ask = partial(make_request, member, screening=screening)
    answers = at_once(ask, ask, ask, expected=requests.RequestPending)
    refused = [answer for answer in answers if isinstance(answer, requests.RequestPending)]
    made = [answer for answer in answers if answer not in refused]
    assert len(made) == 1
    assert {refusal.extra["request_id"] for refusal in refused} == {str(made[0].pk)}


def test_routing_twice_at_once_makes_one_offer(member: Actor, now: datetime) -> None:
    make_clinic(0)
    make_clinic(1)
    request = make_request(member)

    def route() -> Any:
        with acting_as(WORKER):
            return offers.offer_next(request_id=request.pk, now=now)

    assert sorted(map(len, at_once(route, route))) == [0, 1]
    assert open_offer(request)


def test_the_database_itself_allows_one_acceptance(member: Actor, now: datetime) -> None:
    make_clinic(0)
    other = make_clinic(1, latitude=40.6)
    offer = accept(open_offer(routed(make_request(member))), now)
    with acting_as(WORKER):
        twin = Offer.objects.get(pk=offer.pk)
        twin.summary, twin.pk, twin.clinic_id = dict(twin.summary), new_id(), other.pk
        twin.status, twin.moved_by, twin.closed_at = "requested", "system", None
        twin.save(force_insert=True)
        with pytest.raises(IntegrityError, match="offer_accepted_once"), transaction.atomic():
            Offer.objects.filter(pk=twin.pk).update(status="accepted", moved_by="clinic", closed_at=now)


def test_the_database_itself_asks_a_clinic_once_at_a_time(member: Actor, now: datetime) -> None:
    make_clinic()
    offer = open_offer(routed(make_request(member)))
    with acting_as(WORKER):
        twin = Offer.objects.get(pk=offer.pk)
        twin.summary, twin.pk = dict(twin.summary), new_id()
        with pytest.raises(IntegrityError, match="offer_live_once"), transaction.atomic():
            twin.save(force_insert=True)


def test_a_repeat_of_ones_own_answer_changes_nothing(member: Actor, now: datetime) -> None:
    make_clinic()
    offer = open_offer(routed(make_request(member)))
    first = accept(offer, now)
    again = accept(offer, now + timedelta(days=9))
    assert (again.status, again.version) == ("accepted", first.version)


def test_another_clinics_answer_is_to_an_unknown_offer(member: Actor, now: datetime) -> None:
    make_clinic()
    offer = open_offer(routed(make_request(member)))
    other = make_clinic(1)
    with acting_as(WORKER):
        for answer in (offers.accept, lambda **about: offers.decline(reason="other", **about)):
            with pytest.raises(NotFound):
                answer(offer_id=offer.pk, clinic_id=other.pk, now=now)
        offer.refresh_from_db()
    assert offer.status == "requested"


def test_a_no_after_a_yes_and_a_yes_after_a_no_are_refused_with_the_state(member: Actor, now: datetime) -> None:
    make_clinic(0, latitude=40.79)
    make_clinic(1)
    request = routed(make_request(member))
    first = open_offer(request)
    with acting_as(WORKER):
        offers.decline(offer_id=first.pk, clinic_id=first.clinic_id, reason="no_capacity", now=now)
    with pytest.raises(offers.OfferNotOpen) as refusal:
        accept(first, now)
    assert refusal.value.extra == {"state": "rejected"}
    run_workers()
    second = accept(open_offer(request), now)
    with acting_as(WORKER), pytest.raises(offers.OfferNotOpen) as refusal:
        offers.decline(offer_id=second.pk, clinic_id=second.clinic_id, reason="other", now=now)
    assert refusal.value.extra == {"state": "accepted"}
    assert status_of(request.pk) == "accepted"


def test_an_untyped_reason_is_refused(member: Actor, now: datetime) -> None:
    make_clinic()
    offer = open_offer(routed(make_request(member)))
    with acting_as(WORKER), pytest.raises(offers.BadDeclineReason):
        offers.decline(offer_id=offer.pk, clinic_id=offer.clinic_id, reason="no_answer", now=now)


def routed(request: Any) -> Any:
    run_workers()
    return request


def test_requests_that_are_routed_at_once_are_not_offered_one_place_twice(committed_db: str, now: datetime) -> None:
    clinic = make_clinic(open_slots=1)
    pair = [make_request(make_member()) for _ in range(2)]

    def route(request: Any) -> Any:
        with acting_as(WORKER):
            return offers.offer_next(request_id=request.pk, now=now)

    asked = at_once(*[partial(route, request) for request in pair])
    run_workers()
    assert sorted(status_of(request.pk) for request in pair) == ["offered", "unplaced"]
    assert sum(map(len, asked)) == 1
    with acting_as(WORKER):
        record = ClinicRecord.objects.get(pk=clinic.pk)
        told = list(Delivery.objects.filter(owner_id=clinic.pk).values_list("type", flat=True))
    assert record.open_offers == 1
    assert told.count("referral.offered") == 1


def urgent(member: Actor) -> Any:
    """A request of which several clinics are asked at once."""
    request = make_request(member, screening=make_screening(member, suicidality=True))
    with acting_as(OPERATOR):
        requests.release(request_id=request.pk, now=NOW)
    return routed(request)


def waiting(request: Any) -> Any:
    with acting_as(WORKER):
        return list(Offer.objects.filter(request=request, status="requested"))


def test_of_clinics_that_say_yes_at_once_one_wins_and_the_others_are_told(member: Actor, now: datetime) -> None:
    clinics = [make_clinic(number) for number in range(3)]
    request = urgent(member)
    asked = waiting(request)
    assert {offer.clinic_id for offer in asked} == {clinic.pk for clinic in clinics}
    answers = at_once(*[partial(accept, offer, now) for offer in asked], expected=offers.OfferNotOpen)
    won = [answer for answer in answers if isinstance(answer, Offer)]
    lost = [answer for answer in answers if isinstance(answer, offers.OfferNotOpen)]
    assert ([offer.status for offer in won], [refusal.extra for refusal in lost]) == (
        ["accepted"],
        [{"state": "cancelled"}] * 2,
    )
    run_workers()
    with acting_as(WORKER):
        told = {delivery.owner_id for delivery in Delivery.objects.filter(type="referral.withdrawn")}
        slots = sum(Clinic.objects.values_list("open_slots", flat=True))
    assert told == {clinic.pk for clinic in clinics} - {won[0].clinic_id}
    assert slots == 3 * 3 - 1
    assert count_events("referrals.offer.accepted.v1") == 1


def test_a_no_that_crosses_the_deadline_counts_once(member: Actor, now: datetime) -> None:
    make_clinic()
    offer = open_offer(routed(make_request(member)))

    def expire() -> None:
        with acting_as(WORKER):
            offers.expire(offer_id=offer.pk, now=offer.respond_by)

    def decline() -> Any:
        with acting_as(WORKER):
            return offers.decline(offer_id=offer.pk, clinic_id=offer.clinic_id, reason="schedule", now=offer.respond_by)

    at_once(decline, expire)
    with acting_as(WORKER):
        offer.refresh_from_db()
        record = ClinicRecord.objects.get()
    assert (offer.status, offer.reason) == ("rejected", "schedule")
    assert (record.declines, record.silences, record.open_offers) == (1, 0, 0)


def test_a_yes_and_other_wishes_leave_one_story(member: Actor, now: datetime) -> None:
    make_clinic()
    request = routed(make_request(member))
    offer = open_offer(request)

    def wish() -> Any:
        with acting_as(member):
            wishes = requests.Preferences(near="10025", max_distance_km=50.0, routes=("sublingual",))
            return requests.change_wishes(
                request_id=request.pk, member_id=request.member_id, preferences=wishes, now=now
            )

    refusals = offers.OfferNotOpen, requests.NotInThatState
    answer, changed = at_once(lambda: accept(offer, now), wish, expected=refusals)
    run_workers()
    if isinstance(answer, Offer):
        assert isinstance(changed, requests.NotInThatState)
        assert (answer.status, answer.route) == ("accepted", "im")
    else:
        assert answer.extra == {"state": "cancelled"}
        assert open_offer(request).route == "sublingual"


@pytest.mark.parametrize("leave", [archive, lambda **about: set_status(status="suspended", **about)])
def test_a_yes_and_a_clinic_that_leaves_leave_nobody_at_one_that_may_not_treat(
    member: Actor, now: datetime, leave: Any
) -> None:
    clinic = make_clinic()
    request = routed(make_request(member))
    offer = open_offer(request)

    def suspend() -> Any:
        with acting_as(OPERATOR):
            return leave(clinic_id=clinic.pk, now=now)

    answer, _ = at_once(lambda: accept(offer, now), suspend, expected=offers.OfferNotOpen)
    run_workers()
    with acting_as(WORKER):
        offer.refresh_from_db()
    if isinstance(answer, Offer) and answer.status == "accepted":  # the yes came first: the board shows the operator
        with acting_as(OPERATOR):
            [shown] = list_board(now)
        assert (shown.status, shown.stuck) == ("accepted", "clinic_unavailable")
    else:
        assert (offer.status, offer.reason) == ("cancelled", "clinic_unavailable")
        assert status_of(request.pk) == "unplaced"


def test_a_yes_and_cover_that_ends_leave_one_story(member: Actor, now: datetime) -> None:
    """Whichever is first, request, offer and places tell the same, and the member hears of it once."""
    clinic = make_clinic(open_slots=1)
    request = routed(make_request(member))
    offer = open_offer(request)
    assert member.employer

    def end() -> None:
        with changing_roster(member.employer), transaction.atomic():
            Enrollment.objects.update(ends_on=now.date() - timedelta(days=1))

    def check() -> None:
        with acting_as(WORKER):
            requests.lapse_uncovered(request_id=request.pk, now=now)

    answer, _, _ = at_once(lambda: accept(offer, now), end, check, expected=offers.OfferNotOpen)
    with acting_as(WORKER):
        requests.lapse_uncovered(request_id=request.pk, now=now)
    run_workers()
    with acting_as(WORKER):
        offer.refresh_from_db()
        clinic.refresh_from_db()
    if isinstance(answer, Offer) and answer.status == "accepted":  # covered when it said yes: run-out rules follow
        assert (status_of(request.pk), offer.status, clinic.open_slots) == ("accepted", "accepted", 0)
    else:
        assert (status_of(request.pk), offer.status, offer.reason) == ("lapsed", "cancelled", "cover_ended")
        assert (clinic.open_slots, count_events("referrals.request.lapsed.v1")) == (1, 1)


def test_a_clinic_that_is_left_twice_at_once_is_left_once(member: Actor, now: datetime) -> None:
    make_clinic()
    request = routed(make_request(member))
    accept(open_offer(request), now)

    def leave() -> Any:
        with acting_as(member):
            return requests.change_clinic(request_id=request.pk, member_id=request.member_id, now=now)

    answers = at_once(leave, leave, leave, expected=requests.NotInThatState)
    refused = [one for one in answers if isinstance(one, requests.NotInThatState)]
    assert [refusal.extra for refusal in refused] == [{"state": "moved"}] * 2
    run_workers()
    with acting_as(WORKER):
        assert Request.objects.filter(previous_id=request.pk).count() == 1


def test_ten_requests_race_for_three_places(committed_db: str, now: datetime) -> None:
    clinic = make_clinic(open_slots=10)
    asked = [open_offer(routed(make_request(make_member()))) for _ in range(10)]
    with acting_as(WORKER):
        Clinic.objects.filter(pk=clinic.pk).update(open_slots=3)
    answers = at_once(*[partial(accept, offer, now) for offer in asked])
    assert Counter((answer.status, answer.reason) for answer in answers) == {
        ("accepted", ""): 3,
        ("rejected", "no_slot_left"): 7,
    }
    with acting_as(WORKER):
        clinic.refresh_from_db()
        record = ClinicRecord.objects.get(pk=clinic.pk)
    assert (clinic.open_slots, record.open_offers, record.acceptances, record.declines) == (0, 0, 3, 7)
