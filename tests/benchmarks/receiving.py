"""The receivers of one comparison, and what came to them."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from config.local.ports import LOOPBACK, free_ports
from tests.benchmarks.bench import Bench, Overdue, wait_until


@dataclass(frozen=True)
class Receivers:
    """Ports of the receivers (tests/benchmarks/programs/receivers.py)."""

    control: int
    dead: int
    slow: int
    healthy: tuple[int, ...]

    def ports(self, *, with_dead: bool) -> list[int]:
        """Return where messages go."""
        return [*([self.dead] if with_dead else []), self.slow, *self.healthy]

    def forget(self) -> None:
        """Begin to count anew."""
        self._ask("/forget")

    def wait_for(self, number: int, *, seconds: float) -> bool:
        """Wait until so many messages came to healthy receivers; False when they did not."""
        with suppress(Overdue):
            wait_until(lambda: self._ask("/count") >= number, seconds=seconds, what="The last delivery", every=0.1)
            return True
        return False

    def arrivals(self) -> list[tuple[float, Any]]:
        """Return when each message came to a healthy receiver (of `perf_counter`), and its JSON."""
        return [(at, json.loads(body)) for at, body in self._ask("/arrivals")]

    def _ask(self, path: str) -> Any:
        connection = http.client.HTTPConnection(LOOPBACK, self.control, timeout=10)
        try:
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@contextmanager
def receivers(bench: Bench, *, healthy: int) -> Iterator[Receivers]:
    """Run one dead, one slow and so many healthy receivers."""
    ports = free_ports(3 + healthy)
    with bench.program("receivers", *(str(port) for port in ports)):
        yield Receivers(ports[0], ports[1], ports[2], tuple(ports[3:]))
