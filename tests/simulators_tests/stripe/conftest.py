"""One simulator process for each module, reset for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulators_tests.stripe.bench import Bench, Inbox, receiving, simulated


@pytest.fixture(scope="module")
def clock_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the simulator looks for a clock offset; absent at first."""
    return tmp_path_factory.mktemp("clock") / "offset"


@pytest.fixture(scope="module")
def process(clock_file: Path) -> Iterator[Bench]:
    """The simulator, started on a free port and ended afterwards."""
    with simulated("--clock-file", str(clock_file)) as bench:
        yield bench


@pytest.fixture
def bench(process: Bench, clock_file: Path) -> Bench:
    """The simulator with nothing in it and the clock at real time."""
    clock_file.unlink(missing_ok=True)
    process.order("reset")
    return process


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """A receiver of webhooks, not yet registered anywhere."""
    with receiving() as inbox:
        yield inbox


@pytest.fixture
def secret(bench: Bench, inbox: Inbox) -> str:
    """The signing secret of an endpoint that sends everything to the inbox."""
    endpoint = bench.stripe.v1.webhook_endpoints.create({"url": inbox.url, "enabled_events": ["*"]})
    assert endpoint.secret is not None
    return endpoint.secret
