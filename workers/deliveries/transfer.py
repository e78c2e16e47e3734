"""One HTTPS POST by libcurl, to an address that somebody else chose: no redirects, no proxy, only where it may go.

curl resolves a name in a thread of its own, within the deadline, and asks `Transfer.open_socket` for each socket, with
the very address that it is about to connect to: there the address is checked, so that DNS cannot change between check
and connect. The certificate is checked against the name.
"""

import socket
from datetime import timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any

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


class Transfer:
    """One curl handle, used for one post after another."""

    def __init__(self) -> None:
        self.curl = curl = pycurl.Curl()
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
            (pycurl.HEADERFUNCTION, self.read_header),
            (pycurl.OPENSOCKETFUNCTION, self.open_socket),
        ):
            curl.setopt(option, value)

    def begin(self, url: str, headers: dict[str, str], body: bytes, about: Any) -> None:
        """Prepare for a post. Raises ValueError, pycurl.error for what cannot be sent."""
        self.about, self.body, self.refused, self.retry_after = about, b"", False, b""
        self.started = monotonic()
        allowed = 0
        for scheme in schemes():
            allowed |= _PROTOCOLS[scheme]
        lines = [f"{name}: {value}" for name, value in headers.items()]
        curl = self.curl
        curl.setopt(pycurl.PROTOCOLS, allowed)
        curl.setopt(pycurl.URL, url)
        curl.setopt(pycurl.HTTPHEADER, ["Content-Type: application/json", "Expect:", *lines])
        curl.setopt(pycurl.POSTFIELDS, body)

    def write(self, data: bytes) -> int:
        """Keep what is read, and stop reading at MAX_ANSWER."""
        self.body += data
        return len(data) if len(self.body) <= MAX_ANSWER else 0

    def read_header(self, line: bytes) -> None:
        """Keep Retry-After."""
        if line[:12].lower() == b"retry-after:":
            self.retry_after = line[12:].strip()

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
            retry_after=_read_retry_after(self.retry_after),
            duration_ms=int((monotonic() - self.started) * 1000),
            ip=self.curl.getinfo(pycurl.PRIMARY_IP) or None,
            snippet=scrub(self.body),
        )

    def _name_of(self, error: int) -> str:
        return "RefusedAddress" if self.refused else _ERRORS.get(error, f"Curl{error}")


def _read_retry_after(value: bytes) -> timedelta | None:
    """Retry-After, seconds or an HTTP date, up to a day; None for anything else."""
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
