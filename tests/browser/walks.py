"""A person's way through pages, in English by the keyboard alone and in Spanish on a phone.

Wherever it stops, the page is looked at as a wide screen and as a narrow phone show it: axe, nothing cut off, the
language, small, painted soon; and a picture of each is kept. A new page on the way is one more `look`.
"""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from statistics import median

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from tests.architecture.pages import MOST_BYTES
from tests.browser.left_in_english import left_in_english
from tests.browser.looking import PICTURES, RULES, SCHEME, TALL, cut_off, found_by_axe, page_of, watch
from workers.emails.models import Email
from workers.emails.rendering import html_of

WIDE, NARROW = 1280, 320
LOCALES = {"en": "en-US", "es": "es-US"}
in_both_languages = pytest.mark.parametrize("language", LOCALES)
_SUFFIX = "-dark" if SCHEME == "dark" else ""
MOST_TABS = 120
MOST_MILLISECONDS = 1_000  # until something is painted, half of the time
_HAS_FOCUS = "(wanted) => document.activeElement.matches(wanted)"
_LOADED = """() => [
  performance.getEntriesByType("navigation")[0].decodedBodySize,
  performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null]"""


class Walk:
    """One journey in one language, in a browser of its own."""

    def __init__(self, page: Page, address: str, journey: str, language: str) -> None:
        """Nothing is opened yet."""
        self.page, self.language = page, language
        self.wrong: list[tuple[str, str]] = []
        self._address, self._pictures = address, PICTURES / journey
        self._looks, self._paints = 0, list[float]()
        self._by_keyboard = language == "en"
        watch(page, address, self.wrong)

    def go(self, path: str) -> None:
        """Open an address of ours, or a link that was mailed."""
        self.page.goto(self._address + path.removeprefix(self._address))

    def look(self, name: str, english: str, spanish: str) -> None:
        """Stop at a page that says these words, and note what is wrong with it."""
        expect(self.page.locator("main")).to_contain_text(spanish if self.language == "es" else english)
        faults = self._loaded()
        if self.page.evaluate("document.documentElement.lang") != self.language:
            faults.append("is in the other language")
        if self.language == "es":
            faults += [f"left in English: {words}" for words in left_in_english(self.page)]
        faults += [fault for width in self._keep_pictures(name, self.page) for fault in cut_off(self.page, width)]
        faults += found_by_axe(self.page, RULES)  # of the one width here, of the other in the other language
        self.wrong += [(name, fault) for fault in faults]

    def read(self, name: str, mail: Email, english: str, spanish: str) -> str:
        """Open an e-mail that says these words, and return the first link in it."""
        text, language = mail.message["text"], mail.message["language"]
        assert language == self.language
        with closing(self.page.context.new_page()) as letter:  # which no policy of ours rules
            letter.set_content(html_of(text, language=language))
            expect(letter.locator("body")).to_contain_text(spanish if language == "es" else english)
            for width in self._keep_pictures(name, letter):
                self.wrong += [(name, fault) for fault in cut_off(letter, width)]
        link: str = re.findall(r"https?://\S+", text)[0]
        return link

    def press(self, wanted: str, *, stays: bool = False) -> None:
        """Press a button, a link or a box; `stays` where no other page comes of it."""
        if stays:
            self._press(wanted)
            return
        with self.page.expect_navigation():
            self._press(wanted)

    def fill(self, wanted: str, words: str) -> None:
        """Type into a field what is to stand there."""
        if self._by_keyboard:
            self._reach(wanted)
        self.page.fill(wanted, words)

    def select(self, wanted: str, value: str) -> None:
        """Choose from a list."""
        if self._by_keyboard:
            self._reach(wanted)
        self.page.select_option(wanted, value)

    def choose(self, name: str, value: str) -> None:
        """Choose one of several buttons that belong together."""
        wanted = f'input[name="{name}"][value="{value}"]'
        if not self._by_keyboard:
            self.page.check(wanted)
            return
        self._reach(f'input[name="{name}"]')
        for _ in range(self.page.locator(f'input[name="{name}"]').count()):
            if self.page.evaluate(_HAS_FOCUS, wanted):
                break
            self.page.keyboard.press("ArrowDown")
        if not self.page.is_checked(wanted):
            self.page.keyboard.press("Space")
        assert self.page.is_checked(wanted), wanted

    def switch(self) -> None:
        """Choose one's language by the switch at the foot of every page."""
        if self.language != "en":
            self.press(f'button[name="language"][value="{self.language}"]')

    def says(self, wanted: str, english: str, spanish: str) -> None:
        """Something of the page says these words."""
        expect(self.page.locator(wanted)).to_contain_text(spanish if self.language == "es" else english)

    def _keep_pictures(self, name: str, page: Page) -> Iterator[int]:
        """Keep one of each width, and yield it; the way goes on in that which was the last."""
        self._looks += 1
        for width in (NARROW, WIDE) if self._by_keyboard else (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": TALL})
            picture = self._pictures / f"{self.language}-{width}{_SUFFIX}" / f"{self._looks:02}-{name}.png"
            page.screenshot(path=picture, full_page=True)
            yield width

    def _press(self, wanted: str) -> None:
        if self._by_keyboard:
            self._reach(wanted)
            self.page.keyboard.press("Space" if "checkbox" in wanted else "Enter")
        else:
            self.page.click(wanted)

    def _reach(self, wanted: str) -> None:
        for _ in range(MOST_TABS):
            if self.page.evaluate(_HAS_FOCUS, wanted):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"No keyboard reaches {wanted} on {self.page.url}")

    def _loaded(self) -> list[str]:
        size, painted = self.page.evaluate(_LOADED)
        self._paints += [painted] if painted else []
        return [f"{size} bytes"] if size > MOST_BYTES else []

    def check(self) -> None:
        """Fail with all that was wrong on the way."""
        if self._paints and median(self._paints) > MOST_MILLISECONDS:
            self.wrong.append(("half of the pages", f"paint nothing for {median(self._paints):.0f} ms"))
        assert not self.wrong, "\n".join(map(str, self.wrong))


@contextmanager
def walking(
    browser: Browser, address: str, journey: str, language: str, client: Client | None = None
) -> Iterator[Walk]:
    """Somebody who begins a journey, signed in as `client` is; whoever is not reads `language` in their browser."""
    page = page_of(browser, client, address, locale=LOCALES["en" if client else language])
    with closing(page.context):
        walk = Walk(page, address, journey, language)
        yield walk
    walk.check()
