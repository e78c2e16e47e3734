"""Looking a provider's number up."""

import csv
from array import array
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from django.db import connection
from django.db.models import Exists, F, OuterRef

from referrals.npi_registry.models import NpiRecord, RegistryFile

_TAXONOMIES = Path(__file__).parent / "data" / "taxonomies.csv"


@dataclass(frozen=True, kw_only=True)
class RegisteredNpi:
    """A number of the registry. `is_active`: not deactivated, or reactivated since; `licences` are (state, number)."""

    npi: str
    entity_type: str
    name: str
    city: str
    state: str
    postal_code: str
    taxonomies: tuple[str, ...]
    licences: tuple[tuple[str, str], ...]
    updated_on: date | None
    deactivated_on: date | None
    is_active: bool


def find_npis(npis: Collection[str]) -> dict[str, RegisteredNpi]:
    """Return who has each of some numbers, as far as they were imported; as an operator or a worker."""
    return {row.npi: _registered(row) for row in NpiRecord.objects.filter(pk__in=npis)}


def is_deactivated(column: str) -> Exists:
    """Whether the number in a column of another table is deactivated by now, asked of the database."""
    known = NpiRecord.objects.filter(pk=OuterRef(column), deactivated_on__isnull=False)
    return Exists(known.exclude(reactivated_on__gte=F("deactivated_on")))


def find_deactivated(npis: Collection[str]) -> dict[str, date]:
    """Return which of some numbers are deactivated by now, and since when; as an operator or a worker."""
    found = find_npis(npis).values()
    return {one.npi: one.deactivated_on for one in found if one.deactivated_on is not None and not one.is_active}


def warnings_about(states: Mapping[str, str]) -> dict[str, list[str]]:
    """Return what a person should look at before clinics join the directory, by number; nothing is refused.

    `states` are where the clinics are, by their numbers, whose check digits fit. While nothing was imported, nothing is
    known and nothing is said. As an operator or a worker.
    """
    if not states or not RegistryFile.objects.exists():
        return {}
    known = find_npis(states)
    said = {npi: _warnings(npi, state, known.get(npi)) for npi, state in states.items()}
    return {npi: warnings for npi, warnings in said.items() if warnings}


@cache
def relevant_codes() -> frozenset[bytes]:
    """Return the taxonomy codes of who may give or accompany this care (data/taxonomies.csv, from NUCC's list)."""
    with _TAXONOMIES.open(newline="", encoding="utf-8") as file:
        return frozenset(row["code"].encode() for row in csv.DictReader(file))


def find_file(sha256: str, *, has_everyone: bool) -> RegistryFile | None:
    """Return the record of a file that was imported, the same rows of it kept."""
    return RegistryFile.objects.filter(sha256=sha256, has_everyone=has_everyone).first()


def known_numbers() -> "array[int]":
    """Return every imported number, sorted, eight bytes each."""
    numbers = array("Q")
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY (SELECT npi FROM referrals_npirecord ORDER BY npi) TO STDOUT") as copy,
    ):
        for block in copy:
            numbers.extend(int(number) for number in bytes(block).split())
    return numbers


def _warnings(npi: str, state: str, found: RegisteredNpi | None) -> list[str]:
    if found is None:
        return [f"{npi} is not in the NPI registry as it was imported: compare it with npiregistry.cms.hhs.gov."]
    warnings = []
    if not found.is_active:
        warnings.append(f"{npi} was deactivated on {found.deactivated_on}.")
    if found.state and found.state != state:
        warnings.append(f"{npi} is registered in {found.state}, not in {state}.")
    if found.taxonomies and relevant_codes().isdisjoint(code.encode() for code in found.taxonomies):
        warnings.append(f"{npi} is registered for other work: {', '.join(found.taxonomies)}.")
    return warnings


def _registered(row: NpiRecord) -> RegisteredNpi:
    licences = [licence.partition(":") for licence in row.licences.split(";") if licence]
    return RegisteredNpi(
        npi=row.npi,
        entity_type=row.entity_type,
        name=row.name,
        city=row.city,
        state=row.state,
        postal_code=row.postal_code,
        taxonomies=tuple(row.taxonomies),
        licences=tuple((state, number) for state, _, number in licences),
        updated_on=row.updated_on,
        deactivated_on=row.deactivated_on,
        is_active=_is_active(row),
    )


def _is_active(row: NpiRecord) -> bool:
    return row.deactivated_on is None or (row.reactivated_on is not None and row.reactivated_on >= row.deactivated_on)
