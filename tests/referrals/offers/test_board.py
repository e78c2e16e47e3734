"""The operator's board, notes, alarms, and what an operator does by hand."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from referrals.clinics.services import set_status, update_capacity
from referrals.offers import services as offers
from referrals.requests import services as requests
from referrals.requests.models import Request, RequestNote
from tests.factories.benefits import make_user, signed_in
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
from workers.deliveries.models import Attempt, Delivery
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.timers.firing import fire_due

pytestmark = pytest.mark.usefixtures("db")

BOARD = "/api/v1/operator/referrals/"


@pytest.fixture
def client(now: datetime) -> Any:
    return signed_in(make_user("operator"))


def post(client: Any, path: str, body: Any) -> Any:
    return client.post(path, body, content_type="application/json")


def routed(request: Request) -> Request:
    run_workers()
    return request


def board(client: Any, query: str = "") -> Any:
    answer = client.get(f"{BOARD}{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def mails_to_operators() -> int:
    with acting_as(WORKER):
        return Email.objects.filter(template="referrals/operator_list").count()


def test_the_breached_and_the_stuck_come_first_then_age(client: Any, now: datetime) -> None:
    clinic = make_clinic(open_slots=2)
    in_care = routed(make_request(make_member()))
    with acting_as(WORKER):
        offers.accept(offer_id=open_offer(in_care).pk, clinic_id=clinic.pk, now=now)
    waits = routed(make_request(make_member()))
    alone = routed(make_request(make_member()))
    urgent = make_member()
    review = routed(make_request(urgent, screening=make_screening(urgent, suicidality=True)))
    order = [one["id"] for one in board(client)]
    assert set(order) == {str(one.pk) for one in (in_care, waits, alone, review)}
    clock.freeze(now + timedelta(hours=2))
    with acting_as(OPERATOR):
        set_status(clinic_id=clinic.pk, status="suspended", now=now)
    rows = board(client)
    assert [(one["id"], one["breached"], one["stuck"]) for one in rows[:2]] == [
        (str(review.pk), True, ""),
        (str(in_care.pk), False, "clinic_unavailable"),
    ]
    assert {one["hours"] for one in rows} == {2.0}
    assert [one["id"] for one in board(client, "?breached=true")] == [str(review.pk)]
    assert [one["id"] for one in board(client, "?stuck=clinic_unavailable")] == [str(in_care.pk)]
    assert [one["id"] for one in board(client, "?status=unplaced")] == [str(alone.pk)]
    counts = {
        one["status"]: (one["count"], one["breached"], one["stuck"]) for one in client.get(f"{BOARD}counts/").json()
    }
    assert counts == {"accepted": (1, 0, 1), "offered": (1, 0, 0), "review": (1, 1, 0), "unplaced": (1, 0, 0)}


def test_what_workers_left_behind_is_stuck(client: Any, now: datetime) -> None:
    make_clinic()
    late = routed(make_request(make_member()))
    unrouted = make_request(make_member())
    clock.freeze(now + timedelta(days=9))
    found = {one["id"]: one["stuck"] for one in board(client)}
    assert found == {str(late.pk): "deadline_missed", str(unrouted.pk): "not_routed"}


def test_an_acceptance_without_a_session_in_a_week_is_stuck(client: Any, now: datetime) -> None:
    clinic = make_clinic()
    request = routed(make_request(make_member()))
    with acting_as(WORKER):
        offers.accept(offer_id=open_offer(request).pk, clinic_id=clinic.pk, now=now)
    clock.freeze(now + timedelta(days=8))
    assert board(client, "?stuck=no_session_agreed")[0]["id"] == str(request.pk)


def test_the_pages_of_the_board_hold_everyone_once(client: Any) -> None:
    made = {str(routed(make_request(make_member())).pk) for _ in range(5)}
    seen, url = [], f"{BOARD}?page_size=2"
    while url:
        page = client.get(url).json()
        seen += [one["id"] for one in page["results"]]
        url = page["next"]
    assert sorted(seen) == sorted(made)


def test_an_alarm_tells_operators_again_until_somebody_is_reached(client: Any, now: datetime) -> None:
    request = routed(make_request(make_member()))
    assert (status_of(request.pk), mails_to_operators()) == ("unplaced", 1)
    clock.freeze(now + timedelta(hours=24))
    fire_due()
    run_workers()
    assert mails_to_operators() == 2
    [row] = board(client, "?breached=true")
    assert row["escalation"] == 1
    spoken = {"channel": "phone", "party": "member", "reached": True}
    assert (
        post(client, f"{BOARD}{request.pk}/notes/", {"text": "Will call back.", "contact": spoken}).status_code == 201
    )
    assert board(client, "?breached=true") == []
    clock.freeze(now + timedelta(hours=47))
    fire_due()
    run_workers()
    assert mails_to_operators() == 2  # the alarm that was set before the call does nothing
    clock.freeze(now + timedelta(hours=49))
    fire_due()
    run_workers()
    assert mails_to_operators() == 3


def test_alarms_of_what_was_settled_do_nothing(client: Any, now: datetime) -> None:
    make_clinic()
    routed(make_request(make_member()))
    clock.freeze(now + timedelta(hours=1))
    fire_due()
    run_workers()
    assert mails_to_operators() == 0


def test_a_request_that_no_worker_routed_is_somebodys_business(client: Any, now: datetime) -> None:
    request = make_request(make_member())
    with acting_as(WORKER):
        requests.escalate(request_id=request.pk, alarm=1, event_id=new_id(), now=now + timedelta(minutes=15))
    assert mails_to_operators() == 1
    assert board(client)[0]["escalation"] == 1


def test_notes_and_contacts_are_kept_with_their_author_and_unreadable_in_the_table(client: Any) -> None:
    request = routed(make_request(make_member()))
    notes = f"{BOARD}{request.pk}/notes/"
    silent = {"channel": "phone", "party": "clinic", "reached": False}
    assert post(client, notes, {"text": "Prefers mornings."}).status_code == 201
    assert post(client, notes, {"text": "No answer.", "contact": silent}).status_code == 201
    kept = client.get(notes).json()["results"]
    assert [(one["kind"], one["text"], one["party"], one["reached"]) for one in kept] == [
        ("contact", "No answer.", "clinic", False),
        ("note", "Prefers mornings.", "", False),
    ]
    with acting_as(WORKER):
        raw = [bytes(text) for text in RequestNote.objects.values_list("text", flat=True)]
    assert not [text for text in raw if b"mornings" in text]
    assert post(client, notes, {"text": "x", "contact": {"channel": "phone"}}).status_code == 422
    assert post(client, f"{BOARD}{new_id()}/notes/", {"text": "x"}).status_code == 404


def test_an_operator_sends_a_waiting_request_to_a_clinic_of_their_choice(client: Any) -> None:
    near, chosen = make_clinic(0, latitude=40.79), make_clinic(1, latitude=42.0, languages=["es"])
    request = routed(make_request(make_member(), language="en"))
    first = open_offer(request)
    assert first.clinic_id == near.pk
    answer = post(client, f"{BOARD}{request.pk}/reassign/", {"clinic_id": str(chosen.pk), "why": "They know them."})
    assert answer.status_code == 201, answer.content
    assert (answer.json()["clinic_id"], answer.json()["moved_by"]) == (str(chosen.pk), "operator")
    run_workers()
    assert [(offer.status, offer.reason) for offer in offers_of(request)] == [
        ("cancelled", "reassigned"),
        ("requested", ""),
    ]
    assert open_offer(request).clinic_id == chosen.pk
    assert client.get(f"{BOARD}{request.pk}/notes/").json()["results"][0]["text"] == "They know them."


def test_an_operator_moves_somebody_in_care(client: Any, now: datetime) -> None:
    former, chosen = make_clinic(0, latitude=40.79), make_clinic(1)
    request = routed(make_request(make_member()))
    with acting_as(WORKER):
        offers.accept(offer_id=open_offer(request).pk, clinic_id=former.pk, now=now)
    run_workers()
    answer = post(client, f"{BOARD}{request.pk}/reassign/", {"clinic_id": str(chosen.pk), "why": "The clinic closes."})
    assert answer.status_code == 201, answer.content
    run_workers()
    with acting_as(WORKER):
        follower = Request.objects.get(previous=request)
        former.refresh_from_db()
    assert (status_of(request.pk), follower.status, former.open_slots) == ("moved", "offered", 3)
    assert open_offer(follower).clinic_id == chosen.pk
    assert offers_of(request)[0].reason == "reassigned"


def test_a_clinic_that_cannot_take_anybody_is_refused_by_name_and_nothing_changes(client: Any, now: datetime) -> None:
    make_clinic(0, latitude=40.79)
    full = make_clinic(1)
    request = routed(make_request(make_member()))
    with acting_as(WORKER):
        update_capacity(clinic_id=full.pk, open_slots=0, now=now)
    for clinic_id, filters in ((full.pk, ["no_capacity"]), (new_id(), ["unknown"])):
        answer = post(client, f"{BOARD}{request.pk}/reassign/", {"clinic_id": str(clinic_id), "why": "Near."})
        assert (answer.status_code, answer.json()["code"], answer.json()["filters"]) == (
            409,
            "clinic_cannot_take",
            filters,
        )
    assert open_offer(request)
    assert client.get(f"{BOARD}{request.pk}/notes/").json()["results"] == []


def test_an_answer_by_telephone_counts_as_the_clinics_own(client: Any) -> None:
    make_clinic(0, latitude=40.79)
    make_clinic(1)
    request = routed(make_request(make_member()))
    no = {"accepted": False, "reason": "schedule", "note": "Nobody on Mondays."}
    assert post(client, answer_url(request), no).json()["status"] == "rejected"
    run_workers()
    yes = post(client, answer_url(request), {"accepted": True, "note": "Gladly."}).json()
    assert (yes["status"], yes["moved_by"]) == ("accepted", "operator")
    assert status_of(request.pk) == "accepted"
    for wrong in ({"accepted": True, "reason": "other", "note": "x"}, {"accepted": False, "note": "x"}):
        assert post(client, f"/api/v1/operator/offers/{new_id()}/answer/", wrong).status_code == 422


def answer_url(request: Request) -> str:
    return f"/api/v1/operator/offers/{open_offer(request).pk}/answer/"


def test_a_referral_is_read_with_all_that_led_to_where_it_is(client: Any) -> None:
    make_clinic(0, open_slots=0)
    request = routed(make_request(make_member()))
    whole = client.get(f"{BOARD}{request.pk}/").json()
    assert [step["status"] for step in whole["timeline"]] == ["open", "unplaced"]
    assert whole["offers"] == []
    assert whole["decisions"][0]["said"] == [
        "Policy 2026-02: 0 eligible within 62.1 miles, widened 2 times, "
        "without asking for the protocol and the format wished.",
        "Only this keeps 1 of them: they have no place free.",
    ]


def test_an_operator_sees_whether_the_clinics_system_took_the_offer(client: Any, now: datetime) -> None:
    make_clinic()
    request = routed(make_request(make_member()))
    [delivery] = sent("referral.offered")

    def shown() -> Any:
        [offer] = client.get(f"{BOARD}{request.pk}/").json()["offers"]
        return offer["delivered_at"], offer["received_at"]

    for number, (status, told) in enumerate([(500, None), (202, "2026-03-02T15:00:00Z")], start=1):
        with acting_as(WORKER):
            about: Any = {"delivery": delivery, "owner_id": delivery.owner_id, "number": number, "status_code": status}
            Attempt.objects.create(at=now, duration_ms=9, **about)
        assert shown() == (told, None)


def sent(type: str) -> list[Delivery]:
    with acting_as(WORKER):
        return list(Delivery.objects.filter(type=type))


@pytest.mark.parametrize("role", ["employee", "clinic_staff", "hr_admin", "finance"])
def test_only_operators_of_care_see_the_board(role: str, now: datetime) -> None:
    request = routed(make_request(make_member()))
    ids: Any = {
        "employee": {"employer_id": new_id(), "member_id": request.member_id},
        "clinic_staff": {"clinic_id": new_id()},
        "hr_admin": {"employer_id": new_id()},
        "finance": {"permissions": ["finance"]},
    }[role]
    client = signed_in(make_user("operator" if role == "finance" else role, **ids))
    for path in ("", "counts/", f"{request.pk}/", f"{request.pk}/notes/"):
        assert client.get(f"{BOARD}{path}").status_code == 403
