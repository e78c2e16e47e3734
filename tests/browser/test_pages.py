"""Every page in a real browser: axe finds nothing (WCAG 2.2 AA), nothing is blocked, asked elsewhere or cut off.

On a phone of 360 px in light and on 1280 px in dark. The pictures are kept to be looked at (looking.py);
SCREENSHOTS=all takes the other two as well, and 320 px.
"""

import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

from tests.architecture.pages import EVERYBODY, Shown, build_world, mailed, pages
from tests.browser import CHROMIUM, MISSING, serving
from tests.browser.looking import PICTURES, RULES, TALL, cut_off, found_by_axe, launched, page_of, watch
from tests.factories import benefits

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)

SEEN = {("light", 360): RULES, ("dark", 1280): ["color-contrast"]}  # in the dark only colours differ
MORE = [("dark", 360), ("light", 1280), ("light", 320)] if os.environ.get("SCREENSHOTS") == "all" else []


@pytest.fixture
def chromium(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """Playwright's own loop would make Django take this thread for an asynchronous one."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright, closing(launched(playwright)) as browser:
        yield browser


def test_every_page_is_whole_and_open_to_everybody(chromium, committed_db, now, settings):
    ids, clients = build_world(now)
    wrong: list[tuple[str, str]] = []
    with serving(settings) as address:
        for role in (*EVERYBODY, "newcomer", "anonymous"):
            page = _page_of(chromium, clients[role], address)
            _watch(page, address, wrong)
            for shown in (*pages(ids), *mailed()):
                if _is_seen(shown, role):
                    page.goto(address + shown.path, wait_until="load")
                    wrong += [(shown.path, fault) for fault in faults(page, f"{role}{shown.path}")]
            page.context.close()
    assert not wrong, "\n".join(map(str, wrong))


def _is_seen(shown: Shown, role: str) -> bool:
    """Whether a page is looked at: a panel is none, and of one that is the same for everybody once is enough."""
    if shown.path.startswith("/panels/"):
        return False
    return role == shown.roles[-1] if shown.path.startswith("/accounts/") else role in shown.roles


def _page_of(chromium: Browser, client: Client, address: str) -> Page:
    return page_of(chromium, client, address)


def _watch(page: Page, address: str, wrong: list[tuple[str, str]]) -> None:
    watch(page, address, wrong)


def faults(page: Page, name: str) -> Iterator[str]:
    """Yield what axe finds and what does not fit, as the page is seen; and keep a picture of each."""
    for scheme, width in (*SEEN, *MORE):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # one of the two that there are
        page.set_viewport_size({"width": width, "height": TALL})
        picture = PICTURES / f"{width}-{scheme}" / f"{_file_name(name)}.png"
        page.screenshot(path=picture, full_page=True)
        yield from cut_off(page, width)
        if rules := SEEN.get((scheme, width)):
            yield from found_by_axe(page, rules)


def _file_name(name: str) -> str:
    parts = ["one" if part.count("-") == 4 else part for part in name.partition("?")[0].split("/") if part]
    return "_".join(parts)


def test_the_way_out_works_by_button_and_by_three_presses_of_shift(
    chromium: Any, committed_db: str, now: Any, settings: Any
):
    member = benefits.make_member(benefits.make_plan(benefits.make_employer().pk).employer_id)
    user = benefits.activate(member)
    settings.QUICK_EXIT_URL = "about:blank#weather"
    with serving(settings) as address:
        for leave in (lambda page: page.click("form[data-leave] button"), _three_shifts):
            client = benefits.signed_in(user)
            page = _page_of(chromium, client, address)
            page.goto(f"{address}/")
            leave(page)
            page.wait_for_url("about:blank#weather")
            assert client.get("/").status_code == 302, "signed out"
            page.context.close()


def _three_shifts(page: Page) -> None:
    for _ in range(3):
        page.keyboard.press("Shift")
