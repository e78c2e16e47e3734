"""A stored message takes effect once, or is refused for a reason that its clinic can read."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections

from referrals.clinic_updates.models import ClinicUpdate
from referrals.clinic_updates.services import applying
from referrals.clinic_updates.services.storing import store
from referrals.clinics.models import Clinic
from referrals.courses.models import Course
from referrals.offers.models import Offer
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import make_course, make_endpoint, make_offer, message, sessions_of
from tests.factories.referrals import make_clinic
from workers.deliveries.models import Delivery
from workers.kernel import clock
from workers.kernel.actor import AUTH, WORKER, acting_as
from workers.kernel.ids import new_id
from workers.outbox.draining import drain
from workers.outbox.models import Job


@pytest.fixture
def course(db: None, now: datetime) -> Course:
    return make_course()


def send(clinic_id: UUID, type: str, data: dict[str, Any], *, at: datetime | None = None) -> None:
    """Store a message as the webhook does."""
    now = clock.now()
    with acting_as(AUTH):
        body = message(type, data, at=at or now)
        assert store(clinic_id=clinic_id, message_id=f"msg_{new_id()}", body=body, now=now)


def standings() -> list[tuple[str, str, int | None]]:
    """What each message was told about where its offer or session stands."""
    with acting_as(WORKER):
        return list(ClinicUpdate.objects.order_by("id").values_list("code", "state", "version"))


def outcomes() -> list[tuple[str, str, str]]:
    with acting_as(WORKER):
        return list(ClinicUpdate.objects.order_by("id").values_list("type", "outcome", "code"))


def told(clinic_id: UUID) -> list[tuple[str, Any]]:
    with acting_as(WORKER):
        bodies = [json.loads(d.body) for d in Delivery.objects.filter(owner_id=clinic_id).order_by("id")]
    return [(body["type"], body["data"].get("offer_id")) for body in bodies]


def test_a_course_lives_by_its_clinics_messages(course: Course, now: datetime) -> None:
    one, two, three = sessions_of(course)
    to = (two.starts_at + timedelta(days=1)).isoformat()
    scheduled = {"course_id": str(course.pk), "session_id": str(one.pk), "starts_at": one.starts_at.isoformat()}
    for kind, data in [
        ("session.scheduled", scheduled),
        ("session.rescheduled", {"session_id": str(two.pk), "starts_at": to}),
        ("session.cancelled", {"session_id": str(three.pk), "reason": "ill"}),
    ]:
        send(course.clinic_id, kind, data)
        drain("domain")
    assert [outcome for _, outcome, _ in outcomes()] == ["applied"] * 3
    one, two, three = sessions_of(course)
    assert [one.status, two.status, three.status] == ["scheduled", "scheduled", "cancelled"]
    assert two.starts_at.isoformat() == to
    for session, kind, data in [
        (one, "session.no_show", {}),
        (two, "session.completed", {"completed_at": now.isoformat()}),
    ]:
        send(course.clinic_id, kind, {"session_id": str(session.pk)} | data)
        drain("domain")
    with acting_as(WORKER):
        assert Course.objects.get(pk=course.pk).status == "completed"


def test_a_completion_that_overtakes_its_appointment_stands(course: Course, now: datetime) -> None:
    session = sessions_of(course)[0]
    scheduled = {"course_id": str(course.pk), "session_id": str(session.pk), "starts_at": session.starts_at.isoformat()}
    send(course.clinic_id, "session.completed", {"session_id": str(session.pk), "completed_at": now.isoformat()})
    drain("domain")
    send(course.clinic_id, "session.scheduled", scheduled)
    drain("domain")
    assert outcomes() == [("session.completed", "applied", ""), ("session.scheduled", "refused", "session_final")]
    assert sessions_of(course)[0].status == "completed"


@pytest.mark.parametrize("type", ["session.no_show", "session.cancelled", "session.rescheduled", "session.completed"])
def test_a_clinic_does_not_touch_anothers_session(course: Course, now: datetime, type: str) -> None:
    session = sessions_of(course)[0]
    extra = {
        "session.no_show": {},
        "session.cancelled": {"reason": "ill"},
        "session.rescheduled": {"starts_at": now.isoformat()},
        "session.completed": {"completed_at": now.isoformat()},
    }
    send(new_id(), type, {"session_id": str(session.pk)} | extra[type])
    drain("domain")
    assert outcomes() == [(type, "refused", "not_found")]
    assert sessions_of(course)[0].status == "proposed"


@pytest.mark.django_db
def test_capacity_is_the_clinics_own(now: datetime) -> None:
    clinic = make_clinic()
    send(clinic.pk, "capacity.updated", {"open_slots": 9})
    drain("domain")
    assert outcomes() == [("capacity.updated", "applied", "")]
    with acting_as(WORKER):
        assert Clinic.objects.get(pk=clinic.pk).open_slots == 9


@pytest.mark.django_db
def test_an_acceptance_that_came_too_late_is_answered_by_a_withdrawal(now: datetime) -> None:
    offer = make_offer()
    clock.freeze(now + timedelta(hours=25))
    for _ in range(2):
        send(offer.clinic_id, "referral.accepted", {"offer_id": str(offer.pk)})
        drain("domain")
    assert outcomes() == [("referral.accepted", "refused", "offer_not_open")] * 2
    assert told(offer.clinic_id) == [("referral.offered", str(offer.pk)), *[("referral.withdrawn", str(offer.pk))] * 2]
    with acting_as(WORKER):
        assert not Job.objects.filter(lane="domain").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("type", "extra", "state"),
    [("referral.accepted", {}, "accepted"), ("referral.declined", {"reason": "other"}, "rejected")],
)
def test_an_answer_that_came_in_time_counts_though_a_worker_comes_late(
    now: datetime, type: str, extra: dict[str, str], state: str
) -> None:
    offer = make_offer()
    clock.freeze(offer.respond_by)
    send(offer.clinic_id, type, {"offer_id": str(offer.pk)} | extra)
    clock.freeze(offer.respond_by + timedelta(minutes=10))
    drain_first()
    assert standings()[0][:2] == ("", state)


@pytest.mark.django_db
def test_another_clinics_offer_is_unknown_and_not_spoken_of(now: datetime) -> None:
    offer, other = make_offer(), new_id()
    make_endpoint(other)
    send(other, "referral.accepted", {"offer_id": str(offer.pk)})
    drain("domain")
    assert outcomes() == [("referral.accepted", "refused", "not_found")]
    assert told(other) == []


@pytest.mark.django_db
def test_an_acceptance_becomes_a_course_that_the_clinic_hears_of(now: datetime) -> None:
    offer = make_offer()
    send(offer.clinic_id, "referral.accepted", {"offer_id": str(offer.pk)})
    drain("domain")
    assert outcomes() == [("referral.accepted", "applied", "")]
    assert told(offer.clinic_id)[1:] == [("referral.confirmed", str(offer.pk)), ("course.updated", None)]
    with acting_as(WORKER):
        course = Course.objects.get(offer_id=offer.pk)
    assert (course.status, course.member_id) == ("planned", offer.member_id)


@pytest.mark.django_db
def test_an_acceptance_without_a_free_slot_is_refused(now: datetime) -> None:
    offer = make_offer()
    with acting_as(WORKER):
        Clinic.objects.filter(pk=offer.clinic_id).update(open_slots=0)
    send(offer.clinic_id, "referral.accepted", {"offer_id": str(offer.pk)})
    with acting_as(WORKER):
        drain_first()
        assert Offer.objects.get(pk=offer.pk).status == "rejected"
    assert outcomes() == [("referral.accepted", "refused", "no_slot_left")]


@pytest.mark.django_db
def test_a_number_of_places_that_was_overtaken_changes_nothing(now: datetime) -> None:
    clinic = make_clinic()
    send(clinic.pk, "capacity.updated", {"open_slots": 1}, at=now)
    send(clinic.pk, "capacity.updated", {"open_slots": 9}, at=now - timedelta(minutes=1))
    send(clinic.pk, "capacity.updated", {"open_slots": 2}, at=now)
    drain("domain")
    assert [code for _, _, code in outcomes()] == ["", "superseded", ""]
    with acting_as(WORKER):
        assert Clinic.objects.get(pk=clinic.pk).open_slots == 2


@pytest.mark.django_db
def test_an_answer_to_a_version_that_is_no_more_is_refused_with_the_present_one(now: datetime) -> None:
    offer = make_offer()
    stale, present = offer.version - 1, offer.version
    send(offer.clinic_id, "referral.accepted", {"offer_id": str(offer.pk), "expected_version": stale})
    drain_first()
    assert standings() == [("version_changed", "requested", present)]
    with acting_as(WORKER):
        assert Offer.objects.get(pk=offer.pk).status == "requested"


@pytest.mark.django_db
def test_an_answer_to_the_version_that_was_sent_takes_effect_and_again(now: datetime) -> None:
    offer = make_offer()
    with acting_as(WORKER):
        [offered] = [json.loads(d.body)["data"] for d in Delivery.objects.filter(type="referral.offered")]
    answer = {"offer_id": str(offer.pk), "expected_version": offered["version"]}
    for _ in range(2):
        send(offer.clinic_id, "referral.accepted", answer)
        drain("domain")
    assert [(code, state) for code, state, _ in standings()] == [("", "accepted")] * 2


def test_a_message_about_a_version_of_a_session_that_is_no_more_is_refused(course: Course, now: datetime) -> None:
    session = sessions_of(course)[0]
    to = [(session.starts_at + timedelta(days=days)).isoformat() for days in (1, 2)]
    data = [{"session_id": str(session.pk), "starts_at": day, "expected_version": session.version} for day in to]
    for each in (data[0], data[0], data[1]):
        send(course.clinic_id, "session.rescheduled", each)
        drain("domain")
    moved = session.version + 1
    assert standings() == [("", "scheduled", moved), ("", "scheduled", moved), ("version_changed", "scheduled", moved)]
    assert sessions_of(course)[0].starts_at.isoformat() == to[0]


@pytest.mark.django_db
def test_a_refusal_tells_where_the_offer_stands(now: datetime) -> None:
    offer = make_offer()
    clock.freeze(now + timedelta(hours=200))
    send(offer.clinic_id, "referral.accepted", {"offer_id": str(offer.pk)})
    drain_first()
    assert [(code, state) for code, state, _ in standings()] == [("offer_not_open", "failed")]


@pytest.mark.django_db
@pytest.mark.parametrize(("reason", "outcome"), [("not_a_fit", "applied"), ("mood", "refused")])
def test_a_decline_names_one_of_the_reasons(now: datetime, reason: str, outcome: str) -> None:
    offer = make_offer()
    send(offer.clinic_id, "referral.declined", {"offer_id": str(offer.pk), "reason": reason})
    drain_first()
    assert [result for _, result, _ in outcomes()] == [outcome]


def test_two_ends_of_one_session_at_once_make_one(committed_db: str, now: datetime) -> None:
    course = make_course()
    session = sessions_of(course)[0]
    send(session.clinic_id, "session.no_show", {"session_id": str(session.pk)})
    send(session.clinic_id, "session.completed", {"session_id": str(session.pk), "completed_at": now.isoformat()})
    with acting_as(WORKER):
        first, second = (
            Job.objects.filter(consumer="referrals.apply_clinic_message").select_related("event").order_by("id")
        )
    with ThreadPoolExecutor(1) as pool:
        with acting_as(WORKER):
            apply(first)
            other = pool.submit(apply_elsewhere, second)
            wait_until_somebody_waits()
        other.result(timeout=10)
    assert outcomes() == [("session.no_show", "applied", ""), ("session.completed", "refused", "session_final")]
    assert sessions_of(course)[0].status == "no_show"


def apply_elsewhere(job: Job) -> None:
    try:
        with acting_as(WORKER):
            apply(job)
    finally:
        connections.close_all()


def wait_until_somebody_waits() -> None:
    """Until another transaction waits for a lock that ours holds."""
    deadline = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
            if cursor.fetchone():
                return
    raise TimeoutError


def test_the_clinic_and_the_operator_read_the_outcomes(course: Course, now: datetime) -> None:
    session = sessions_of(course)[0]
    send(course.clinic_id, "session.no_show", {"session_id": str(session.pk)})
    drain("domain")
    own = signed_in(make_user("clinic_staff", clinic_id=course.clinic_id))
    other = signed_in(make_user("clinic_staff", clinic_id=new_id()))
    operator = signed_in(make_user("operator"))
    member = signed_in(make_user("employee", employer_id=new_id(), member_id=new_id()))
    url = "/api/v1/clinic/updates/"
    [row] = own.get(url).json()["results"]
    assert (row["type"], row["outcome"], row["code"]) == ("session.no_show", "applied", "")
    assert row["message_id"].startswith("msg_")
    assert operator.get(url).json()["results"] == [row]
    assert other.get(url).json()["results"] == []
    assert member.get(url).status_code == 403


def drain_first() -> None:
    """Apply the message, and leave the routing that follows to its own tests."""
    with acting_as(WORKER):
        apply(Job.objects.select_related("event").get(consumer="referrals.apply_clinic_message"))


def apply(job: Job) -> None:
    """As the reaction does."""
    applying.apply(
        receipt_id=UUID(job.event.data["receipt_id"]),
        clinic_id=UUID(job.event.data["clinic_id"]),
        message_id=job.event.data["message_id"],
        received_at=job.event.occurred_at,
        now=clock.now(),
    )
