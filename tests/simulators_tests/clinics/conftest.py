"""One clinic simulator for the module, and a receiver that stands where the project would."""

import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.simulators.running import running
from tests.simulators_tests.clinics.bench import Bench, Inbox, InboxHandler


@pytest.fixture(scope="module")
def clock_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the clinics' clock looks for its offset; absent at first."""
    return tmp_path_factory.mktemp("clock") / "offset"


@pytest.fixture(scope="module")
def simulator(clock_file: Path) -> Iterator[httpx.Client]:
    """The process, started on a free port and ended afterwards."""
    with (
        running("clinics", "--port", "0", "--clock-file", str(clock_file)) as [url],
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        yield client


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """A receiver on a free port; answers 200 unless told otherwise."""
    with ThreadingHTTPServer(("127.0.0.1", 0), InboxHandler) as server:
        received = Inbox(port=server.server_address[1])
        server.inbox = received  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield received
        server.shutdown()
        thread.join()


@pytest.fixture
def bench(simulator: httpx.Client, inbox: Inbox, clock_file: Path) -> Bench:
    """The simulator with no clinics, its clock at real time, and the receiver."""
    clock_file.unlink(missing_ok=True)
    simulator.post("/control/reset").raise_for_status()
    return Bench(client=simulator, inbox=inbox, clock_file=clock_file)
