"""What measures lean on: receivers that read what is sent, and a description of each measure."""

import re
from pathlib import Path

import pytest

from tests.benchmarks.databases import renamed
from tests.benchmarks.http_load import request
from tests.benchmarks.programs.receivers import OK, Endpoint, Log

HERE = Path(__file__).parent
NAMES = sorted(
    {name for path in (HERE / "measures").glob("*.py") for name in re.findall(r'name="(.+?)"', path.read_text())}
)


class Transport:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)


@pytest.fixture
def receiver():
    log = Log()
    endpoint = Endpoint(log.healthy)
    endpoint.transport = Transport()  # type: ignore[assignment]
    return endpoint, log


@pytest.mark.parametrize("cut", range(0, 200, 7))
def test_a_receiver_reads_two_requests_however_they_are_cut(receiver, cut):
    endpoint, log = receiver
    stream = request("/hook", b'{"one":1}', {}) + request("/hook", b"", {"X-Other": "1"})
    endpoint.data_received(stream[:cut])
    endpoint.data_received(stream[cut:])
    assert [body for _, body in log.arrivals] == [b'{"one":1}', b""]
    assert endpoint.transport.written == [OK, OK]


def test_control_tells_what_came_and_forgets_it(receiver):
    endpoint, log = receiver
    endpoint.data_received(request("/hook", b"{}", {}))
    assert log.control(b"GET /count HTTP/1.1", b"")[1].endswith(b"\r\n\r\n1")
    log.control(b"GET /forget HTTP/1.1", b"")
    assert log.control(b"GET /arrivals HTTP/1.1", b"")[1].endswith(b"\r\n\r\n[]")


def test_another_database_keeps_all_else_of_the_url():
    assert renamed("postgres://me:secret@host:5/app?sslmode=require", "bench").endswith("host:5/bench?sslmode=require")


@pytest.mark.parametrize("name", NAMES)
def test_every_measure_is_described(name):
    assert f"`{name}`" in (HERE.parents[1] / "docs" / "benchmarks.md").read_text()
