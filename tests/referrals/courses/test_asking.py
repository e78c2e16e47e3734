"""What members do about their sessions, by API and on the page of their course."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from referrals.courses.models import Course, Session, SessionStep
from referrals.courses.rules import Channel, Party, Who
from referrals.courses.services import asking, sessions
from referrals.courses.services.refusals import Superseded
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import make_endpoint, sessions_of
from tests.factories.referrals import run_workers
from workers.deliveries.models import Delivery
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
JSON = "application/json"


def confirm(session: Session, by: timedelta = timedelta()) -> None:
    with acting_as(WORKER):
        sessions.schedule(
            session_id=session.pk,
            course_id=session.course_id,
            clinic_id=session.clinic_id,
            starts_at=session.starts_at + by,
            reported_at=clock.now(),
            now=clock.now(),
        )


def say(client: Client, session: Session, word: str, **body: Any) -> Any:
    return client.post(f"/api/v1/sessions/{session.pk}/{word}/", body, content_type=JSON)


def as_shown(page: str, session: Session) -> dict[str, Any]:
    """What the page's forms about a session say of it."""
    found = re.search(rf'value="{session.pk}"><input type="hidden" name="version" value="(\d+)"', page)
    assert found
    return {"session_id": str(session.pk), "version": found[1]}


def history(course: Course, session: Session) -> list[tuple[str, str, str]]:
    with acting_as(WORKER):
        steps = SessionStep.objects.filter(session=session).order_by("at", "id")
        return list(steps.values_list("what", "by", "channel"))


def test_a_proposal_that_suits_is_moved_by_asking_only(course: Course, member: Client) -> None:
    _, dosing, integration = sessions_of(course)
    assert say(member, integration, "agree").json()["agreed_at"] is not None
    assert say(member, integration, "agree").status_code == 200
    confirm(dosing, 2 * DAY)
    asked = sessions_of(course)[2]
    assert (asked.starts_at, asked.suggested_because) == (integration.starts_at, "session_moved")
    assert asked.suggested_starts_at is not None
    assert asked.suggested_starts_at >= dosing.ends_at + 3 * DAY
    assert history(course, integration) == [("agreed", "member", "api"), ("asked", "planner", "planner")]


def test_a_suggestion_is_told_to_clinic_and_member_and_accepted_by_the_member(course: Course, member: Client) -> None:
    _, dosing, integration = sessions_of(course)
    confirm(integration)
    confirm(dosing, 2 * DAY)
    run_workers()
    with acting_as(WORKER):
        assert Email.objects.filter(template="referrals/news").count() == 1
    wanted = sessions_of(course)[2].suggested_starts_at
    answer = say(member, integration, "suggestion", accept=True)
    assert (answer.status_code, answer.json()["status"]) == (200, "proposed")
    taken = sessions_of(course)[2]
    assert (taken.starts_at, taken.suggested_starts_at, taken.generation) == (wanted, None, integration.generation + 2)
    assert say(member, integration, "suggestion", accept=True).json()["code"] == "nothing_asked"


def test_who_keeps_an_appointment_is_not_asked_again_until_something_else_moves(
    course: Course, member: Client, now: datetime
) -> None:
    _, dosing, integration = sessions_of(course)
    confirm(integration)
    confirm(dosing, 2 * DAY)
    assert say(member, integration, "suggestion", accept=False).status_code == 200
    kept = sessions_of(course)[2]
    assert (kept.status, kept.starts_at, kept.suggested_starts_at) == ("scheduled", integration.starts_at, None)
    clock.freeze(now + timedelta(minutes=1))
    confirm(sessions_of(course)[1], DAY)
    assert sessions_of(course)[2].suggested_starts_at is not None


def test_a_member_takes_another_time_within_the_rules_and_what_follows_comes_along(
    course: Course, member: Client
) -> None:
    _, dosing, _ = sessions_of(course)
    starts_at = (dosing.starts_at + 2 * DAY).isoformat()
    assert say(member, dosing, "move", starts_at=starts_at).json()["status"] == "proposed"
    after = sessions_of(course)
    assert after[1].starts_at == dosing.starts_at + 2 * DAY
    assert timedelta(hours=24) <= after[2].starts_at - after[1].ends_at <= timedelta(hours=48)
    with acting_as(WORKER):
        assert not Delivery.objects.exists()


def test_a_time_against_the_rules_is_refused_by_name_and_changes_nothing(course: Course, member: Client) -> None:
    before = sessions_of(course)
    for session, by, says in (
        (before[2], DAY * 3, "misses its window 24 to 48 hours after dosing"),
        (before[1], -DAY * 2, "is not 2 to 14 days after"),
        (before[0], DAY * 30, "is not 2 to 14 days after"),
    ):
        answer = say(member, session, "move", starts_at=(session.starts_at + by).isoformat())
        assert (answer.status_code, answer.json()["code"]) == (409, "breaks_rule")
        assert any(says in rule for rule in answer.json()["rules"])
    past = say(member, before[0], "move", starts_at="2026-02-28T15:00:00Z")
    assert (past.status_code, past.json()["code"]) == (422, "implausible_time")
    assert say(member, before[0], "move", starts_at="2027-02-29T15:00:00Z").status_code == 422
    assert [one.starts_at for one in sessions_of(course)] == [one.starts_at for one in before]


def test_calling_a_dosing_off_takes_its_proposed_integration_along(course: Course, member: Client) -> None:
    _, dosing, integration = sessions_of(course)
    assert [say(member, dosing, "call-off").json()["status"] for _ in range(2)] == ["cancelled", "cancelled"]
    assert [one.status for one in sessions_of(course)] == ["proposed", "cancelled", "cancelled"]
    assert history(course, integration) == [("cancelled", "planner", "planner")]
    assert say(member, dosing, "agree").json()["code"] == "session_final"


@pytest.mark.parametrize("word", ["agree", "move", "suggestion", "call-off", "make-up"])
def test_another_members_session_is_unknown(course: Course, word: str) -> None:
    other = signed_in(make_user("employee", employer_id=new_id(), member_id=new_id()))
    bodies: dict[str, dict[str, Any]] = {"move": {"starts_at": "2026-03-20T15:00:00Z"}, "suggestion": {"accept": True}}
    assert say(other, sessions_of(course)[0], word, **bodies.get(word, {})).status_code == 404


def test_the_history_is_read_by_the_member_and_the_clinic(course: Course, member: Client) -> None:
    confirm(sessions_of(course)[0])
    clinic = signed_in(make_user("clinic_staff", clinic_id=course.clinic_id))
    url = f"/api/v1/courses/{course.pk}/history/"
    rows = member.get(url).json()["results"]
    assert [(row["what"], row["by"], row["status"]) for row in rows] == [("confirmed", "clinic", "scheduled")]
    assert clinic.get(url).json()["results"] == rows
    stranger = signed_in(make_user("clinic_staff", clinic_id=new_id()))
    assert stranger.get(url).status_code == 404


def test_the_page_offers_what_can_be_done_and_does_it(course: Course, member: Client) -> None:
    url = f"/courses/{course.pk}/"
    assert member.get(url).content.decode().count("This time suits me") == 3
    _, dosing, integration = sessions_of(course)
    confirm(integration)
    confirm(dosing, 2 * DAY)
    page = member.get(url).content.decode()
    assert "Another appointment has moved" in page
    assert "Otra cita cambió de hora" in member.get(url, headers={"Accept-Language": "es"}).content.decode()
    taken = as_shown(page, integration) | {"act": "take"}
    done = member.post(url, taken)
    assert (done.status_code, done["Location"]) == (302, url)
    late = member.post(url, taken)
    assert (late.status_code, "no longer possible" in late.content.decode()) == (409, True)
    assert member.post(url, {"session_id": "x", "act": "dance"}).status_code == 422
    assert member.post(url, {"session_id": str(integration.pk), "act": "call_off"}).status_code == 422
    assert member.post(url, {"session_id": str(new_id()), "version": 1, "act": "call_off"}).status_code == 404


@pytest.mark.parametrize("act", ["take", "keep", "call_off"])
def test_what_changed_since_the_page_was_opened_is_left_to_be_looked_at(
    course: Course, member: Client, act: str
) -> None:
    url = f"/courses/{course.pk}/"
    _, dosing, integration = sessions_of(course)
    confirm(integration)
    confirm(dosing, 2 * DAY)
    opened = as_shown(member.get(url).content.decode(), integration)
    confirm(sessions_of(course)[1], DAY)
    another = sessions_of(course)[2]
    page = member.post(url, opened | {"act": act})
    assert (page.status_code, "no longer possible" in page.content.decode()) == (409, True)
    left = sessions_of(course)[2]
    assert (left.status, left.starts_at, left.suggested_starts_at, left.version) == (
        "scheduled",
        integration.starts_at,
        another.suggested_starts_at,
        another.version,
    )
    assert member.post(url, as_shown(page.content.decode(), integration) | {"act": "take"})["Location"] == url
    assert sessions_of(course)[2].starts_at == another.suggested_starts_at


def test_a_program_may_name_the_version_that_it_read(course: Course, member: Client) -> None:
    _, dosing, integration = sessions_of(course)
    assert say(member, integration, "agree", version=integration.version + 1).json()["code"] == "superseded"
    confirm(integration)
    confirm(dosing, 2 * DAY)
    version = sessions_of(course)[2].version
    for word, body in (("suggestion", {"accept": True}), ("suggestion", {"accept": False}), ("call-off", {})):
        stale = say(member, integration, word, version=version - 1, **body)
        assert (stale.status_code, stale.json()["code"]) == (409, "superseded")
    assert say(member, integration, "suggestion", accept=True, version=version).status_code == 200


def test_a_suggestion_that_is_not_needed_any_more_is_taken_back_from_the_clinic_too(
    course: Course, member: Client
) -> None:
    _, dosing, integration = sessions_of(course)
    confirm(integration)
    confirm(dosing, 2 * DAY)
    asked = sessions_of(course)[2]
    endpoint = make_endpoint(course.clinic_id)
    run_workers()
    confirm(sessions_of(course)[1], -2 * DAY)
    run_workers()
    after = sessions_of(course)[2]
    assert (after.suggested_starts_at, after.version) == (None, asked.version + 1)
    with acting_as(WORKER):
        body = Delivery.objects.filter(endpoint=endpoint).latest("id").body
    [told] = [one for one in json.loads(body)["data"]["sessions"] if one["session_id"] == str(integration.pk)]
    assert (told.get("suggested_starts_at"), told["version"]) == (None, after.version)


def test_all_times_are_agreed_to_at_once_but_those_that_moved_since_the_page_was_opened(
    course: Course, member: Client
) -> None:
    url = f"/courses/{course.pk}/"
    seen = re.findall(r'name="seen" value="([^"]+)"', member.get(url).content.decode())[:3]
    moved = sessions_of(course)[1]
    with acting_as(WORKER):
        Session.objects.filter(pk=moved.pk).update(version=F("version") + 1)
    page = member.post(url, {"act": "agree_to_all", "seen": [*seen, "nonsense"]})
    assert (page.status_code, "Some have moved since you opened" in page.content.decode()) == (409, True)
    assert [one.agreed_at is not None for one in sessions_of(course)] == [True, False, True]
    assert member.post(url, {"act": "agree", "seen": seen[1]}).status_code == 409
    [now_seen] = re.findall(r'name="seen" value="([^"]+)"', page.content.decode())
    assert member.post(url, {"act": "agree", "seen": now_seen})["Location"] == url
    assert sessions_of(course)[1].agreed_at is not None


def test_a_time_that_moves_while_it_is_agreed_to_is_not(course: Course) -> None:
    """The page has compared what was seen, and the course's lock comes free only then."""
    session = sessions_of(course)[1]
    who = Who(party=Party.MEMBER, channel=Channel.PORTAL)
    with acting_as(WORKER), pytest.raises(Superseded):
        asking.agree(session_id=session.pk, member_id=course.member_id, who=who, now=clock.now(), version=7)
    assert sessions_of(course)[1].agreed_at is None
