"""One HTTPS POST by libcurl, to an address that somebody else chose: no redirects, no proxy, only where it may go.

curl resolves a name in a thread of its own, within the deadline, and asks `Transfer.open_socket` for each socket, with
the very address that it is about to connect to: there the address is checked, so that DNS cannot change between check
and connect. The certificate is checked against the name.
"""

import socket
from collections.abc import Iterable, Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any, NamedTuple

import certifi
import pycurl

from workers.deliveries.addresses import is_allowed, schemes
from workers.deliveries.rules import MOST_RETRY_AFTER, Answer
from workers.deliveries.snippets import scrub
from workers.kernel import clock

DEADLINE = 15  # seconds for one attempt in all, looking up the name included
CONNECT_TIMEOUT = 3  # seconds, looking up the name and TLS included
READ_TIMEOUT = 10  # seconds without a byte
MAX_ANSWER = 16 * 1024  # bytes that are read of an answer's body
USER_AGENT = "benefit-webhooks/1"
CA_FILE = certifi.where()
_PROTOCOLS = {"https": pycurl.PROTO_HTTPS, "http": pycurl.PROTO_HTTP}
_ERRORS = {
    pycurl.E_URL_MALFORMAT: "BadUrl",
    pycurl.E_UNSUPPORTED_PROTOCOL: "NotHttp",
    pycurl.E_COULDNT_RESOLVE_HOST: "NameNotResolved",
    pycurl.E_COULDNT_CONNECT: "CannotConnect",
    pycurl.E_OPERATION_TIMEDOUT: "Timeout",
    pycurl.E_SSL_CONNECT_ERROR: "TlsFailed",
    pycurl.E_PEER_FAILED_VERIFICATION: "BadCertificate",
    pycurl.E_GOT_NOTHING: "NoAnswer",
    pycurl.E_SEND_ERROR: "ConnectionLost",
    pycurl.E_RECV_ERROR: "ConnectionLost",
    pycurl.E_PARTIAL_FILE: "ConnectionLost",
}


class Post(NamedTuple):
    """What is posted where; `about` is the caller's."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    about: Any = None


class Transfer:
    """One curl handle, used for one post after another.

    curl hands over each line of an answer's head, of which it takes 300 kB at most: they are only kept, for of a good
    answer nobody reads them.
    """

    def __init__(self) -> None:
        self.curl = curl = pycurl.Curl()
        self.head: list[bytes] = []
        self.schemes: tuple[str, ...] = ()
        for option, value in (
            (pycurl.POST, 1),
            (pycurl.NOSIGNAL, 1),
            (pycurl.FOLLOWLOCATION, 0),
            (pycurl.PROXY, ""),  # whatever the environment says
            (pycurl.TIMEOUT, DEADLINE),
            (pycurl.CONNECTTIMEOUT, CONNECT_TIMEOUT),
            (pycurl.LOW_SPEED_LIMIT, 1),
            (pycurl.LOW_SPEED_TIME, READ_TIMEOUT),
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
            (pycurl.CAINFO, CA_FILE),
            (pycurl.USERAGENT, USER_AGENT),
            (pycurl.WRITEFUNCTION, self.write),
            (pycurl.HEADERFUNCTION, self.head.append),
            (pycurl.OPENSOCKETFUNCTION, self.open_socket),
        ):
            curl.setopt(option, value)

    def begin(self, post: Post) -> None:
        """Prepare for a post. Raises ValueError, pycurl.error for what cannot be sent."""
        self.post, self.body, self.refused = post, b"", False
        self.head.clear()
        self.started = monotonic()
        lines = [f"{name}: {value}" for name, value in post.headers.items()]
        curl = self.curl
        if self.schemes != (allowed := schemes()):
            curl.setopt(pycurl.PROTOCOLS, sum(map(_PROTOCOLS.__getitem__, allowed)))
            self.schemes = allowed
        curl.setopt(pycurl.URL, post.url)
        curl.setopt(pycurl.HTTPHEADER, ["Content-Type: application/json", "Expect:", *lines])
        curl.setopt(pycurl.POSTFIELDS, post.body)

    def write(self, data: bytes) -> int:
        """Keep what is read, and stop reading at MAX_ANSWER."""
        self.body += data
        return len(data) if len(self.body) <= MAX_ANSWER else 0

    def open_socket(self, purpose: int, address: Any) -> int:
        """Open a socket for an address that may be connected to; refuse any other."""
        family, kind, protocol, where = address
        if not is_allowed(where[0]):
            self.refused = True
            return int(pycurl.SOCKET_BAD)
        return socket.socket(family, kind, protocol).detach()

    def answer(self, error: int) -> Answer:
        """What came of it; a good status stands even where reading the rest was given up."""
        status = self.curl.getinfo(pycurl.RESPONSE_CODE)
        got_enough = error == 0 or (error == pycurl.E_WRITE_ERROR and status)
        return Answer(
            status_code=status if got_enough else None,
            error_class="" if got_enough else self._name_of(error),
            retry_after=_read_retry_after(self.head) if status >= 300 else None,
            duration_ms=int((monotonic() - self.started) * 1000),
            ip=self.curl.getinfo(pycurl.PRIMARY_IP) or None,
            snippet=scrub(self.body) if self.body else "",
        )

    def _name_of(self, error: int) -> str:
        return "RefusedAddress" if self.refused else _ERRORS.get(error, f"Curl{error}")


def _read_retry_after(head: Iterable[bytes]) -> timedelta | None:
    """Retry-After, seconds or an HTTP date, up to a day; None for anything else."""
    value = next((line[12:].strip() for line in head if line[:12].lower() == b"retry-after:"), b"")
    if not value:
        return None
    text = value.decode("ascii", "replace")
    if text.isdigit():
        return timedelta(seconds=min(int(text[:9]), MOST_RETRY_AFTER.total_seconds()))
    try:
        wait = parsedate_to_datetime(text) - clock.now()
    except (ValueError, TypeError):  # no date, or one without a zone
        return None
    return min(max(wait, timedelta()), MOST_RETRY_AFTER)
