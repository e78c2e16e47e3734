"""What an offer follows when the member's cover ends."""

from datetime import datetime, timedelta

import pytest

from benefits.enrollment.models import Enrollment
from referrals.offers import services as offers
from tests.factories.benefits import changing_roster
from tests.factories.referrals import (
    make_clinic,
    make_request,
    offers_of,
    open_offer,
    run_workers,
    status_of,
)
from tests.referrals.offers.conftest import accept, end_cover, ended, news, routed
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.timers.firing import fire_due

pytestmark = pytest.mark.usefixtures("db")


def test_cover_that_ends_before_a_yes_ends_the_request_and_tells_clinic_and_member(
    member: Actor, now: datetime
) -> None:
    make_clinic()
    request = routed(make_request(member))
    offer = open_offer(request)
    end_cover(member, now.date())
    assert status_of(request.pk) == "offered"  # the last day is covered
    clock.freeze(datetime(2026, 3, 3, 5, 0, tzinfo=now.tzinfo))  # midnight in New York
    fire_due()
    run_workers()
    assert status_of(request.pk) == "lapsed"
    assert ended(offer) == ("cancelled", "cover_ended")
    assert news() == 1
    with pytest.raises(offers.OfferNotOpen) as refusal:
        accept(offer, clock.now())
    assert refusal.value.extra == {"state": "cancelled"}


def test_a_yes_after_cover_ended_comes_to_nothing_and_says_why(member: Actor, now: datetime) -> None:
    clinic = make_clinic(open_slots=1)
    request = routed(make_request(member))
    offer = open_offer(request)
    with changing_roster(member.employer):
        Enrollment.objects.update(ends_on=now.date() - timedelta(days=1))
    answered = accept(offer)
    assert (answered.status, answered.reason) == ("cancelled", "cover_ended")
    assert status_of(request.pk) == "lapsed"
    run_workers()
    assert news() == 1
    with acting_as(WORKER):
        clinic.refresh_from_db()
    assert clinic.open_slots == 1


def test_somebody_not_covered_when_routing_comes_to_them_is_not_offered(member: Actor, now: datetime) -> None:
    make_clinic()
    request = make_request(member)
    with changing_roster(member.employer):
        Enrollment.objects.update(ends_on=now.date() - timedelta(days=1))
    run_workers()
    assert status_of(request.pk) == "lapsed"
    assert offers_of(request) == []


def test_cover_that_ends_after_a_yes_leaves_the_course_be(member: Actor, now: datetime) -> None:
    make_clinic()
    request = routed(make_request(member))
    accept(open_offer(request))
    end_cover(member, now.date() - timedelta(days=1))
    fire_due()
    run_workers()
    assert status_of(request.pk) == "accepted"
