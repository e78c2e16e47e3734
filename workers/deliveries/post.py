"""Many HTTPS POSTs at once, over connections that are kept.

libcurl, for it was the fastest of the clients measured (docs/design/engine.md, "Webhooks out").
"""

import select
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from math import inf
from time import monotonic
from typing import Any, Protocol

import pycurl

from workers.deliveries.rules import Answer
from workers.deliveries.transfer import Post, Transfer
from workers.kernel.network import refuse_inside_transaction

SLOWEST_LOOK = 1.0  # seconds between two looks at what is under way
KEPT_CONNECTIONS = 512  # of one poster; else curl keeps four for each post that is under way, and few when few are


class Awaited(Protocol):
    """What another system answers, in pieces."""

    def fileno(self) -> int:
        """What is readable when a piece has come."""

    def take(self) -> None:
        """Take what there is."""

    @property
    def have_come(self) -> bool:
        """Whether all has been taken."""


class Poster:
    """Posts under way at once, over connections that are kept. Not for two threads at a time.

    curl tells which sockets it waits for, and epoll waits: pycurl's own `select` spins beyond descriptor 1,023.
    """

    def __init__(self) -> None:
        self._idle: list[Transfer] = []
        self._busy: dict[pycurl.Curl, Transfer] = {}
        self._done: list[tuple[Any, Answer]] = []
        self._epoll = select.epoll()
        self._watched: set[int] = set()  # the descriptors that curl waits for; epoll has those of kept connections too
        self._alarm = inf  # of time.monotonic(): when curl wants to look at its timeouts
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_alarm)
        self._multi.setopt(pycurl.M_MAXCONNECTS, KEPT_CONNECTIONS)

    @property
    def in_flight(self) -> int:
        """How many posts were begun and not yet handed out as finished."""
        return len(self._busy) + len(self._done)

    @property
    def is_half_done(self) -> bool:
        """Whether `finished` would return at once: as much is finished as is under way, or more."""
        return len(self._done) >= max(len(self._busy), 1)

    def begin(self, posts: Iterable[Post]) -> None:
        """Begin posts; `finished` returns the answer of each. Never raises for what the other side does.

        Raises InsideTransaction: a slow endpoint would hold its locks.
        """
        refuse_inside_transaction("A webhook's address")
        for post in posts:
            self._begin(post)

    def _begin(self, post: Post) -> None:
        transfer = self._idle.pop() if self._idle else Transfer()
        try:
            transfer.begin(post)
        except (ValueError, pycurl.error):
            self._idle.append(transfer)
            self._done.append((post.about, Answer(status_code=None, error_class="BadUrl")))
        else:
            self._busy[transfer.curl] = transfer
            self._multi.add_handle(transfer.curl)

    def finished(self, *, within: float, most: int = sys.maxsize, quiet: float = 0.002) -> list[tuple[Any, Answer]]:
        """Return what is finished, or finishes within so many seconds: `most` at a time, the first first.

        Once something has: as soon as no more does for `quiet`, or no more is under way than is finished.
        """
        until = monotonic() + (quiet if self._done else within)
        while len(self._busy) > len(self._done):
            before = len(self._done)
            self._step(until - monotonic())
            if len(self._done) > before:
                until = monotonic() + quiet
            elif monotonic() >= until:
                break
        done, self._done = self._done[:most], self._done[most:]
        return done

    def go_on_until(self, answers: Awaited, posts: Iterable[Post] = ()) -> None:
        """Begin posts and go on with what is under way until another system has answered.

        For who waits for the database as it commits: nothing that is posted holds it up.
        """
        for post in posts:
            self._begin(post)
        descriptor = answers.fileno()
        self._epoll.register(descriptor, select.EPOLLIN)
        try:
            while not answers.have_come:
                if self._step(SLOWEST_LOOK, awaited=descriptor):
                    answers.take()
        finally:
            with suppress(OSError):  # a connection that broke is closed
                self._epoll.unregister(descriptor)

    def close(self) -> None:
        """Break off what is under way and close the connections."""
        for curl in self._busy:
            self._multi.remove_handle(curl)
        self._busy.clear()
        self._multi.close()
        self._epoll.close()

    def _step(self, wait: float, *, awaited: int = -1) -> bool:
        """Wait for sockets or curl's alarm and let curl go on; True when there is something to read from `awaited`."""
        ready = dict(self._epoll.poll(max(min(wait, self._alarm - monotonic()), 0)))
        is_awaited = ready.pop(awaited, None) is not None
        for descriptor, bits in ready.items():
            if descriptor in self._watched:
                self._multi.socket_action(descriptor, _meaning(bits))
            else:  # a kept connection that the other side closed: curl will see when it wants it
                with suppress(OSError):  # closed just now
                    self._epoll.unregister(descriptor)
        if monotonic() >= self._alarm:
            self._alarm = inf
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        self._collect()
        return is_awaited

    def _watch(self, what: int, descriptor: int, *_: Any) -> None:
        """Called by curl: what it waits for at a socket. One that it keeps for the next post stays with epoll."""
        if what == pycurl.POLL_REMOVE:
            self._watched.discard(descriptor)
            return
        self._watched.add(descriptor)
        bits = (select.EPOLLIN if what & pycurl.POLL_IN else 0) | (select.EPOLLOUT if what & pycurl.POLL_OUT else 0)
        try:
            self._epoll.modify(descriptor, bits)
        except FileNotFoundError:  # new, or closed since: epoll forgets what is closed
            self._epoll.register(descriptor, bits)

    def _set_alarm(self, milliseconds: int) -> None:
        """Called by curl: when it wants to be called at the latest; -1 is never."""
        self._alarm = inf if milliseconds < 0 else monotonic() + milliseconds / 1000

    def _collect(self) -> None:
        left = 1
        while left:
            left, good, bad = self._multi.info_read()
            for curl, error in [*((curl, 0) for curl in good), *((curl, error) for curl, error, _ in bad)]:
                transfer = self._busy.pop(curl)
                self._done.append((transfer.post.about, transfer.answer(error)))
                self._multi.remove_handle(curl)
                self._idle.append(transfer)


def _meaning(bits: int) -> int:
    """What curl is told of a socket: an error is found by reading."""
    return (pycurl.CSELECT_IN if bits & ~select.EPOLLOUT else 0) | (pycurl.CSELECT_OUT if bits & select.EPOLLOUT else 0)


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
