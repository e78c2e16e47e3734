"""Many HTTPS POSTs at once, over connections that are kept.

libcurl, for it was the fastest of the clients measured (docs/design/engine.md, "Webhooks out").
"""

import select
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import inf
from time import monotonic
from typing import Any

import pycurl

from workers.deliveries.rules import Answer
from workers.deliveries.transfer import Transfer
from workers.kernel.network import refuse_inside_transaction

KEPT_CONNECTIONS = 512  # of one poster; else curl keeps four for each post that is under way, and few when few are


class Poster:
    """Posts under way at once, over connections that are kept. Not for two threads at a time.

    curl tells which sockets it waits for, and epoll waits: pycurl's own `select` spins beyond descriptor 1,023.
    """

    def __init__(self) -> None:
        self._idle: list[Transfer] = []
        self._busy: dict[pycurl.Curl, Transfer] = {}
        self._failed: list[tuple[Any, Answer]] = []
        self._epoll = select.epoll()
        self._alarm = inf  # of time.monotonic(): when curl wants to look at its timeouts
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_alarm)
        self._multi.setopt(pycurl.M_MAXCONNECTS, KEPT_CONNECTIONS)

    @property
    def in_flight(self) -> int:
        """How many posts were begun and not yet handed out as finished."""
        return len(self._busy) + len(self._failed)

    def begin(self, url: str, *, headers: dict[str, str], body: bytes, about: Any) -> None:
        """Begin a post; `finished` returns its answer beside `about`. Never raises for what the other side does.

        Raises InsideTransaction: a slow endpoint would hold its locks.
        """
        refuse_inside_transaction("A webhook's address")
        transfer = self._idle.pop() if self._idle else Transfer()
        try:
            transfer.begin(url, headers, body, about)
        except (ValueError, pycurl.error):
            self._idle.append(transfer)
            self._failed.append((about, Answer(status_code=None, error_class="BadUrl")))
        else:
            self._busy[transfer.curl] = transfer
            self._multi.add_handle(transfer.curl)

    def finished(self, *, within: float, quiet: float = 0.002) -> list[tuple[Any, Answer]]:
        """Return what finishes within so many seconds; once something has, as soon as nothing more does for `quiet`."""
        done, self._failed = self._failed, []
        until = monotonic() + within
        while self._busy:
            left = quiet if done else until - monotonic()
            is_quiet = not self._step(max(left, 0))
            new = self._collect()
            done += new
            if (done and is_quiet and not new) or (not done and monotonic() >= until):
                break
        return done

    def close(self) -> None:
        """Break off what is under way and close the connections."""
        for curl in self._busy:
            self._multi.remove_handle(curl)
        self._busy.clear()
        self._multi.close()
        self._epoll.close()

    def _step(self, wait: float) -> bool:
        """Wait for sockets or curl's alarm and let curl go on; False when nothing came in time."""
        before = monotonic()
        ready = self._epoll.poll(min(wait, max(self._alarm - before, 0)))
        for descriptor, bits in ready:
            able = (pycurl.CSELECT_IN if bits & ~select.EPOLLOUT else 0) | (
                pycurl.CSELECT_OUT if bits & select.EPOLLOUT else 0
            )
            self._multi.socket_action(descriptor, able)
        is_alarm = monotonic() >= self._alarm
        if is_alarm:
            self._alarm = inf
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        return bool(ready) or is_alarm

    def _watch(self, what: int, descriptor: int, *_: Any) -> None:
        """Called by curl: what it waits for at a socket."""
        if what == pycurl.POLL_REMOVE:
            with suppress(OSError):  # closed already, and so forgotten
                self._epoll.unregister(descriptor)
            return
        bits = (select.EPOLLIN if what & pycurl.POLL_IN else 0) | (select.EPOLLOUT if what & pycurl.POLL_OUT else 0)
        try:
            self._epoll.modify(descriptor, bits)
        except FileNotFoundError:
            self._epoll.register(descriptor, bits)

    def _set_alarm(self, milliseconds: int) -> None:
        """Called by curl: when it wants to be called at the latest; -1 is never."""
        self._alarm = inf if milliseconds < 0 else monotonic() + milliseconds / 1000

    def _collect(self) -> list[tuple[Any, Answer]]:
        done = []
        left = 1
        while left:
            left, good, bad = self._multi.info_read()
            for curl, error in [*((curl, 0) for curl in good), *((curl, error) for curl, error, _ in bad)]:
                transfer = self._busy.pop(curl)
                done.append((transfer.about, transfer.answer(error)))
                self._multi.remove_handle(curl)
                self._idle.append(transfer)
        return done


_posters: list[Poster] = []  # those that nobody uses, the last used on top: its connections are the warmest


@contextmanager
def poster() -> Iterator[Poster]:
    """Lend this process's poster, or one more where another thread has it; after a failure it is not used again."""
    try:
        one = _posters.pop()
    except IndexError:
        one = Poster()
    try:
        yield one
    except BaseException:
        one.close()
        raise
    _posters.append(one)
