"""Operators see and mend what is stuck, on pages and by the API; ids and codes only."""

from typing import Any

import pytest
from django.test import Client

from tests.factories.benefits import make_user, signed_in
from tests.workers.operations.conftest import BODY, give_up_delivery, make_event
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.kernel.leases import Status
from workers.operations.models import Intervention
from workers.outbox.models import Job
from workers.timers.models import Timer

pytestmark = pytest.mark.usefixtures("db")
API = "/api/v1/operator/engine"
PAGE = "/operator/engine"


@pytest.fixture
def operator(now: Any) -> Client:
    return signed_in(make_user("operator"))


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(f"{API}/{path}/", body, content_type="application/json")


def test_the_lists_tell_ids_and_codes_and_no_bodies(operator, make_job, dead_email, dead_delivery):
    job = make_job()
    for queue, pk in (("jobs", job.pk), ("emails", dead_email.pk), ("deliveries", dead_delivery.pk)):
        answer, page = operator.get(f"{API}/{queue}/"), operator.get(f"{PAGE}/{queue}/").content.decode()
        [row] = answer.json()["results"]
        assert (row["id"], row["status"]) == (str(pk), "dead")
        assert str(pk) in page
        for secret in (BODY, "home.example", "of somebody"):
            assert secret not in answer.content.decode() + page


def test_the_api_replays_and_drops_what_it_is_told(operator, make_job):
    one, other = make_job(), make_job(consumer="tests.other")
    assert post(operator, "jobs/replay", {"ids": [str(one.pk)]}).json() == {"rows": 1}
    assert post(operator, "jobs/drop", {"consumer": "tests.other", "why": "not needed"}).json() == {"rows": 1}
    with acting_as(WORKER):
        assert [(job.pk, job.status) for job in Job.objects.all()] == [(one.pk, Status.READY)]
    done = operator.get(f"{API}/interventions/").json()["results"]
    assert [each["action"] for each in done] == ["drop", "replay"]
    assert done[1]["chosen"] == {"ids": [str(one.pk)]}
    assert other.pk != one.pk


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("jobs/replay", {}),
        ("jobs/replay", {"ids": []}),
        ("jobs/replay", {"ids": ["x"]}),
        ("jobs/replay", {"ids": ["9" * 40]}),
        ("emails/replay", {"ids": ["1"]}),
        ("jobs/replay", {"all": "perhaps"}),
        ("jobs/replay", {"everything": True}),
        ("jobs/drop", {"all": True}),
        ("jobs/drop", {"all": True, "why": "x" * 201}),
    ],
)
def test_a_slip_is_a_422_and_does_nothing(operator, make_job, path, body):
    make_job()
    assert post(operator, path, body).status_code == 422
    with acting_as(WORKER):
        assert (Job.objects.get().status, Intervention.objects.count()) == (Status.DEAD, 0)


def test_lists_are_narrowed_and_an_unknown_status_is_refused(operator, make_job):
    make_job()
    make_job(status=Status.PARKED, consumer="tests.other", last_error="")
    for query, count in (("status=parked", 1), ("consumer=tests.react", 1), ("reason=ValueError", 1), ("", 2)):
        assert len(operator.get(f"{API}/jobs/?{query}").json()["results"]) == count
    assert operator.get(f"{API}/jobs/?status=done").status_code == 422
    for query in ("status=done", "before=x", "consumer=%00"):
        assert operator.get(f"{PAGE}/jobs/?{query}").status_code == 404


def test_forms_replay_and_drop_and_say_so(operator, make_job):
    one, other = make_job(), make_job()
    answer = operator.post(f"{PAGE}/jobs/", {"ids": [str(one.pk)], "action": "replay"}, follow=True)
    assert "1 row is tried again." in answer.content.decode()
    answer = operator.post(f"{PAGE}/jobs/", {"ids": [str(other.pk)], "action": "drop"}, follow=True)
    assert "Say why" in answer.content.decode()
    operator.post(f"{PAGE}/jobs/", {"ids": [str(other.pk)], "action": "drop", "why": "not needed"})
    with acting_as(WORKER):
        assert [job.pk for job in Job.objects.all()] == [one.pk]


def test_a_form_can_replay_all_that_match_and_keeps_the_filter(operator, make_job):
    make_job(consumer="tests.other")
    make_job()
    answer = operator.post(f"{PAGE}/jobs/", {"action": "replay_all", "consumer": "tests.other"})
    assert answer["Location"] == f"{PAGE}/jobs/?consumer=tests.other"
    with acting_as(WORKER):
        assert {job.consumer: job.status for job in Job.objects.all()} == {
            "tests.other": Status.READY,
            "tests.react": Status.DEAD,
        }


@pytest.mark.parametrize("form", [{}, {"action": "explode"}, {"action": "replay"}, {"action": "drop", "ids": "x"}])
def test_a_form_that_means_nothing_is_explained(operator, make_job, form):
    make_job()
    answer = operator.post(f"{PAGE}/jobs/", form, follow=True)
    assert answer.status_code == 200
    assert "note error" in answer.content.decode()
    with acting_as(WORKER):
        assert Job.objects.get().status == Status.DEAD


def test_a_form_needs_its_token(now, make_job):
    make_job()
    stranger = signed_in(make_user("operator"))
    stranger.handler.enforce_csrf_checks = True
    assert stranger.post(f"{PAGE}/jobs/", {"action": "replay_all"}).status_code == 403


def test_an_events_walk_shows_what_is_open_and_what_was_delivered(operator, make_job, now):
    event = make_event(now)
    job = make_job(event=event)
    delivery = give_up_delivery(now, event.pk)
    walk = operator.get(f"{API}/events/{event.pk}/").json()
    assert (walk["type"], walk["trace"], walk["jobs"][0]["id"]) == ("tests.happened.v1", event.trace, job.pk)
    assert (walk["deliveries"][0]["id"], walk["deliveries"][0]["status"]) == (str(delivery.pk), "dead")
    assert walk["deliveries"][0]["attempts"][0]["status_code"] == 500
    page = operator.get(f"{PAGE}/events/{event.pk}/").content.decode()
    assert event.trace in page
    assert "referral.offered" in page
    assert BODY not in page + str(walk)


def test_nobody_else_opens_any_of_it(make_job, now):
    make_job()
    employee = signed_in(make_user("employee", employer_id=new_id(), member_id=new_id()))
    for path in ("", "jobs/", "emails/", "deliveries/", f"events/{new_id()}/"):
        assert employee.get(f"{PAGE}/{path}").status_code == 404
        assert Client().get(f"{PAGE}/{path}").status_code == 302
    assert employee.post(f"{PAGE}/jobs/", {"action": "replay_all"}).status_code == 404
    with acting_as(WORKER):
        assert Job.objects.get().status == Status.DEAD


def test_the_glance_shows_lanes_troubles_and_what_was_done(operator, make_job, dead_email):
    make_job()
    post(operator, "emails/replay", {"all": True})
    post(operator, "deliveries/replay", {"all": True})  # nothing to do: nothing was done
    page = operator.get(f"{PAGE}/").content.decode()
    for word in ("silent", "tests.react", "ValueError", "Tried again: E-mails", "never"):
        assert word in page
    assert "Tried again: Deliveries" not in page
    seen = operator.get(f"{API}/").json()
    assert [each["rows"] for each in seen["troubles"]] == [1]
    assert {pulse["lane"] for pulse in seen["pulses"]} == {"domain", "files", "billing", "mail", "webhooks", "sweep"}


def test_a_timer_of_an_event_that_is_gone_is_seen_with_its_name(operator, now):
    with acting_as(WORKER):
        for number in range(2):
            Timer.objects.create(
                kind="tests.gone.v1", subject_type="t", subject_id=new_id(), generation=number, due_at=now, payload={}
            )
    trouble = {"queue": "timers", "consumer": "tests.gone.v1", "status": "later", "rows": 2}
    [told] = operator.get(f"{API}/").json()["troubles"]
    assert trouble.items() <= told.items()
    page = operator.get(f"{PAGE}/").content.decode()
    assert told["reason"] == "No event is named tests.gone.v1."
    assert told["reason"] in page
    assert "/operator/engine/timers/" not in page, "there is no such page"
