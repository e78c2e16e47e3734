"""Reading protocols. A published version never changes: a course keeps the one it began with."""

from functools import cache
from pathlib import Path

import msgspec

from referrals.protocols.rules.protocols import Protocol
from workers.kernel.errors import NotFound

_DATA = Path(__file__).parent / "data"


def get_protocol(protocol_id: str, version: int | None = None) -> Protocol:
    """Return a protocol in a version, by default its newest. Raises NotFound."""
    versions = [p for p in list_protocols() if p.id == protocol_id and version in (None, p.version)]
    if not versions:
        raise NotFound(f"There is no protocol {protocol_id!r} in version {version or 'any'}.")
    return max(versions, key=lambda protocol: protocol.version)


@cache
def list_protocols() -> tuple[Protocol, ...]:
    """Return every version of every protocol. Raises msgspec.ValidationError for a malformed file."""
    return tuple(msgspec.json.decode(path.read_bytes(), type=Protocol) for path in sorted(_DATA.glob("*.json")))
