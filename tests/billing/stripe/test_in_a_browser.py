"""Stripe's fields in a real browser: its script, its frame and our policy of what the page may load, together."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.conf import settings as project
from django.core.wsgi import get_wsgi_application
from django.db import connections

from tests.billing.stripe.world import World
from tests.factories.payments import browser_of
from tests.simulators_tests.stripe.bench import PUBLISHABLE_KEY

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
NODE = shutil.which("node") or ""
DRIVER = Path(__file__).with_name("drive_browser.mjs")

pytestmark = pytest.mark.skipif(not (CHROMIUM and NODE), reason="needs Chromium and Node.js, which pip cannot install")


class Server(ThreadingMixIn, WSGIServer):
    """A browser asks for several things at once."""

    daemon_threads = True

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Leave no connection to the test's database behind."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            connections.close_all()


class Quiet(WSGIRequestHandler):
    """Keeps the test output clean."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def address(world: World, settings: Any) -> Iterator[str]:
    """The project's web application, in a thread."""
    with make_server("127.0.0.1", 0, get_wsgi_application(), Server, Quiet) as server:
        settings.BASE_URL = f"http://127.0.0.1:{server.server_port}"
        settings.STRIPE_PUBLISHABLE_KEY = PUBLISHABLE_KEY
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield settings.BASE_URL
        server.shutdown()
        thread.join()


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
