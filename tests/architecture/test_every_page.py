"""Every page for every role: opens for whom it is meant, in both languages, small, cheap, nothing from elsewhere."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.architecture.pages import EVERYBODY, MOST_BYTES, MOST_QUERIES, faults_of, pages, worded
from tests.architecture.world import PLACES, build_tenant
from tests.factories import benefits

SHEETS = sorted((Path(settings.BASE_DIR) / "config" / "static" / "site").glob("*.css"))


def test_every_page_opens_for_its_roles_in_both_languages_small_and_cheap(committed_db, now):
    tenant = build_tenant(PLACES[0], 0, now)
    clients = {**tenant.clients, "operator": benefits.signed_in(benefits.make_user("operator"))}
    wrong, opened = [], 0
    for page in pages(tenant.ids):
        for role in EVERYBODY:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                answer = clients[role].get(page.path)
            expected = 200 if role in page.roles else 404
            if role not in page.roles and page.path.startswith("/accounts/"):
                continue  # it leads on: nobody signs in twice
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
    assert wrong == []
    assert opened > 40


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_no_sheet_loads_anything(sheet):
    assert re.findall(r"url\(|@import|//[a-z]", sheet.read_text()) == []
