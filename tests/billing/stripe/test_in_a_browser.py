"""Stripe's fields in a real browser: its script, its frame and our policy of what the page may load, together."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project

from tests.billing.stripe.world import World
from tests.browser import CHROMIUM, serving
from tests.factories.payments import browser_of
from tests.simulators_tests.stripe.bench import PUBLISHABLE_KEY

NODE = shutil.which("node") or ""
DRIVER = Path(__file__).with_name("drive_browser.mjs")

pytestmark = pytest.mark.skipif(not (CHROMIUM and NODE), reason="needs Chromium and Node.js, which pip cannot install")


@pytest.fixture
def address(world: World, settings: Any) -> Iterator[str]:
    """The project's web application, in a thread."""
    settings.STRIPE_PUBLISHABLE_KEY = PUBLISHABLE_KEY
    with serving(settings) as address:
        yield address


def test_a_card_is_typed_into_stripes_fields_and_nothing_is_blocked(world: World, address: str) -> None:
    browser = browser_of(world.member)
    page = browser.post("/payments/methods/new/", {"kind": "card", "accepted": "yes", "way": "elements"})["Location"]
    world.work()
    cookie = browser.cookies[project.SESSION_COOKIE_NAME].value
    driven = subprocess.run(
        [
            NODE,
            "--experimental-websocket",
            str(DRIVER),
            CHROMIUM,
            f"{address}{page}",
            project.SESSION_COOKIE_NAME,
            cookie,
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert driven.returncode == 0, driven.stderr
    told = json.loads(driven.stdout)
    assert told == {"href": f"{address}{page}?confirmed=1", "blocked": []}
    world.run()
    assert "It is stored" in browser.get(page).content.decode()
