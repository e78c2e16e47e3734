"""Every page for every role: opens for whom it is meant, in both languages, small, cheap, nothing from elsewhere."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.architecture.crowd import add_crowd
from tests.architecture.left_in_english import in_english, said_by
from tests.architecture.pages import (
    EVERYBODY,
    build_world,
    faults_of,
    mailed,
    open_page,
    open_to,
    pages,
    worded,
)
from tests.architecture.world import PLACES, build_tenant

SHEETS = sorted((Path(settings.BASE_DIR) / "config" / "static" / "site").glob("*.css"))


def test_every_page_opens_for_its_roles_in_both_languages_small_and_cheap(committed_db, now):
    ids, clients = build_world(now)
    wrong: list[tuple[object, ...]] = []
    number = 0
    for page in (*pages(ids), *mailed()):
        is_for_members = page.roles[0] in EVERYBODY
        for role in EVERYBODY if is_for_members else page.roles:
            opened = open_page(clients[role], page.path)
            expected = 200 if role in page.roles else 404
            if opened.answer.status_code != expected:
                wrong.append((page.path, role, opened.answer.status_code))
            if opened.answer.status_code == 200:
                number += 1
                english = worded(opened.answer)
                spanish = worded(clients[role].get(page.path, headers={"Accept-Language": "es"}))
                wrong += [(page.path, role, fault) for text in (english, spanish) for fault in faults_of(text)]
                wrong += [(page.path, role, excess) for excess in opened.excess]
                wrong += [(page.path, role, "no Spanish")] if english == spanish else []
                wrong += [(page.path, role, "English", words) for words in in_english(said_by(spanish))]
    assert not wrong, "\n".join(map(str, wrong))
    assert number > 40


def test_no_page_asks_the_database_more_often_among_a_hundred_thousand(committed_db, now):
    tenant = build_tenant(PLACES[0], 0, now)
    ids, clients = open_to(tenant, now)
    alone = opened_by(clients, ids)
    add_crowd(tenant, now)
    among_many = opened_by(clients, ids)
    wrong = [
        (*each, len(opened.queries), len(alone[each].queries), opened.excess)
        for each, opened in among_many.items()
        if opened.excess or len(opened.queries) > len(alone[each].queries)
    ]
    assert not wrong, "\n".join(map(str, wrong))


def opened_by(clients, ids):
    """Every page as each of its roles."""
    found = {(page.path, role): open_page(clients[role], page.path) for page in pages(ids) for role in page.roles}
    assert {opened.answer.status_code for opened in found.values()} == {200}
    return found


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


def test_english_on_a_spanish_page_is_found_where_it_is_not_meant():
    page = '<html lang="es"><body><p>Nombre</p>{}<p>Así<br>es</p></body></html>'
    meant = '<p lang="en">As <b>the source</b> says it</p><code>the code</code><option>IN</option>'
    assert set(in_english(said_by(page.format("<label>How it signs in</label>")))) == {"How it signs in"}
    assert set(in_english(said_by(page.format('<p title="Sign out">x</p>' + meant)))) == {"Sign out"}
    assert in_english(said_by(page.format(meant))) == []
