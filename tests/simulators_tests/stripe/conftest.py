"""One simulator process for each module, reset for each test."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.simulators_tests.stripe.bench import Bench, Inbox, InboxServer

ROOT = Path(__file__).parents[3]
ANNOUNCEMENT = "stripe simulator listening on "


@pytest.fixture(scope="module")
def clock_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the simulator looks for a clock offset; absent at first."""
    return tmp_path_factory.mktemp("clock") / "offset"


@pytest.fixture(scope="module")
def process(clock_file: Path) -> Iterator[Bench]:
    """The simulator, started on a free port and ended afterwards."""
    command = [
        sys.executable,
        "-m",
        "tests.simulators.stripe",
        "--port",
        "0",
        "--clock-file",
        str(clock_file),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        line = running.stdout.readline()
        assert line.startswith(ANNOUNCEMENT), line
        url = line.removeprefix(ANNOUNCEMENT).strip()
        with httpx.Client(base_url=url) as control:
            yield Bench(url, control)
        running.terminate()


@pytest.fixture
def bench(process: Bench, clock_file: Path) -> Bench:
    """The simulator with nothing in it and the clock at real time."""
    clock_file.unlink(missing_ok=True)
    process.order("reset")
    return process


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """A receiver of webhooks, not yet registered anywhere."""
    inbox = Inbox()
    with InboxServer(inbox) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield inbox
        server.shutdown()
        thread.join()


@pytest.fixture
def secret(bench: Bench, inbox: Inbox) -> str:
    """The signing secret of an endpoint that sends everything to the inbox."""
    endpoint = bench.stripe.v1.webhook_endpoints.create({"url": inbox.url, "enabled_events": ["*"]})
    assert endpoint.secret is not None
    return endpoint.secret
