"""Every page in a real browser: axe finds nothing (WCAG 2.2 AA), nothing is blocked, asked elsewhere or cut off.

On a phone of 360 px in light and on 1280 px in dark. The pictures lie in .local/screenshots/ to be looked at;
SCREENSHOTS=all takes the other two as well, and 320 px.
"""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request, expect, sync_playwright

from tests.architecture.pages import EVERYBODY, Shown, build_world, mailed, pages
from tests.browser import CHROMIUM, MISSING, serving
from tests.factories import benefits

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)

AXE = Path(__file__).with_name("axe.min.js")
PICTURES = Path(project.BASE_DIR) / ".local" / "screenshots"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SEEN = {("light", 360): RULES, ("dark", 1280): ["color-contrast"]}  # in the dark only colours differ
MORE = [("dark", 360), ("light", 1280), ("light", 320)] if os.environ.get("SCREENSHOTS") == "all" else []
TALL = 900
_AXE = """async (rules) => (await axe.run({runOnly: rules, resultTypes: ["violations"]})).violations.flatMap(
  (found) => found.nodes.map((node) => `${found.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`))"""


@pytest.fixture
def chromium(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """Playwright's own loop would make Django take this thread for an asynchronous one."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright, closing(_launched(playwright)) as browser:
        yield browser


def _launched(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])


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
    """A page in a browser of its own, signed in as a test's client is."""
    browser = chromium.new_context(reduced_motion="reduce")
    browser.add_init_script(path=AXE)
    if cookie := client.cookies.get(project.SESSION_COOKIE_NAME):
        browser.add_cookies([{"name": project.SESSION_COOKIE_NAME, "value": cookie.value, "url": address}])
    return browser.new_page()


def _watch(page: Page, address: str, wrong: list[tuple[str, str]]) -> None:
    """Note what the browser complains of (what our policy blocks is an error), and what it asks of somebody else."""

    def complained(said: ConsoleMessage) -> None:
        if said.type == "error":
            wrong.append((page.url, said.text))

    def asked(request: Request) -> None:
        if not request.url.startswith((f"{address}/", "data:")):
            wrong.append((page.url, f"asks {request.url}"))

    page.on("console", complained)
    page.on("request", asked)


def faults(page: Page, name: str) -> Iterator[str]:
    """Yield what axe finds and what does not fit, as the page is seen; and keep a picture of each."""
    for scheme, width in (*SEEN, *MORE):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # one of the two that there are
        page.set_viewport_size({"width": width, "height": TALL})
        picture = PICTURES / f"{width}-{scheme}" / f"{_file_name(name)}.png"
        page.screenshot(path=picture, full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            yield f"{wide} px wide on a screen of {width}"
        if rules := SEEN.get((scheme, width)):
            yield from page.evaluate(_AXE, rules)


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


def test_hr_finds_somebody_while_typing_and_is_asked_before_a_file_is_taken_back(
    chromium: Any, committed_db: str, now: Any, settings: Any
) -> None:
    employer = benefits.make_employer()
    benefits.make_plan(employer.pk)
    people = [benefits.make_person(f"E{n}", last_name=name) for n, name in enumerate(("Abreu", "Ruiz"))]
    benefits.apply_people(employer.pk, *people)
    hr = benefits.signed_in(benefits.make_hr(employer.pk))
    with serving(settings) as address, closing(_page_of(chromium, hr, address)) as page:
        page.goto(f"{address}/employees/")
        page.fill("#id_name", "rui")
        expect(page.locator("#roster")).not_to_contain_text("Abreu")
        expect(page.locator("#roster")).to_contain_text("Ruiz")
        assert "rui" not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        page.goto(f"{address}/eligibility-files/")
        page.click("#main tbody th a")
        page.click("text=Take it back")
        page.click("#undo button[name=action]")
        page.wait_for_selector("text=Taken back")
