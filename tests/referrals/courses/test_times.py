"""The free times that a member is offered who moves a session."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from referrals.courses.models import Course
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import sessions_of
from tests.referrals.courses.test_asking import confirm, say
from workers.kernel.ids import new_id

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def times(client: Client, session_id: object, since: str = "") -> list[dict[str, object]]:
    found: list[dict[str, object]] = client.get(f"/api/v1/sessions/{session_id}/times/{since}").json()
    return found


def test_every_time_that_keeps_the_rules_is_listed_and_can_be_taken(course: Course, member: Client) -> None:
    """The clinic is always open: a dosing of 150 minutes begins until 21:00 on the 13 days that its distance leaves."""
    dosing = sessions_of(course)[1]
    found = times(member, dosing.pk)
    assert len(found) == 13 * 43 - 1, "all but where it is"
    assert found[0] == {"starts_at": "2026-03-14T04:00:00Z", "ends_at": "2026-03-14T06:30:00Z", "bent": []}
    assert found[-1]["starts_at"] == "2026-03-27T01:00:00Z"
    for one in (found[0], found[-1]):
        assert say(member, dosing, "move", starts_at=one["starts_at"]).status_code == 200
    before = say(member, dosing, "move", starts_at="2026-03-14T03:30:00Z")
    assert before.json()["code"] == "breaks_rule", "the day before"


def test_where_another_appointment_of_the_member_stands_nothing_is_offered(course: Course, member: Client) -> None:
    preparation, dosing, _ = sessions_of(course)
    confirm(dosing)
    offered = {datetime.fromisoformat(str(one["starts_at"])) for one in times(member, preparation.pk)}
    assert dosing.starts_at - timedelta(hours=1) in offered
    assert dosing.ends_at in offered
    assert (
        not {dosing.starts_at, dosing.starts_at - timedelta(minutes=30), dosing.ends_at - timedelta(minutes=30)}
        & offered
    )


def test_times_outside_the_hours_that_the_member_told_say_so(course: Course, member: Client) -> None:
    week = {"weekly": [{"weekday": 6, "opens": "09:00", "closes": "17:00"}], "away": []}
    assert member.put("/api/v1/availability/", week, content_type="application/json").status_code == 200
    found = times(member, sessions_of(course)[1].pk)
    suits = [one for one in found if one["bent"] == []]
    assert suits
    assert {datetime.fromisoformat(str(one["starts_at"])).isoweekday() for one in suits} == {6}
    assert all(one["bent"] == ["availability"] for one in found if one not in suits)


def test_there_are_none_of_what_is_over_of_the_far_future_and_of_anothers(course: Course, member: Client) -> None:
    dosing = sessions_of(course)[1]
    for since in ("?since=2027-03-05", "?since=9999-12-31"):
        assert times(member, dosing.pk, since) == []
    assert member.get(f"/api/v1/sessions/{dosing.pk}/times/?since=2026-02-30").status_code == 422
    assert say(member, dosing, "call-off").status_code == 200
    assert times(member, dosing.pk) == []
    other = signed_in(make_user("employee", employer_id=new_id(), member_id=new_id()))
    assert other.get(f"/api/v1/sessions/{dosing.pk}/times/").status_code == 404


def page_of(client: Client, url: str, *, language: str = "en") -> str:
    answer = client.get(url, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_shows_the_days_where_the_member_lives_and_the_times_of_one(course: Course, member: Client) -> None:
    dosing = sessions_of(course)[1]
    url = f"/courses/{course.pk}/sessions/{dosing.pk}/times/"
    assert url in page_of(member, f"/courses/{course.pk}/")
    page = page_of(member, f"{url}?since=2026-03-09")
    assert re.findall(r"&amp;day=([\d-]+)#times", page) == [f"2026-03-{day}" for day in range(14, 27)]
    assert "Saturday, March 14: 42 times" in page, "all but where it is"
    assert re.findall(r'value="(2026-03-1\d)T', page)[0] == "2026-03-14", "without a day the first that has any"
    assert page.count('name="starts_at"') == 42
    page = page_of(member, f"{url}?since=2026-03-09&day=2026-03-16")
    times = re.findall(r'value="([^"]+)" required', page)
    assert (times[0], times[-1]) == ("2026-03-16T04:00:00+00:00", "2026-03-17T01:00:00+00:00"), "midnight to 9 p.m. EDT"
    assert re.findall("<legend>(.+?)</legend>", page) == ["In the morning", "In the afternoon", "In the evening"]
    assert page.count('aria-current="date"') == 1
    done = member.post(url, {"starts_at": "2026-03-16T14:00:00+00:00"})
    assert (done.status_code, done["Location"]) == (302, f"/courses/{course.pk}/")
    assert sessions_of(course)[1].starts_at == datetime(2026, 3, 16, 14, tzinfo=UTC)


def test_the_week_begins_as_the_readers_calendars_do(course: Course, member: Client) -> None:
    url = f"/courses/{course.pk}/sessions/{sessions_of(course)[1].pk}/times/"
    for language, first, words in (("en", "Sunday", "Another time"), ("es", "lunes", "Otra hora")):
        page = page_of(member, url, language=language)
        assert re.findall(r'<th scope="col" abbr="(.+?)">', page)[0] == first
        assert words in page


def test_weeks_before_and_after_and_those_without_any_time(course: Course, member: Client) -> None:
    url = f"/courses/{course.pk}/sessions/{sessions_of(course)[1].pk}/times/"
    today = page_of(member, url)
    assert re.findall(r'href="\?since=([\d-]+)"', today) == ["2026-03-30"], "nothing before today"
    empty = page_of(member, f"{url}?since=2026-03-30")
    assert "No other time in these weeks" in empty
    assert re.findall(r'href="\?since=([\d-]+)"', empty) == ["2026-03-02", "2026-04-27"]
    for far in ("9999-12-31", "2027-03-03"):
        assert "Please call your clinic." in page_of(member, f"{url}?since={far}"), "a year ahead it ends"
    for nonsense in ("?since=soon&day=x", "?day=2026-03-01", "?since=0001-01-01"):
        assert page_of(member, url + nonsense).count('name="starts_at"') == 42


def test_nothing_chosen_is_said_beside_the_day_that_was_looked_at(course: Course, member: Client) -> None:
    url = f"/courses/{course.pk}/sessions/{sessions_of(course)[1].pk}/times/"
    answer = member.post(f"{url}?day=2026-03-16")
    assert answer.status_code == 422
    assert "Choose one of the times first." in answer.content.decode()
    assert 'value="2026-03-16T14:00:00+00:00"' in answer.content.decode()


def test_a_time_that_is_gone_is_said_on_the_page_and_changes_nothing(course: Course, member: Client) -> None:
    dosing = sessions_of(course)[1]
    url = f"/courses/{course.pk}/sessions/{dosing.pk}/times/"
    refused = member.post(url, {"starts_at": "2026-06-16T14:00:00+00:00"})
    assert (refused.status_code, "no longer free" in refused.content.decode()) == (409, True)
    assert member.post(url, {"starts_at": "soon"}).status_code == 422
    assert member.get(f"{url}?since=9999-12-31").status_code == 200
    assert sessions_of(course)[1].starts_at == dosing.starts_at
    assert say(member, dosing, "call-off").status_code == 200
    assert member.post(url, {"starts_at": "2026-03-16T14:00:00+00:00"}).status_code == 409
    stranger = f"/courses/{course.pk}/sessions/{new_id()}/times/"
    assert member.get(stranger).status_code == 404
    assert member.post(stranger, {"starts_at": "2026-03-16T14:00:00Z"}).status_code == 404
