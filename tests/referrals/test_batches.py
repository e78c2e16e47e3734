"""Many requests at once go by batches: each is treated as it would be alone, and costs few statements more."""

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals.courses.models import Course, Session
from referrals.courses.services import notices, planning
from referrals.offers import services as offers
from referrals.offers.models import Offer
from referrals.outcomes.models import Outcome
from referrals.outcomes.services import asking
from referrals.requests.models import Request
from tests.factories.referrals import make_clinic, make_member, make_request, open_offer, run_workers, status_of
from workers.deliveries.models import Delivery
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.outbox.models import EventRecord
from workers.timers.models import Timer

pytestmark = pytest.mark.django_db
WALKS = ("a" * 32, "b" * 32, "c" * 32)


def accepted(number: int, now: datetime, **wishes: Any) -> list[Offer]:
    """So many accepted offers of as many members, which no reaction has heard of."""
    make_clinic(open_slots=20, protocols=["separated", "sequential"], routes=["im", "iv"])
    asked = [make_request(make_member(), **wishes) for _ in range(number)]
    run_workers()
    taken = [open_offer(request) for request in asked]
    with acting_as(WORKER):
        return [offers.accept(offer_id=one.pk, clinic_id=one.clinic_id, now=now) for one in taken]


def plan(taken: Sequence[Offer], now: datetime) -> int:
    """Plan their courses, and return the number of statements."""
    batch = [planning.Accepted(offer_id=one.pk, trace=trace) for one, trace in zip(taken, WALKS, strict=False)]
    with acting_as(WORKER), CaptureQueriesContext(connection) as asked:
        planning.plan_courses(batch, now=now)
    return len(asked)


def test_three_courses_are_planned_with_as_many_statements_as_two(now: datetime) -> None:
    one, two, three, four, five = accepted(5, now)
    assert plan([one, two, three], now) == plan([four, five], now) <= 18
    with acting_as(WORKER):
        assert Course.objects.count() == 5
        times = Session.objects.values_list("course__offer_id", "sequence", "kind", "starts_at")
        plans = [[tuple(row[1:]) for row in times.order_by("sequence") if row[0] == offer.pk] for offer in (one, five)]
    assert plans[0] == plans[1]


def test_each_of_a_batch_goes_on_its_own_walk(now: datetime) -> None:
    taken = accepted(2, now)
    plan(taken, now)
    with acting_as(WORKER):
        courses = [Course.objects.get(offer_id=one.pk) for one in taken]
        planned = [EventRecord.objects.get(type="referrals.course.planned.v1", aggregate_id=one.pk) for one in courses]
        changed = [
            notices.Changed(course_id=one.pk, event_id=new_id(), trace=trace)
            for one, trace in zip(courses, WALKS, strict=False)
        ]
        notices.tell_clinics(changed, confirm=True, now=now)
        asking.plan_courses({one.pk: trace for one, trace in zip(courses, WALKS, strict=False)}, now=now)
        for number, course in enumerate(courses):
            walk = WALKS[number]
            stall = Timer.objects.get(subject_id=course.pk)
            due = Timer.objects.get(subject_id=Outcome.objects.get(course=course).pk)
            messages = Delivery.objects.filter(ordering_key=course.offer_id, event_id=changed[number].event_id)
            assert {planned[number].trace, stall.trace, due.trace, *messages.values_list("trace", flat=True)} == {walk}
            assert list(messages.order_by("seq").values_list("type", flat=True)) == [
                "referral.confirmed",
                "course.updated",
            ]


def test_courses_of_one_member_that_are_planned_at_once_do_not_meet(now: datetime) -> None:
    make_clinic(open_slots=20, protocols=["separated", "sequential"], routes=["im", "iv"])
    member = make_member()
    for kind in ("assisted_therapy", "infusion"):
        make_request(member, kind=kind)
    run_workers()
    with acting_as(WORKER):
        taken = [offers.accept(offer_id=one.pk, clinic_id=one.clinic_id, now=now) for one in Offer.objects.all()]
    plan(taken, now)
    with acting_as(WORKER):
        sessions = list(Session.objects.order_by("starts_at"))
    assert len({session.course_id for session in sessions}) == 2
    assert all(one.ends_at <= other.starts_at for one, other in itertools.pairwise(sessions))


def test_of_two_requests_of_a_batch_the_second_knows_that_the_last_place_is_taken(now: datetime) -> None:
    near = make_clinic(0, open_slots=1, latitude=40.79)
    far = make_clinic(1, open_slots=1)
    asked = [make_request(make_member()) for _ in range(3)]
    run_workers()
    assert sorted(status_of(request.pk) for request in asked) == ["offered", "offered", "unplaced"]
    with acting_as(WORKER):
        assert {offer.clinic_id for offer in Offer.objects.all()} == {near.pk, far.pk}


def test_three_requests_are_routed_with_one_statement_more_than_two(now: datetime) -> None:
    """The search is each request's own; the rest is everybody's."""
    make_clinic(open_slots=9)

    def route(number: int) -> int:
        asked = [make_request(make_member()) for _ in range(number)]
        wanted = [offers.Unasked(request_id=one.pk) for one in asked]
        with acting_as(WORKER), CaptureQueriesContext(connection) as statements:
            assert len(offers.offer_all(wanted, now=now)) == number
        return len(statements)

    assert route(3) - route(2) == 1


def test_a_lapsed_and_a_withdrawn_request_of_a_batch_leave_the_others_be(now: datetime) -> None:
    make_clinic(open_slots=9)
    asked = [make_request(make_member()) for _ in range(2)]
    with acting_as(WORKER):
        Request.objects.filter(pk=asked[0].pk).update(status="withdrawn")
        offers.offer_all([offers.Unasked(request_id=one.pk) for one in asked], now=now)
    assert [status_of(one.pk) for one in asked] == ["withdrawn", "offered"]
