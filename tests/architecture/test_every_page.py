"""Every page for every role: opens for whom it is meant, in both languages, small, cheap, nothing from elsewhere."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.architecture.pages import (
    EVERYBODY,
    MOST_BYTES,
    MOST_QUERIES,
    build_world,
    faults_of,
    mailed,
    pages,
    worded,
)

SHEETS = sorted((Path(settings.BASE_DIR) / "config" / "static" / "site").glob("*.css"))


def test_every_page_opens_for_its_roles_in_both_languages_small_and_cheap(committed_db, now):
    ids, clients = build_world(now)
    wrong: list[tuple[object, ...]] = []
    opened = 0
    for page in (*pages(ids), *mailed()):
        is_for_members = page.roles[0] in EVERYBODY
        for role in EVERYBODY if is_for_members else page.roles:
            with CaptureQueriesContext(connection) as queries:
                answer = clients[role].get(page.path)
            expected = 200 if role in page.roles else 404
            if answer.status_code != expected:
                wrong.append((page.path, role, answer.status_code))
            if answer.status_code == 200:
                opened += 1
                english, spanish = (
                    worded(answer),
                    worded(clients[role].get(page.path, headers={"Accept-Language": "es"})),
                )
                wrong += [(page.path, role, fault) for text in (english, spanish) for fault in faults_of(text)]
                wrong += [(page.path, role, f"{len(english)} bytes")] if len(english) > MOST_BYTES else []
                wrong += [(page.path, role, f"{len(queries)} queries")] if len(queries) > MOST_QUERIES else []
                wrong += [(page.path, role, "no Spanish")] if english == spanish else []
    assert not wrong, "\n".join(map(str, wrong))
    assert opened > 40


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_no_sheet_loads_anything(sheet):
    assert re.findall(r"url\(|@import|//[a-z]", sheet.read_text()) == []


@pytest.mark.parametrize(
    "html",
    [
        '<p style="color: red">',
        "<style>p {}</style>",
        "<script>go()</script>",
        '<button onclick="go()">',
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/a.css">',
        '<img src="http://elsewhere.example/p.png">',
        '<form action="https://elsewhere.example/">',
        '<div hx-get="https://elsewhere.example/">',
        "<p>%(rows)s rows</p>",
        "<!DOCTYPE html><h1>One</h1><h1>Two</h1>",
    ],
)
def test_what_a_page_may_not_have_is_found(html):
    assert faults_of(html) != []


def test_what_a_page_may_have_is_let_be():
    assert (
        faults_of('<!DOCTYPE html><h1>A</h1><a href="https://weather.example/">b</a><script src="/static/a.js">') == []
    )
