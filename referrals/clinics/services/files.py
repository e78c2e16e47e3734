"""Staging a directory file, and applying it once.

upload --> staged (errors by row, what it would do) --apply--> applied
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction

from referrals.clinics.models import ClinicFile, FileStatus, Organization, StagedClinic
from referrals.clinics.queries.files import OnFile, known_place, on_file, tomorrow
from referrals.clinics.rules.reading import Entry, Parsed, Unreadable, parse
from referrals.clinics.rules.standing import CredentialKind
from referrals.clinics.services import credentials
from referrals.clinics.services.comparing import Difference, Staged, compare, effect
from referrals.clinics.services.credentials import NewCredential
from referrals.clinics.services.hours import set_hours
from referrals.clinics.services.prices import Price, set_prices
from referrals.clinics.services.revising import revise
from referrals.clinics.services.signing import NewClinic, create_all
from referrals.clinics.services.standing import settle
from referrals.npi_registry.queries import warnings_about
from workers.kernel.errors import DomainError, Invalid

MOST_BYTES = 5 * 1024 * 1024
MOST_ERRORS_LISTED = 1_000
EFFECTS = ("added", "changed", "unchanged", "archived")


class FileTooLarge(DomainError):
    """The file has more than MOST_BYTES."""

    code = "too_large"
    status = 413


class FileUnreadable(Invalid):
    """Not a CSV file in UTF-8 with the right header; `errors` says why."""

    code = "unreadable_file"


class AlreadyApplied(DomainError):
    """The file was applied before."""

    code = "already_applied"


class RowsWithErrors(DomainError):
    """Some rows cannot be applied, and nobody said that the others may go ahead."""

    code = "rows_with_errors"


def upload(*, content: bytes, uploaded_by: UUID, now: datetime) -> tuple[ClinicFile, bool]:
    """Stage a file and return it with True; the same bytes again return the first record and False.

    Nothing of a file that cannot be read is kept. Raises FileTooLarge, FileUnreadable.
    """
    if len(content) > MOST_BYTES:
        raise FileTooLarge(f"A file has at most {MOST_BYTES // 1024**2} MB: split it.")
    sha256 = hashlib.sha256(content).hexdigest()
    same = ClinicFile.objects.filter(sha256=sha256)
    if file := same.first():
        return file, False
    try:
        parsed = parse(content, locate=known_place)
    except Unreadable as error:
        raise FileUnreadable(str(error), errors=[asdict(item) for item in error.errors]) from error
    rows = {number: _staged(entry) for number, entry in parsed.entries.items()}
    diff = _summary(_effects(rows, on_file(_npis(rows), now)), rows)
    file = _describe(sha256, parsed, diff, uploaded_by, now)
    try:
        with transaction.atomic():
            file.save(force_insert=True)
            _keep(file, rows)
    except IntegrityError:  # the same file arrived twice at once
        return same.get(), False
    return file, True


def apply(*, file_id: UUID, skip_rows_with_errors: bool, now: datetime) -> ClinicFile:
    """Bring the directory in line with a staged file, all of it or nothing, and once.

    Changed prices hold from tomorrow on where the clinic is; its capacity is not touched once it is there. What differs
    is found anew under the clinics' locks. Raises NotFound, AlreadyApplied, RowsWithErrors, PriceSet, NpiTaken.
    """
    with transaction.atomic():
        file = ClinicFile.locked(pk=file_id)
        if file.status != FileStatus.STAGED:
            raise AlreadyApplied("This file was applied before: nothing has been changed.")
        if file.error_count and not skip_rows_with_errors:
            raise RowsWithErrors(
                "Some rows have errors: correct them and upload the file again, or apply the others with "
                "`skip_rows_with_errors`."
            )
        _apply(file, now)
    return file


def _apply(file: ClinicFile, now: datetime) -> None:
    staged: Any = StagedClinic.objects.filter(file=file).values_list("row", "entry")
    rows = {row: msgspec.convert(entry, Staged) for row, entry in staged}
    known = on_file(_npis(rows), now, for_change=True)
    effects = _effects(rows, known)
    organizations = _organizations(rows)
    new = [_with_organization(rows[number], organizations) for number in effects["added"]]
    create_all([(one.clinic, one.prices) for one in new], now=now)
    for number in effects["changed"]:
        there = known[rows[number].clinic.npi]
        _change(there, compare(rows[number], there), organizations, now)
    file.status, file.applied_at, file.diff = FileStatus.APPLIED, now, _summary(effects, rows)
    file.save(update_fields=["status", "applied_at", "diff"])
    StagedClinic.objects.filter(file=file).delete()


def _change(known: OnFile, found: Difference, organizations: Mapping[str, UUID], now: datetime) -> None:
    """New prices hold at once, for what is newly on offer has to have one; changed ones from tomorrow on."""
    clinic, day = known.clinic, tomorrow(known.clinic, now)
    is_new = {one: (one.kind, one.route, one.format) not in known.prices for one in found.prices}
    set_prices(clinic_id=clinic.pk, prices=[one for one in is_new if is_new[one]], effective_on=day - timedelta(days=1))
    set_prices(clinic_id=clinic.pk, prices=[one for one in is_new if not is_new[one]], effective_on=day)
    if found.hours:
        set_hours(clinic_id=clinic.pk, hours=found.hours, now=now)
    facts = found.facts | ({"organization_id": organizations[found.organization]} if found.organization else {})
    if facts:
        revise(clinic, facts, now=now)
    if found.credentials:
        credentials.record([(clinic, one) for one in found.credentials], now=now)
        credentials.keep_validity([clinic])
        settle(clinic, now=now)


def _staged(entry: Entry) -> Staged:
    values = dict(entry.values)
    organization, number, last_day = (values.pop(name) for name in ("organization", "dea_number", "dea_expires_on"))
    dea = [NewCredential(kind=CredentialKind.DEA, identifier=number, expires_on=last_day)] if last_day else []
    clinic = NewClinic(**values, has_medical_overseer=bool(values["medical_overseer"]), credentials=dea)
    prices = [Price(kind=kind, route=route, format=form, cents=cents) for kind, route, form, cents in entry.prices]
    return Staged(clinic=clinic, organization=organization, prices=prices)


def _effects(rows: Mapping[int, Staged], known: Mapping[str, OnFile]) -> dict[str, list[int]]:
    effects: dict[str, list[int]] = {name: [] for name in EFFECTS}
    for number, staged in sorted(rows.items()):
        effects[effect(staged, known.get(staged.clinic.npi))].append(number)
    return effects


def _summary(effects: Mapping[str, list[int]], rows: Mapping[int, Staged]) -> dict[str, Any]:
    """Counts by effect, the rows of each that is not `unchanged`, and what the NPI registry says otherwise of new."""
    named = {name: numbers for name, numbers in effects.items() if name != "unchanged"}
    new = [(number, rows[number].clinic) for number in effects["added"]]
    said = warnings_about({clinic.npi: clinic.state for _, clinic in new})
    warnings = [{"row": number, "message": text} for number, clinic in new for text in said.get(clinic.npi, ())]
    counts: dict[str, Any] = {name: len(numbers) for name, numbers in effects.items()}
    return counts | {"rows": named, "warnings": warnings[:MOST_ERRORS_LISTED]}


def _describe(sha256: str, parsed: Parsed, diff: dict[str, Any], uploaded_by: UUID, now: datetime) -> ClinicFile:
    return ClinicFile(
        sha256=sha256,
        rows=parsed.rows,
        error_count=len(parsed.errors),
        errors=[asdict(error) for error in parsed.errors[:MOST_ERRORS_LISTED]],
        diff=diff,
        uploaded_by=uploaded_by,
        uploaded_at=now,
    )


def _keep(file: ClinicFile, rows: Mapping[int, Staged]) -> None:
    staged = [StagedClinic(file=file, row=row, entry=msgspec.to_builtins(one)) for row, one in rows.items()]
    StagedClinic.objects.bulk_create(staged, batch_size=1_000)


def _npis(rows: Mapping[int, Staged]) -> Collection[str]:
    return [staged.clinic.npi for staged in rows.values()]


def _organizations(rows: Mapping[int, Staged]) -> dict[str, UUID]:
    """The organisations that a file names, by name; those that are new are added."""
    names = {staged.organization for staged in rows.values()} - {""}
    known = dict(Organization.objects.filter(name__in=names).order_by("-id").values_list("name", "id"))
    new = [Organization(name=name) for name in sorted(names - set(known))]
    Organization.objects.bulk_create(new)
    return known | {one.name: one.pk for one in new}


def _with_organization(staged: Staged, organizations: Mapping[str, UUID]) -> Staged:
    if not staged.organization:
        return staged
    clinic = replace(staged.clinic, organization_id=organizations[staged.organization])
    return replace(staged, clinic=clinic)
