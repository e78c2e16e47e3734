"""One browser for the tests of a file."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.looking import launched


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Playwright's own loop would make Django take this thread for an asynchronous one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with sync_playwright() as playwright, closing(launched(playwright)) as launched_browser:
            yield launched_browser
