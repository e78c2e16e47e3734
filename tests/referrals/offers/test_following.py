"""What an offer, and the request behind it, follow: receipts, courses, other wishes, other clinics."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from referrals.courses.models import Course, Session
from referrals.courses.services import sessions as courses
from referrals.offers import services as offers
from referrals.requests import services as requests
from referrals.requests.models import Request
from referrals.routing.models import ClinicRecord
from tests.conftest import NOW
from tests.factories.benefits import make_user
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
from tests.referrals.offers.conftest import accept, ended, news, routed
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, acting_as

pytestmark = pytest.mark.usefixtures("db")


def test_a_receipt_is_noted_once_and_does_not_answer(member: Actor, now: datetime) -> None:
    make_clinic()
    offer = open_offer(routed(make_request(member)))
    with acting_as(WORKER):
        for minutes in (1, 2):
            at = now + timedelta(minutes=minutes)
            received = offers.receive(offer_id=offer.pk, clinic_id=offer.clinic_id, now=at)
    assert (received.status, received.received_at) == ("received", now + timedelta(minutes=1))
    assert accept(offer).status == "accepted"


def sessions(request: Request) -> list[Session]:
    with acting_as(WORKER):
        course = Course.objects.get(request_id=request.pk)
        return list(course.sessions.order_by("sequence"))


def tell(request: Request, what: str) -> None:
    """The clinic says the same of every session."""
    for session in sessions(request):
        with acting_as(WORKER):
            if what == "complete":
                courses.complete(session_id=session.pk, clinic_id=session.clinic_id, completed_at=NOW, now=NOW)
            else:
                courses.cancel(session_id=session.pk, clinic_id=session.clinic_id, now=NOW)


def test_care_begins_with_its_first_session_and_ends_with_its_course(member: Actor, now: datetime) -> None:
    make_clinic()
    request = routed(make_request(member))
    offer = accept(open_offer(request))
    run_workers()
    first = sessions(request)[0]
    with acting_as(WORKER):
        courses.reschedule(
            session_id=first.pk, clinic_id=first.clinic_id, starts_at=first.starts_at, reported_at=now, now=now
        )
    run_workers()
    assert ended(offer) == ("in-progress", "")
    tell(request, "complete")
    run_workers()
    assert ended(offer) == ("completed", "")
    assert status_of(request.pk) == "completed"
    assert routed(make_request(member)).pk != request.pk  # and one may ask again


def test_a_clinic_that_calls_everything_off_hands_the_member_to_a_person(member: Actor, now: datetime) -> None:
    operator = make_user("operator")
    clinic = make_clinic(open_slots=1)
    request = routed(make_request(member))
    offer = accept(open_offer(request))
    run_workers()
    before = news()
    tell(request, "cancel")
    run_workers()
    assert ended(offer) == ("cancelled", "course_cancelled")
    assert status_of(request.pk) == "moved"
    with acting_as(WORKER):
        follower = Request.objects.get(previous=request)
        told = Email.objects.filter(template="referrals/operator_list", message__isnull=False).count()
        clinic.refresh_from_db()
    assert (follower.status, clinic.open_slots, news() - before) == ("review", 1, 1)
    assert told >= 1
    assert operator.email
    with acting_as(OPERATOR):
        requests.release(request_id=follower.pk, now=now)
    run_workers()
    assert status_of(follower.pk) == "unplaced"  # the same clinic is not asked again


def test_changing_clinics_ends_one_referral_and_routes_anew_without_it(member: Actor, now: datetime) -> None:
    near, other = make_clinic(0, latitude=40.79), make_clinic(1)
    request = routed(make_request(member))
    offer = accept(open_offer(request))
    run_workers()
    with acting_as(member):
        follower = requests.change_clinic(request_id=request.pk, member_id=request.member_id, now=now)
    run_workers()
    assert (status_of(request.pk), ended(offer)) == ("moved", ("cancelled", "clinic_changed"))
    assert {session.status for session in sessions(request)} == {"cancelled"}
    assert open_offer(follower).clinic_id == other.pk
    with acting_as(WORKER):
        near.refresh_from_db()
    assert near.open_slots == 3
    accept(open_offer(follower))
    run_workers()
    assert sessions(follower)[0].clinic_id == other.pk


def test_in_the_middle_of_care_what_took_place_stays_and_the_rest_goes_to_another_clinic(
    member: Actor, now: datetime
) -> None:
    near, other = make_clinic(0, latitude=40.79), make_clinic(1)
    request = routed(make_request(member))
    offer = accept(open_offer(request))
    run_workers()
    first = sessions(request)[0]
    with acting_as(WORKER):
        courses.complete(session_id=first.pk, clinic_id=first.clinic_id, completed_at=now, now=now)
    run_workers()
    assert ended(offer) == ("in-progress", "")
    with acting_as(member):
        follower = requests.change_clinic(request_id=request.pk, member_id=request.member_id, now=now)
    run_workers()
    assert [session.status for session in sessions(request)] == [
        "completed",
        *["cancelled"] * (len(sessions(request)) - 1),
    ]
    assert (status_of(request.pk), ended(offer)) == ("moved", ("cancelled", "clinic_changed"))
    assert open_offer(follower).clinic_id == other.pk
    with acting_as(WORKER):
        near.refresh_from_db()
    assert near.open_slots == 3


def test_other_wishes_void_the_offer_and_route_anew(member: Actor, now: datetime) -> None:
    make_clinic(0, latitude=40.79)
    iv = make_clinic(1, routes=["iv"])
    request = routed(make_request(member))
    former = open_offer(request)
    assert wish(member, request, routes=("iv",)).revision == 2
    with pytest.raises(offers.OfferNotOpen):  # at once, not when a worker gets to it
        accept(former)
    run_workers()
    assert ended(former) == ("cancelled", "wishes_changed")
    assert open_offer(request).clinic_id == iv.pk


def test_a_clinic_that_still_fits_is_asked_again_for_the_new_wishes(member: Actor) -> None:
    clinic = make_clinic()
    request = routed(make_request(member))
    wish(member, request, routes=("sublingual",))
    run_workers()
    offer = open_offer(request)
    assert (offer.clinic_id, offer.route, offer.revision) == (clinic.pk, "sublingual", 2)


def test_other_wishes_route_a_request_that_found_nobody(member: Actor) -> None:
    make_clinic(routes=["iv"])
    request = routed(make_request(member, routes=("im",)))
    assert status_of(request.pk) == "unplaced"
    wish(member, request, routes=("iv",))
    run_workers()
    assert status_of(request.pk) == "offered"


def wish(member: Actor, request: Request, **wishes: Any) -> Request:
    wanted: dict[str, Any] = {"near": "10025", "max_distance_km": 50.0}
    with acting_as(member):
        return requests.change_wishes(
            request_id=request.pk,
            member_id=request.member_id,
            preferences=requests.Preferences(**(wanted | wishes)),
            now=NOW,
        )


def test_what_a_clinic_answered_is_counted(member: Actor, now: datetime) -> None:
    clinic = make_clinic(open_slots=5)
    with acting_as(WORKER):
        for answer in ("accept", "decline", "expire"):
            request = make_request(make_member())
            run_workers()
            offer = open_offer(request)
            about: dict[str, Any] = {"offer_id": offer.pk, "clinic_id": clinic.pk, "now": now + timedelta(hours=2)}
            if answer == "accept":
                offers.accept(**about)
            elif answer == "decline":
                offers.decline(**about, reason="schedule")
            else:
                offers.expire(offer_id=offer.pk, now=offer.respond_by)
        record = ClinicRecord.objects.get(pk=clinic.pk)
    assert (record.offers, record.open_offers) == (3, 0)
    assert (record.acceptances, record.declines, record.silences) == (1, 1, 1)
    assert record.answer_seconds == 2 * 2 * 3600


def test_an_urgent_request_is_asked_of_several_until_the_first_yes(member: Actor, now: datetime) -> None:
    clinics = [make_clinic(number) for number in range(4)]
    request = make_request(member, screening=make_screening(member, suicidality=True))
    with acting_as(OPERATOR):
        requests.release(request_id=request.pk, now=now)
    run_workers()
    asked = offers_of(request)
    assert [offer.status for offer in asked] == ["requested"] * 3
    assert asked[0].respond_by == now + timedelta(hours=2)
    with acting_as(WORKER):
        offers.decline(offer_id=asked[0].pk, clinic_id=asked[0].clinic_id, reason="schedule", now=now)
    run_workers()
    asked = offers_of(request)
    assert [offer.status for offer in asked] == ["rejected", *["requested"] * 3]
    assert {offer.clinic_id for offer in asked} == {clinic.pk for clinic in clinics}
    accept(asked[3])
    assert sorted((offer.status, offer.reason) for offer in offers_of(request)) == [
        ("accepted", ""),
        ("cancelled", "taken_by_other"),
        ("cancelled", "taken_by_other"),
        ("rejected", "schedule"),
    ]


def test_over_a_weekend_nobody_is_taken_for_silent(member: Actor, now: datetime) -> None:
    make_clinic()
    request = make_request(member)
    friday = datetime(2026, 3, 6, 20, 0, tzinfo=now.tzinfo)  # three in the afternoon in New York
    clock.freeze(friday)
    with acting_as(WORKER):
        [offer] = offers.offer_next(request_id=request.pk, now=friday)
    assert offer.respond_by == datetime(2026, 3, 9, 19, 0, tzinfo=now.tzinfo)  # two hours on Friday, six on Monday


def test_staff_who_can_sign_in_are_not_passed_over_for_want_of_a_system(member: Actor) -> None:
    clinic = make_clinic(0, latitude=40.79, has_endpoint=False)
    make_user("clinic_staff", clinic_id=clinic.pk)
    request = routed(make_request(member))
    assert open_offer(request).clinic_id == clinic.pk
