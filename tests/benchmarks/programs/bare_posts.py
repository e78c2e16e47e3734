"""A bare loop over the HTTP client that deliveries use: no database, no signature, no record.

    python -m tests.benchmarks.programs.bare_posts MESSAGES PORT…

Posts MESSAGES bodies to each port, over kept connections, with at most as many under way as a drain of ours; with the
headers of a signed message, whoever receives them having as much to read.
"""

import json
import sys
from collections.abc import Iterator

import pycurl

IN_FLIGHT = 512
BODY = json.dumps({"type": "course.updated", "timestamp": "2026-01-01T00:00:00+00:00", "data": {"number": 1}}).encode()

HEADERS = [
    "Content-Type: application/json",
    "Expect:",
    "webhook-id: msg_01a208dfadd07281a6ee5f2a8882de95",
    "webhook-timestamp: 1767225600",
    "webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
]


def main(messages: int, ports: list[int]) -> None:
    """Post everything and end."""
    urls = (f"http://127.0.0.1:{port}/hook" for _ in range(messages) for port in ports)
    multi = pycurl.CurlMulti()
    multi.setopt(pycurl.M_MAXCONNECTS, IN_FLIGHT)
    busy = {handle for _, handle in zip(range(IN_FLIGHT), _handles(urls, multi), strict=False)}
    while busy:
        multi.perform()
        done = finished(multi)
        for handle in done:
            multi.remove_handle(handle)
            if not _begin(handle, urls, multi):
                busy.discard(handle)
        if not done:  # else what was begun would wait for a slow one: `select` does not know of it yet
            multi.select(0.1)


def new_handle() -> pycurl.Curl:
    """A handle that posts."""
    handle = pycurl.Curl()
    for option, value in ((pycurl.POST, 1), (pycurl.NOSIGNAL, 1), (pycurl.PROXY, ""), (pycurl.WRITEFUNCTION, len)):
        handle.setopt(option, value)
    return handle


def finished(multi: pycurl.CurlMulti) -> list[pycurl.Curl]:
    """The handles whose posts were answered."""
    done: list[pycurl.Curl] = []
    left = 1
    while left:
        left, good, bad = multi.info_read()
        if bad:
            raise ConnectionError(bad[0][-1])
        done += good
    return done


def _handles(urls: Iterator[str], multi: pycurl.CurlMulti) -> Iterator[pycurl.Curl]:
    """New handles, each at work on an address, while there are addresses."""
    while True:
        handle = new_handle()
        handle.setopt(pycurl.POSTFIELDS, BODY)
        handle.setopt(pycurl.HTTPHEADER, HEADERS)
        if not _begin(handle, urls, multi):
            return
        yield handle


def _begin(handle: pycurl.Curl, urls: Iterator[str], multi: pycurl.CurlMulti) -> bool:
    if (url := next(urls, None)) is None:
        return False
    handle.setopt(pycurl.URL, url)
    multi.add_handle(handle)
    return True


if __name__ == "__main__":
    main(int(sys.argv[1]), [int(port) for port in sys.argv[2:]])
