"""Reading protocols. A published version never changes: a course keeps the one it began with."""

from functools import cache
from pathlib import Path
from uuid import UUID

from django.db.models import QuerySet

from referrals.protocols.models import ProtocolVariant
from referrals.protocols.rules.protocols import Protocol
from referrals.protocols.rules.reading import read_protocol
from workers.kernel.errors import NotFound

_DATA = Path(__file__).parent / "data"


def get_protocol(protocol_id: str, version: int | None = None) -> Protocol:
    """Return a protocol of the network in a version, by default its newest. Raises NotFound."""
    versions = [p for p in list_protocols() if p.id == protocol_id and version in (None, p.version)]
    if not versions:
        raise NotFound(f"There is no protocol {protocol_id!r} in version {version or 'any'}.")
    return max(versions, key=lambda protocol: protocol.version)


@cache
def list_protocols() -> tuple[Protocol, ...]:
    """Return every version of every protocol of the network. Raises BadDataFile for a malformed file."""
    return tuple(read_protocol(path.name, path.read_text()) for path in sorted(_DATA.glob("*.yaml")))


def list_variants(clinic_id: UUID) -> QuerySet[ProtocolVariant]:
    """Return all versions of a clinic's own variants, the newest of each protocol first."""
    return ProtocolVariant.objects.filter(clinic_id=clinic_id).order_by("protocol", "-number")


def find_variant(clinic_id: UUID, protocol_id: str) -> ProtocolVariant | None:
    """Return the newest version of a clinic's own variant of a protocol, if it has one."""
    return list_variants(clinic_id).filter(protocol=protocol_id).first()
