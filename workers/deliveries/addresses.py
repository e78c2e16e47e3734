"""Which addresses may be sent to: https, and a host that anybody may reach."""

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_IPV6 = ipaddress.IPv6Network("2000::/3")
_LOOPBACK_NAMES = ("localhost", ".localhost")


def is_allowed(text: str) -> bool:
    """Whether an IP address may be connected to: a public one; loopback only where a development setting says so."""
    address = ipaddress.ip_address(text)
    address = getattr(address, "ipv4_mapped", None) or address
    return _is_public(address) or (bool(settings.WEBHOOKS_ALLOW_LOOPBACK) and address.is_loopback)


def is_endpoint_url(url: str) -> bool:
    """Whether `url` is https (in development http, too) with a host, without credentials, in printable ASCII.

    A host written as an address has to be a public one. What a name resolves to is checked at every connection.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
    except (ValueError, UnicodeError):
        return False
    is_plain = url.isascii() and url.isprintable() and not set(url) & set(' \\"<>^`{|}')
    return (
        is_plain
        and parts.scheme in schemes()
        and port != 0
        and "@" not in parts.netloc
        and bool(host.strip("."))
        and _may_name(host)
    )


def schemes() -> tuple[str, ...]:
    """The schemes an endpoint may have."""
    return ("https", "http") if settings.WEBHOOKS_ALLOW_LOOPBACK else ("https",)


def _may_name(host: str) -> bool:
    try:
        return is_allowed(host)
    except ValueError:  # a name
        return bool(settings.WEBHOOKS_ALLOW_LOOPBACK) or not f".{host}".endswith(_LOOPBACK_NAMES)


def _is_public(address: IPAddress) -> bool:
    """Whether anybody may be there; IPv6 of 6to4 and NAT64 (outside 2000::/3) may stand for a private address."""
    if isinstance(address, ipaddress.IPv6Address) and (address not in _IPV6 or address.sixtofour or address.teredo):
        return False
    return address.is_global and not address.is_multicast
