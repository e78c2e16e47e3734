"""One simulator process for each module; a fresh database, member and simulator state for each test."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.billing.stripe.world import World
from tests.factories.payments import paying_member
from tests.simulators_tests.stripe.bench import SECRET_KEY, Bench, Inbox, InboxServer
from workers.kernel import bells

ROOT = Path(__file__).parents[3]
ANNOUNCEMENT = "stripe simulator listening on "


@pytest.fixture(scope="module")
def process() -> Iterator[Bench]:
    """The simulator, started on a free port and ended afterwards."""
    command = [sys.executable, "-m", "tests.simulators.stripe", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        line = running.stdout.readline()
        assert line.startswith(ANNOUNCEMENT), line
        url = line.removeprefix(ANNOUNCEMENT).strip()
        with httpx.Client(base_url=url) as control:
            yield Bench(url, control)
        running.terminate()


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """A receiver of webhooks."""
    inbox = Inbox()
    with InboxServer(inbox) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield inbox
        server.shutdown()
        thread.join()


@pytest.fixture
def world(
    process: Bench,
    inbox: Inbox,
    committed_db: str,
    now: datetime,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    """A member without plan or card, at NOW on both clocks."""
    process.order("reset")
    process.order("clock", now=now.isoformat())
    endpoint = process.stripe.v1.webhook_endpoints.create({"url": inbox.url, "enabled_events": ["*"]})
    settings.STRIPE_SECRET_KEY = SECRET_KEY
    settings.STRIPE_API_BASE = process.url
    settings.STRIPE_WEBHOOK_SECRETS = [endpoint.secret]
    monkeypatch.setattr(bells, "_strike", None)  # the test drains the lanes itself
    return World(process, inbox, paying_member())
