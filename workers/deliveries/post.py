"""One HTTPS POST to an address that somebody else chose: no redirects, no proxy, only to the address checked.

The name is resolved once and the connection goes to that very address (the certificate is still checked against the
name), so that DNS cannot change between check and connect.
"""

import ipaddress
import socket
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from workers.kernel.network import refuse_inside_transaction

TIMEOUT = httpx.Timeout(10, connect=3)  # seconds
DEADLINE = 15.0  # seconds for one attempt in all
MAX_ANSWER = 16 * 1024  # bytes that are read of an answer
_IPV6 = ipaddress.IPv6Network("2000::/3")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of an attempt: a status code, or the class of the error that prevented one."""

    status_code: int | None
    error_class: str = ""
    retry_after: timedelta | None = None
    duration_ms: int = 0


class RefusedAddress(Exception):
    """The host resolves to an address that is not public: private, loopback, link-local, metadata."""


def post(url: str, *, headers: dict[str, str], body: bytes) -> Answer:
    """Post `body` and return the answer; never raises for what the other side does. Raises InsideTransaction."""
    refuse_inside_transaction("A webhook's address")
    start = monotonic()
    try:
        answer = _post(url, headers, body, start + DEADLINE)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, RefusedAddress, ValueError) as error:
        answer = Answer(status_code=None, error_class=type(error).__name__)
    return Answer(
        status_code=answer.status_code,
        error_class=answer.error_class,
        retry_after=answer.retry_after,
        duration_ms=int((monotonic() - start) * 1000),
    )


def _post(url: str, headers: dict[str, str], body: bytes, deadline: float) -> Answer:
    target = httpx.URL(url)
    pinned = target.copy_with(host=_resolve(target.host, target.port or (443 if target.scheme == "https" else 80)))
    headers = headers | {"host": target.netloc.decode(), "content-type": "application/json"}
    with (
        httpx.Client(timeout=TIMEOUT, trust_env=False, follow_redirects=False) as client,
        client.stream(
            "POST", pinned, headers=headers, content=body, extensions={"sni_hostname": target.host}
        ) as answer,
    ):
        read = 0
        for chunk in answer.iter_raw():
            read += len(chunk)
            if read > MAX_ANSWER or monotonic() > deadline:
                break
        return Answer(status_code=answer.status_code, retry_after=_retry_after(answer))


def _resolve(host: str, port: int) -> str:
    """Return one address of `host`. Raises RefusedAddress when any of them is not public."""
    found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    for text in found:
        address = ipaddress.ip_address(text)
        address = getattr(address, "ipv4_mapped", None) or address
        if not _is_public(address) and not _is_allowed_loopback(address):
            raise RefusedAddress(f"{host} resolves to {text}.")
    return sorted(found)[0]


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether anybody may be there; IPv6 of 6to4 and NAT64 (outside 2000::/3) may stand for a private address."""
    if isinstance(address, ipaddress.IPv6Address) and (address not in _IPV6 or address.sixtofour):
        return False
    return address.is_global and not address.is_multicast


def _is_allowed_loopback(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return bool(settings.WEBHOOKS_ALLOW_LOOPBACK) and address.is_loopback


def _retry_after(answer: httpx.Response) -> timedelta | None:
    """Retry-After in seconds, up to a day; its date form is rare and ignored."""
    text = answer.headers.get("retry-after", "")
    return timedelta(seconds=min(int(text), 86_400)) if text.isascii() and text.isdigit() else None


def host_of(url: str) -> str:
    """Return the host of an address for a log line, without its path, which may hold a secret."""
    return urlsplit(url).hostname or ""
