"""Load: prepared HTTP/1.1 requests over kept connections, with next to no work between two of them."""

import asyncio
from collections.abc import Iterator, Sequence
from time import perf_counter

HOST = "127.0.0.1"


class Refused(Exception):
    """A request was not answered with 200 and a Content-Length."""


def request(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """Return the bytes of a POST of JSON."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {HOST}", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode() + body


def send_all(port: int, requests: Sequence[bytes], *, connections: int) -> float:
    """Send every request once, over so many connections at once, and return requests per second. Raises Refused."""
    start = perf_counter()
    asyncio.run(_send_all(port, iter(requests), connections))
    return len(requests) / (perf_counter() - start)


async def _send_all(port: int, requests: Iterator[bytes], connections: int) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(connections):
                group.create_task(_send_some(port, requests))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _send_some(port: int, requests: Iterator[bytes]) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        for prepared in requests:
            writer.write(prepared)
            await _read_answer(reader)
    finally:
        writer.close()


async def _read_answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head[:16]:
        raise Refused(head.partition(b"\r\n")[0].decode())
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    if not lengths:
        raise Refused("An answer without Content-Length.")
    await reader.readexactly(int(lengths[0].partition(b":")[2]))
