"""An acceptance becomes a course with dates and prices, and the clinic is told."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from referrals.clinics import services as clinics
from referrals.clinics.models import ClinicPrice
from referrals.courses.models import Course
from referrals.courses.services import closing, notices, planning
from referrals.offers.models import Offer
from referrals.requests.models import Request
from referrals.requests.rules import RequestStatus
from tests.factories.courses import make_accepted_offer, sessions_of
from workers.deliveries.models import Delivery
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.outbox.models import EventRecord

pytestmark = pytest.mark.django_db


def plan_for(offer: Offer, now: datetime) -> Course:
    with acting_as(WORKER):
        planning.plan_course(offer_id=offer.pk, now=now)
        return Course.objects.get(request_id=offer.request_id)


def test_the_offers_terms_decide(now: datetime) -> None:
    offer = make_accepted_offer(routes=["nasal"], protocols=["sequential"], formats=["group"])
    course = plan_for(offer, now)
    assert (course.member_id, course.clinic_id, course.offer_id) == (offer.member_id, offer.clinic_id, offer.pk)
    assert (course.protocol, course.protocol_version, course.status) == ("sequential", 1, "planned")
    sessions = sessions_of(course)
    assert [session.kind for session in sessions].count("dosing") == 6
    assert {(s.route, s.format, s.status, s.generation) for s in sessions} == {("nasal", "group", "proposed", 0)}


def test_sessions_keep_the_list_price_of_the_day(now: datetime) -> None:
    offer = make_accepted_offer()
    course = plan_for(offer, now)
    with acting_as(Actor(role=Role.OPERATOR)):
        prices = dict(ClinicPrice.objects.filter(clinic=offer.clinic, route=course.route).values_list("kind", "cents"))
        dearer = clinics.Price(kind="dosing", route=course.route, format="individual", cents=99_900)
        clinics.set_price(clinic_id=offer.clinic_id, price=dearer, effective_on=now.date() + timedelta(days=1))
    assert {session.kind: session.list_price_cents for session in sessions_of(course)} == prices


def test_the_first_session_is_days_away_in_the_clinics_hours(now: datetime) -> None:
    first = sessions_of(plan_for(make_accepted_offer(), now))[0]
    assert first.starts_at == datetime(2026, 3, 4, 14, 0, tzinfo=UTC)  # 9:00 in New York, two days on
    assert first.ends_at == datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


def test_planning_twice_makes_one_course(now: datetime) -> None:
    offer = make_accepted_offer()
    assert plan_for(offer, now) == plan_for(offer, now)
    with acting_as(WORKER):
        assert EventRecord.objects.filter(type="referrals.course.planned.v1").count() == 1


def test_a_withdrawn_request_gets_no_course(now: datetime) -> None:
    offer = make_accepted_offer()
    with acting_as(WORKER):
        Request.objects.filter(pk=offer.request_id).update(status=RequestStatus.WITHDRAWN)
        planning.plan_course(offer_id=offer.pk, now=now)
        assert not Course.objects.exists()


def test_a_session_without_a_price_needs_an_operator(now: datetime) -> None:
    offer = make_accepted_offer()
    yesterday = now - timedelta(days=1)
    with acting_as(WORKER), pytest.raises(planning.CannotPlan, match="no price"):
        planning.plan_course(offer_id=offer.pk, now=yesterday)


def test_the_clinic_is_told_of_the_course_and_of_its_end(now: datetime) -> None:
    offer = make_accepted_offer()
    course = plan_for(offer, now)
    event_id, end_id = new_id(), new_id()
    with acting_as(WORKER):
        for _ in range(2):
            notices.tell_clinic(course_id=course.pk, event_id=event_id, confirm=True, now=now)
        closing.cancel_course(request_id=offer.request_id, now=now)
        notices.tell_clinic(course_id=course.pk, event_id=end_id, confirm=False, now=now)
    _, confirmed, planned, ended = told(offer.clinic_id)
    assert confirmed == {
        "type": "referral.confirmed",
        "offer_id": str(offer.pk),
        "referral_id": str(offer.request_id),
        "course_id": str(course.pk),
        "test": False,
    }
    first = sessions_of(course)[0]
    assert planned["type"] == "course.updated"
    assert planned["sessions"][0] == {
        "session_id": str(first.pk),
        "kind": "consultation",
        "starts_at": f"{first.starts_at:%Y-%m-%dT%H:%M:%SZ}",
        "ends_at": f"{first.ends_at:%Y-%m-%dT%H:%M:%SZ}",
        "status": "proposed",
        "version": 0,
        "suggested_starts_at": None,
    }
    assert {session["status"] for session in ended["sessions"]} == {"cancelled"}


def told(clinic_id: UUID) -> list[dict[str, Any]]:
    with acting_as(WORKER):
        sent = Delivery.objects.filter(owner_id=clinic_id).order_by("id")
        messages = [json.loads(delivery.body) for delivery in sent]
    return [{"type": message["type"]} | message["data"] for message in messages]
