"""Local endpoints for deliveries in one process: one that is dead, one that is slow, the others healthy.

    python -m tests.benchmarks.programs.receivers CONTROL DEAD SLOW HEALTHY…    (ports)

The dead one takes a request and never answers; the slow one answers after a second. CONTROL answers GET /arrivals with
what came to the healthy ones since the last GET /forget: [[seconds of the monotonic clock, body], …].
"""

import asyncio
import json
import sys
from collections.abc import Callable
from functools import partial
from time import perf_counter

HOST = "127.0.0.1"
SLOW_SECONDS = 1.0
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

Answer = Callable[[bytes, bytes], tuple[float, bytes] | None]


class Endpoint(asyncio.Protocol):
    """Reads requests and writes what `answer(head, body)` says, after its seconds; None is never."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.buffer = answer, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Handle every request that is complete."""
        self.buffer += data
        while (request := self._take()) is not None:
            reply = self.answer(*request)
            if reply is None:
                continue
            seconds, text = reply
            if seconds:
                asyncio.get_running_loop().call_later(seconds, self.transport.write, text)
            else:
                self.transport.write(text)

    def _take(self) -> tuple[bytes, bytes] | None:
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return None
        length = _length(head)
        if len(rest) < length:
            return None
        self.buffer = rest[length:]
        return head, rest[:length]


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


class Log:
    """What came to the healthy endpoints."""

    def __init__(self) -> None:
        self.arrivals: list[tuple[float, bytes]] = []

    def healthy(self, head: bytes, body: bytes) -> tuple[float, bytes]:
        """Note the arrival and answer at once."""
        self.arrivals.append((perf_counter(), body))
        return 0, OK

    def control(self, head: bytes, body: bytes) -> tuple[float, bytes]:
        """Tell what came, how much came, or forget it."""
        path = head.split(b" ")[1]
        if path == b"/forget":
            self.arrivals.clear()
        told = [(at, text.decode()) for at, text in self.arrivals] if path == b"/arrivals" else len(self.arrivals)
        answer = json.dumps(told).encode()
        return 0, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer)


async def main(ports: list[int]) -> None:
    """Listen until the leash ends it."""
    log = Log()
    control, dead, slow, *healthy = ports
    answers: dict[int, Answer] = {
        control: log.control,
        dead: lambda head, body: None,
        slow: lambda head, body: (SLOW_SECONDS, OK),
        **dict.fromkeys(healthy, log.healthy),
    }
    loop = asyncio.get_running_loop()
    for port, answer in answers.items():
        await loop.create_server(partial(Endpoint, answer), HOST, port, backlog=1024)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main([int(port) for port in sys.argv[1:]]))
