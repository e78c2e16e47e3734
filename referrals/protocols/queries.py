"""Reading protocols. A published version never changes: a course keeps the one it began with."""

from collections.abc import Collection
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


def newest_variants(clinic_ids: Collection[UUID]) -> dict[tuple[UUID, str], ProtocolVariant]:
    """Return the newest version of each variant that clinics have of their own, by clinic and protocol."""
    newest = ProtocolVariant.objects.filter(clinic__in=clinic_ids).order_by("clinic", "protocol", "-number")
    return {(one.clinic_id, one.protocol): one for one in newest.distinct("clinic", "protocol")}
