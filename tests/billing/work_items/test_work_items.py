"""What a person has to decide: opened once, closed with words by one operator."""

import ast
import re
from datetime import datetime, timedelta
from inspect import signature
from typing import Any

import pytest
from django.test import Client

from billing.words import WORDS
from billing.work_items.models import WorkItem
from billing.work_items.services import close_if_open, open_item
from config.local.state import PROJECT
from tests.factories import benefits
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

PATH = "/api/v1/operator/work-items/"


@pytest.fixture
def finance(db: None) -> Client:
    """An operator's browser."""
    return benefits.signed_in(benefits.make_user("operator", permissions=["finance"]))


def opened(now: datetime, key: str = "dispute:du_1", **more: Any) -> WorkItem:
    with acting_as(WORKER):
        open_item(kind="dispute", key=key, now=now, **more)
        return WorkItem.objects.get(key=key)


def test_the_same_trouble_opens_one_item(finance: Client, now: datetime) -> None:
    assert opened(now).pk == opened(now + timedelta(days=1)).pk


def test_the_most_urgent_comes_first(finance: Client, now: datetime) -> None:
    opened(now, "c")
    opened(now, "b", due_at=now + timedelta(days=2))
    opened(now, "a", due_at=now + timedelta(days=1))
    dues = [each["due_at"] for each in finance.get(PATH).json()["results"]]
    assert dues == ["2026-03-03T15:00:00Z", "2026-03-04T15:00:00Z", None]


@pytest.mark.parametrize("query", ["kind=%00", f"kind={'x' * 41}", "status=opne", "member=1"])
def test_a_question_that_makes_no_sense_is_refused_with_the_field(finance: Client, query: str) -> None:
    answer = finance.get(f"{PATH}?{query}")
    assert (answer.status_code, [*answer.json()["errors"]]) == (422, [query.partition("=")[0]])


def test_an_item_is_closed_once_and_with_words(finance: Client, now: datetime) -> None:
    item = opened(now)
    path = f"{PATH}{item.pk}/close/"
    for nothing in ({}, {"resolution": ""}, {"resolution": "x" * 501}, {"resolution": "done", "closed_by": "me"}):
        assert finance.post(path, nothing, content_type="application/json").status_code == 422
    closed = finance.post(path, {"resolution": "Answered with the signed mandate."}, content_type="application/json")
    assert closed.status_code == 200
    assert closed.json()["resolution"] == "Answered with the signed mandate."
    again = finance.post(path, {"resolution": "Me too."}, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "work_item_closed")
    assert finance.get(f"{PATH}?status=open").json()["results"] == []
    assert len(finance.get(f"{PATH}?status=closed&kind=dispute").json()["results"]) == 1


def test_what_ends_by_itself_is_closed_by_itself(finance: Client, now: datetime) -> None:
    opened(now)
    with acting_as(WORKER):
        close_if_open(key="dispute:du_1", now=now)
        close_if_open(key="dispute:du_2", now=now)
    assert finance.get(f"{PATH}?status=open").json()["results"] == []


def test_others_may_not_see_them(db: None, now: datetime) -> None:
    item = opened(now)
    for role, more in (("operator", {"permissions": ["care"]}), ("clinic_staff", {"clinic_id": new_id()})):
        browser = benefits.signed_in(benefits.make_user(role, **more))
        assert browser.get(PATH).status_code == 403
        assert browser.post(f"{PATH}{item.pk}/close/").status_code == 403


def test_each_kind_has_words_for_the_page_and_a_line_in_the_handbook() -> None:
    handbook = (PROJECT / "docs" / "operations.md").read_text().partition("## Money: what a person decides")[2]
    told = set(re.findall(r"^\| `(\w+)` \|", handbook.partition("\n## ")[0], re.M))
    assert told == set(WORDS["work_item"]) == set(WORDS["what_to_do"])
    assert _opened_in_the_code() <= told


def test_each_detail_has_words_for_the_page_and_is_said_in_spanish(finance: Client, now: datetime) -> None:
    named = {word.arg for word in _given() if word.arg} - set(signature(open_item).parameters)
    assert named, "found nothing to look at"
    assert named <= set(WORDS["work_detail"])
    opened(now, reason="fraudulent")
    page = finance.get("/operator/work-items/", headers={"Accept-Language": "es"}).content.decode()
    assert "<dt>Lo que dice el pagador, según Stripe</dt><dd><code>fraudulent</code></dd>" in page


def _opened_in_the_code() -> set[str]:
    """The kinds that somebody opens by name."""
    kinds = [word.value for word in _given() if word.arg == "kind"]
    return {str(value.value) for value in kinds if isinstance(value, ast.Constant)}


def _given() -> list[ast.keyword]:
    """What items are opened with, wherever it is."""
    trees = [ast.parse(path.read_text()) for path in (PROJECT / "billing").rglob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [word for call in calls if getattr(call.func, "id", "") == "open_item" for word in call.keywords]
