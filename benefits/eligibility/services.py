"""Staging an eligibility file, and applying it once."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction

from benefits.eligibility.models import EligibilityFile, FileKind, FileStatus, StagedRow
from benefits.eligibility.queries import staged_people
from benefits.eligibility.rules.comparing import Diff, absent, changes_of, compare
from benefits.eligibility.rules.reading import Parsed, Unreadable, parse
from benefits.employers.models import Employer
from benefits.enrollment import services as enrollment
from benefits.enrollment.queries import contact_hash, roster
from benefits.enrollment.rules import Person
from workers.kernel.errors import DomainError, Invalid

MOST_BYTES = 10 * 1024 * 1024
MOST_ERRORS_LISTED = 1_000


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


def upload(
    *, employer_id: UUID, kind: FileKind, content: bytes, uploaded_by: UUID, now: datetime
) -> tuple[EligibilityFile, bool]:
    """Stage a file and return it with True; the same bytes again return the first record and False.

    Nothing of a file that cannot be read is kept. Raises FileTooLarge, FileUnreadable.
    """
    if len(content) > MOST_BYTES:
        raise FileTooLarge(f"A file has at most {MOST_BYTES // 1024**2} MB: split it.")
    sha256 = hashlib.sha256(content).hexdigest()
    same = EligibilityFile.objects.filter(employer_id=employer_id, kind=kind, sha256=sha256)
    if file := same.first():
        return file, False
    try:
        parsed = parse(content, today=now.date())
    except Unreadable as error:
        raise FileUnreadable(str(error), errors=[asdict(item) for item in error.errors]) from error
    file = _describe(employer_id, kind, sha256, parsed, uploaded_by, now)
    try:
        with transaction.atomic():
            file.save(force_insert=True)
            _stage(file, parsed.people)
    except IntegrityError:  # the same file arrived twice at once
        return same.get(), False
    return file, True


def _describe(
    employer_id: UUID, kind: FileKind, sha256: str, parsed: Parsed, uploaded_by: UUID, now: datetime
) -> EligibilityFile:
    members = roster(employer_id)
    missing = absent(members, named=parsed.named) if kind == FileKind.FULL else []
    diff = compare(parsed.people, members, hash_of=contact_hash)
    return EligibilityFile(
        employer_id=employer_id,
        kind=kind,
        sha256=sha256,
        rows=parsed.rows,
        error_count=len(parsed.errors),
        errors=[asdict(error) for error in parsed.errors[:MOST_ERRORS_LISTED]],
        diff=_summary(diff, missing),
        uploaded_by=uploaded_by,
        uploaded_at=now,
    )


def _summary(diff: Diff, missing: list[str]) -> dict[str, Any]:
    """Counts by kind; the rows of each kind that does something; the employee numbers that a full file lacks."""
    rows = asdict(diff)
    counts = {kind: len(numbers) for kind, numbers in rows.items()} | {"absent": len(missing)}
    del rows["unchanged"]
    return counts | {"rows": rows, "absent_employee_numbers": missing}


def _stage(file: EligibilityFile, people: Mapping[int, Person]) -> None:
    rows = [
        StagedRow(employer_id=file.employer_id, file=file, row=row, person=msgspec.to_builtins(person))
        for row, person in people.items()
    ]
    StagedRow.objects.bulk_create(rows, batch_size=5_000)


def apply(*, file_id: UUID, skip_rows_with_errors: bool, now: datetime) -> EligibilityFile:
    """Bring the roster in line with a staged file, all of it or nothing, and once.

    What differs is found anew under the employer's lock, since another file may have been applied after the preview.
    Raises NotFound, AlreadyApplied, RowsWithErrors, NoPlan.
    """
    with transaction.atomic():
        file = EligibilityFile.locked(pk=file_id)
        if file.status != FileStatus.STAGED:
            raise AlreadyApplied("This file was applied before: nothing has been changed.")
        if file.error_count and not skip_rows_with_errors:
            raise RowsWithErrors(
                "Some rows have errors: correct them and upload the file again, or apply the others with "
                "`skip_rows_with_errors`."
            )
        Employer.locked(pk=file.employer_id)
        members, people = roster(file.employer_id), staged_people(file)
        diff = compare(people, members, hash_of=contact_hash)
        enrollment.apply_changes(
            employer_id=file.employer_id, changes=changes_of(people, diff), roster=members, now=now
        )
        _finish(file, diff, now)
    return file


def _finish(file: EligibilityFile, diff: Diff, now: datetime) -> None:
    file.status, file.applied_at = FileStatus.APPLIED, now
    file.diff = _summary(diff, file.diff["absent_employee_numbers"])
    file.save(update_fields=["status", "applied_at", "diff"])
    StagedRow.objects.filter(file=file).delete()
