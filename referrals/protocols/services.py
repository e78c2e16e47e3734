"""Importing a clinic's own variant of a protocol."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from referrals.clinics.queries import get_clinic
from referrals.protocols.models import ProtocolVariant
from referrals.protocols.queries import get_protocol, list_protocols
from referrals.protocols.rules.protocols import Protocol
from referrals.protocols.rules.reading import read_protocol
from referrals.screening.rules.data_files import BadDataFile
from workers.kernel.errors import DomainError, Invalid


class BadProtocol(Invalid):
    """The file is no protocol: `errors` lists {line, message}."""

    code = "bad_protocol"


class VersionTaken(DomainError):
    """Another file was imported as this version before: courses may follow it, so it never changes."""

    code = "version_taken"


def check(*, text: str) -> Protocol:
    """Return the protocol that a clinic's file holds. Raises BadProtocol."""
    try:
        protocol = read_protocol("protocol.yaml", text)
    except BadDataFile as error:
        faults = [{"line": fault.line, "message": fault.message} for fault in error.faults]
        raise BadProtocol("The file is no protocol: correct the lines that are named.", errors=faults) from None
    known = {one.id for one in list_protocols()}
    if protocol.id not in known:
        sentence = f"{protocol.id!r} is none of {', '.join(sorted(known))}: a variant is one of these."
        raise BadProtocol(sentence, errors=[{"line": 1, "message": sentence}])
    return protocol


def import_variant(*, clinic_id: UUID, text: str, by: UUID, now: datetime) -> tuple[ProtocolVariant, bool]:
    """Keep a clinic's variant for the courses to come, and return it with whether it is new.

    The same file again changes nothing. Raises NotFound, BadProtocol, VersionTaken (two at once: the second).
    """
    protocol, clinic = check(text=text), get_clinic(clinic_id)
    variant = ProtocolVariant(
        clinic=clinic,
        protocol=protocol.id,
        number=protocol.version,
        text=text,
        document=document_of(protocol),
        imported_by_id=by,
        imported_at=now,
    )
    ProtocolVariant.objects.bulk_create([variant], ignore_conflicts=True)
    kept = ProtocolVariant.objects.get(clinic=clinic, protocol=protocol.id, number=protocol.version)
    if kept.read() != protocol:
        newest = ProtocolVariant.objects.filter(clinic=clinic, protocol=protocol.id).latest("number").number
        sentence = f"Version {protocol.version} was imported before and never changes: name it {newest + 1}."
        raise VersionTaken(sentence, next=newest + 1)
    return kept, kept.pk == variant.pk


def document_of(protocol: Protocol) -> dict[str, Any]:
    """Return a protocol as JSON types."""
    document: dict[str, Any] = msgspec.to_builtins(protocol)
    return document


def choose_window(protocol_id: str, source: str) -> str:
    """Return the source of a window that a clinic chose. Raises Invalid for one that states none."""
    if protocol_id not in {one.id for one in list_protocols()}:
        raise Invalid(f"There is no protocol {protocol_id!r} to choose a window for.")
    known = get_protocol(protocol_id).windows()
    if source not in known:
        raise Invalid(f"{source!r} states no window for {protocol_id}: choose of {', '.join(known) or 'none'}.")
    return source
