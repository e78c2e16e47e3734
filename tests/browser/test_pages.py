"""Every page in a real browser: axe finds nothing (WCAG 2.2 AA), nothing is blocked, asked elsewhere or cut off.

On a phone of 320 px in light and on 1280 px in dark. The pictures are kept to be looked at (looking.py);
SCREENSHOTS=all takes the other two as well, and 360 px.
"""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.architecture.pages import EVERYBODY, build_world, mailed, pages
from tests.browser import CHROMIUM, MISSING, serving
from tests.browser.looking import faults, is_seen, page_of, watch
from tests.factories import benefits

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)


def test_every_page_is_whole_and_open_to_everybody(browser, committed_db, now, settings):
    ids, clients = build_world(now)
    wrong: list[tuple[str, str]] = []
    with serving(settings) as address:
        for role in (*EVERYBODY, "newcomer", "anonymous"):
            page = page_of(browser, clients[role], address)
            watch(page, address, wrong)
            for shown in (*pages(ids), *mailed()):
                if is_seen(shown, role):
                    page.goto(address + shown.path, wait_until="load")
                    wrong += [(shown.path, fault) for fault in faults(page, f"{role}{shown.path}")]
            page.context.close()
    assert not wrong, "\n".join(map(str, wrong))


def test_the_way_out_works_by_button_and_by_three_presses_of_shift(
    browser: Any, committed_db: str, now: Any, settings: Any
):
    member = benefits.make_member(benefits.make_plan(benefits.make_employer().pk).employer_id)
    user = benefits.activate(member)
    settings.QUICK_EXIT_URL = "about:blank#weather"
    with serving(settings) as address:
        for leave in (lambda page: page.click("form[data-leave] button"), _three_shifts):
            client = benefits.signed_in(user)
            page = page_of(browser, client, address)
            page.goto(f"{address}/")
            leave(page)
            page.wait_for_url("about:blank#weather")
            assert client.get("/").status_code == 302, "signed out"
            page.context.close()


def _three_shifts(page: Page) -> None:
    for _ in range(3):
        page.keyboard.press("Shift")
