"""Saying on a page when one can come."""

import re
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
URL = "/when-i-can-come/"


def kept(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/v1/availability/").json()
    return found


def page_of(client: Client, **headers: str) -> str:
    answer = client.get(URL, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def ticked(page: str) -> list[tuple[str, str]]:
    return [(one[1], one[2]) for one in re.finditer(r'name="(day_\d)" value="(\w+)"[^>]* checked', page)]


def test_parts_of_the_week_become_hours_and_are_shown_again(member: Client) -> None:
    assert "At any time: you have named none." in page_of(member)
    told = {"act": "week", "day_1": ["morning", "afternoon"], "day_3": ["morning", "evening"]}
    assert member.post(URL, told)["Location"] == URL
    spans = [(one["weekday"], one["opens"], one["closes"]) for one in kept(member)["weekly"]]
    assert spans == [
        (1, "00:00:00", "17:00:00"),
        (3, "00:00:00", "12:00:00"),
        (3, "17:00:00", "23:59:00"),
    ], "what follows on each other is one span: a session may lie across noon"
    page = page_of(member)
    assert ticked(page) == [
        ("day_1", "morning"),
        ("day_1", "afternoon"),
        ("day_3", "morning"),
        ("day_3", "evening"),
    ]
    assert "At the times that are ticked." in page
    member.post(URL, {"act": "week"} | {f"day_{day}": ["morning", "afternoon", "evening"] for day in range(1, 8)})
    assert kept(member)["weekly"] == [], "the whole week is at any time"


def test_days_away_come_and_go_and_leave_the_week_alone(member: Client) -> None:
    member.post(URL, {"act": "week", "day_2": ["evening"]})
    member.post(URL, {"act": "leave", "first": "2026-04-01", "last": "2026-04-05"})
    member.post(URL, {"act": "leave", "first": "2026-03-10", "last": "2026-03-10"})
    assert [one["first"] for one in kept(member)["away"]] == ["2026-04-01", "2026-03-10"]
    page = page_of(member)
    assert page.index("March 10, 2026") < page.index("April 1, 2026 – April 5, 2026")
    member.post(URL, {"act": "stay", "entry": "2026-04-01"})
    assert kept(member)["away"] == [{"first": "2026-03-10", "last": "2026-03-10"}]
    assert [one["weekday"] for one in kept(member)["weekly"]] == [2]


def test_finer_hours_of_a_program_stand_until_the_week_is_kept(member: Client) -> None:
    week = {"weekly": [{"weekday": 6, "opens": "09:00", "closes": "17:00"}], "away": []}
    assert member.put("/api/v1/availability/", week, content_type="application/json").status_code == 200
    page = page_of(member)
    assert "finer hours" in page
    assert ticked(page) == [("day_6", "afternoon")]
    assert "horas más precisas" in page_of(member, **{"Accept-Language": "es"})
    member.post(URL, {"act": "leave", "first": "2026-03-10", "last": "2026-03-10"})
    assert kept(member)["weekly"][0]["opens"] == "09:00:00", "days away change no week"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"act": "leave", "first": "2026-04-05", "last": "2026-04-01"}, "The last day is the first or a later one."),
        ({"act": "leave", "first": "soon", "last": ""}, "Enter a valid date."),
        ({"act": "week", "day_1": "night"}, "not one of the available choices"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_kept(member: Client, told: dict[str, Any], said: str) -> None:
    answer = member.post(URL, told)
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert member.get("/api/v1/availability/").status_code == 404
    assert member.post(URL, {"act": "guess"}).status_code == 404
