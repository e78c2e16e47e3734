"""A page in Chromium, and what is wrong with it to an eye that tires of nothing.

The pictures lie in .local/screenshots/, or in the folder that SCREENSHOTS_FOLDER names.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request

from tests.architecture.pages import Shown
from tests.browser import CHROMIUM

AXE = Path(__file__).with_name("axe.min.js")
PICTURES = Path(os.environ.get("SCREENSHOTS_FOLDER") or settings.BASE_DIR / ".local" / "screenshots")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TALL = 900
SEEN = {("light", 320): RULES, ("dark", 1280): ["color-contrast"]}  # in the dark only colours differ
MORE = [("dark", 360), ("light", 1280), ("light", 360)] if os.environ.get("SCREENSHOTS") == "all" else []
# In which a journey goes; its pictures and what axe says of contrast are of this one.
SCHEME: Literal["light", "dark"] = "dark" if os.environ.get("SCREENSHOTS") == "dark" else "light"
# What stands in a frame is Stripe's.
_AXE = """async (rules) => (await axe.run({exclude: [["iframe"]]}, {
  runOnly: rules, resultTypes: ["violations"], elementRef: false, selectors: false,
})).violations.flatMap(
  (found) => found.nodes.map((node) => `${found.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`))"""
_REFUSED = "Failed to load resource: the server responded with a status of 4"  # a form that was sent back to be mended


def launched(playwright: Playwright) -> Browser:
    """A browser."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])


def page_of(chromium: Browser, client: Client | None, address: str, *, locale: str = "en-US") -> Page:
    """A page in a browser of its own, of somebody who reads `locale`; signed in as a test's client is, if it is."""
    browser = chromium.new_context(reduced_motion="reduce", locale=locale, color_scheme=SCHEME)
    browser.add_init_script(path=AXE)
    if client and (cookie := client.cookies.get(settings.SESSION_COOKIE_NAME)):
        browser.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie.value, "url": address}])
    return browser.new_page()


def watch(page: Page, address: str, wrong: list[tuple[str, str]]) -> None:
    """Note what the browser complains of (what our policy blocks is an error), and what it asks of somebody else.

    That a form is sent back with 4xx is no complaint: the page itself says why, and is looked at.
    """

    def complained(said: ConsoleMessage) -> None:
        if said.type == "error" and not said.text.startswith(_REFUSED):
            wrong.append((page.url, said.text))

    def asked(request: Request) -> None:
        if not request.url.startswith((f"{address}/", "data:")):
            wrong.append((page.url, f"asks {request.url}"))

    page.on("console", complained)
    page.on("request", asked)
    page.on("pageerror", lambda error: wrong.append((page.url, str(error))))


def found_by_axe(page: Page, rules: list[str]) -> list[str]:
    """What axe finds wrong with a page as it is seen now."""
    found: list[str] = page.evaluate(_AXE, rules)
    return found


def cut_off(page: Page, width: int) -> list[str]:
    """What has to be scrolled sideways to be read, on a screen so wide."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [f"{wide} px wide on a screen of {width}"] if wide > width else []


def is_seen(shown: Shown, role: str) -> bool:
    """Whether a page is looked at: a panel is none, and of one that is the same for everybody once is enough."""
    if shown.path.startswith("/panels/"):
        return False
    return role == shown.roles[-1] if shown.path.startswith("/accounts/") else role in shown.roles


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
    yield from printed_in_vain(page)


def printed_in_vain(page: Page) -> list[str]:
    """What stands on paper though it is there to be pressed; the API reference is all buttons."""
    page.emulate_media(media="print")
    shown = page.locator(":is(nav, button, .button):not(#swagger-ui *)").filter(visible=True)
    found = [f"printed: {words.strip()[:60]}" for words in shown.all_inner_texts()]
    page.emulate_media(media="screen")
    return found


def _file_name(name: str) -> str:
    parts = ["one" if part.count("-") == 4 else part for part in name.partition("?")[0].split("/") if part]
    return "_".join(parts)
