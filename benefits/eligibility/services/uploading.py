"""Files that somebody uploads: read while they wait, or kept in parts and read by a worker."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from io import BytesIO
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from benefits.eligibility.models import ChangeSet, Kind, Status, UploadedPart
from benefits.eligibility.models.change_sets import GONE
from benefits.eligibility.queries.columns import remembered_columns
from benefits.eligibility.rules.columns import COLUMNS, named
from benefits.eligibility.rules.faults import Unreadable
from benefits.eligibility.rules.limits import MOST_BYTES
from benefits.eligibility.rules.reading import Reader
from benefits.eligibility.rules.rows import Row
from benefits.eligibility.rules.tables import MOST_LINE, records
from benefits.eligibility.services.progress import tell
from benefits.eligibility.services.staging import TooManyRows, fill, find_same, stage
from benefits.enrollment.models import Door
from benefits.events import ChangeSetArrived
from workers.kernel.errors import DomainError, Invalid
from workers.kernel.words import Sentence
from workers.outbox.publishing import publish

AT_ONCE = 1024**2  # bytes; a larger file is read by a worker
SHEET_AT_ONCE = 100 * 1024  # bytes of a workbook, whose archive holds some ten times as much
PART = 1024**2  # bytes
_TOLD_EVERY = 5_000  # rows
_TOO_LARGE = Sentence("A file has at most %(most)s MB: split it.")


class FileTooLarge(DomainError):
    """The file has more than MOST_BYTES."""

    code = "too_large"
    status = 413


class FileUnreadable(Invalid):
    """Not a table with the right header; `errors` says why and where."""

    code = "unreadable_file"


class BadKind(Invalid):
    """Only a full file can end cover by absence."""

    code = "changes_do_not_end_absent"


def upload(
    *,
    employer_id: UUID,
    kind: Kind,
    file: IO[bytes],
    size: int,
    by: UUID,
    now: datetime,
    ends_absent: bool = False,
    door: Door = Door.FILE,
) -> tuple[ChangeSet, bool]:
    """Stage a census of `size` bytes and return it with True; the same bytes again return the first one and False.

    More than AT_ONCE bytes are left to a worker: the change-set is `reading`. Nothing is kept of a file that cannot be
    read. The caller acts as the employer's HR. Raises FileTooLarge, FileUnreadable, TooManyRows, BadKind.
    """
    if size > MOST_BYTES:
        raise FileTooLarge(_TOO_LARGE(most=MOST_BYTES // 1024**2))
    if ends_absent and kind != Kind.FULL:
        raise BadKind("Only a full file says by leaving somebody out that they are gone.")
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # it reads, and no more is asked
    file.seek(0)
    about: dict[str, Any] = {"employer_id": employer_id, "kind": kind, "sha256": sha256, "ends_absent": ends_absent}
    if same := find_same(**about):
        return same, False
    if size > (SHEET_AT_ONCE if _is_sheet(file) else AT_ONCE):
        return _keep(file, ChangeSet(**about, door=door, bytes_total=size, uploaded_by=by, uploaded_at=now), now)
    try:
        reader, rows = open_census(file, employer_id, now)
        return stage(**about, door=door, rows=rows, header=reader.header, by=by, now=now)
    except Unreadable as error:
        raise _unreadable(error) from error


def _is_sheet(file: IO[bytes]) -> bool:
    is_one = file.read(2) == b"PK"
    file.seek(0)
    return is_one


def open_census(file: IO[bytes], employer_id: UUID, now: datetime) -> tuple[Reader, Iterator[Row]]:
    """Read a census's header as its employer means it; its rows come as they are asked for. Raises Unreadable."""
    mapping = remembered_columns(employer_id)
    found = records(file, is_header=partial(_count_known, mapping=mapping))
    reader = Reader(next(found, []), mapping, today=now.date())
    return reader, reader.rows(found)


def _count_known(header: list[str], *, mapping: Mapping[str, str]) -> int:
    known = {*COLUMNS, *named(list(mapping))}
    return sum(name in known for name in named(header[:1_000]))


def _unreadable(error: Unreadable) -> FileUnreadable:
    return FileUnreadable(str(error), errors=error.faults)


def _keep(file: IO[bytes], change_set: ChangeSet, now: datetime) -> tuple[ChangeSet, bool]:
    """Keep the parts of a file for a worker; what its header lacks is said at once."""
    if not _is_sheet(file):  # of an archive the end is needed, too
        head = BytesIO(file.read(MOST_LINE + 1))
        file.seek(0)
        try:
            open_census(head, change_set.employer_id, now)
        except Unreadable as error:
            raise _unreadable(error) from error
    change_set.status = Status.READING
    try:
        with transaction.atomic():
            change_set.save(force_insert=True)
            for number, content in enumerate(iter(partial(file.read, PART), b"")):
                UploadedPart.objects.create(
                    employer_id=change_set.employer_id, change_set=change_set, number=number, content=content
                )
            arrived = ChangeSetArrived(
                change_set_id=change_set.pk, employer_id=change_set.employer_id, asked_by=change_set.uploaded_by
            )
            publish(arrived, about=change_set, now=now)
    except IntegrityError:  # the same file came twice at once
        same = ChangeSet.objects.filter(
            employer_id=change_set.employer_id, sha256=change_set.sha256, kind=change_set.kind
        )
        return same.exclude(Q(status__in=GONE) | ~Q(ends_absent=change_set.ends_absent)).get(), False
    return change_set, True


def read_upload(*, change_set_id: UUID, now: datetime) -> None:
    """Read a file that waits for a worker; one that does not wait any more is let be.

    What makes it unreadable is kept as the change-set's `refusal`. Killed in the middle, it is read anew. The caller
    acts as the employer's HR.
    """
    with transaction.atomic():
        change_set = ChangeSet.locked(pk=change_set_id)
        if change_set.status != Status.READING:
            return
        try:
            with transaction.atomic():
                _read(change_set)
        except (Unreadable, TooManyRows) as error:
            problem = error if isinstance(error, DomainError) else _unreadable(error)
            change_set.refusal = {"code": problem.code, "detail": str(problem), **problem.extra}
            change_set.status = Status.FAILED
            change_set.save(update_fields=["status", "refusal"])
        UploadedPart.objects.filter(change_set=change_set).delete()


def _read(change_set: ChangeSet) -> None:
    with kept_file(change_set) as file:
        reader, rows = open_census(file, change_set.employer_id, change_set.uploaded_at)
        change_set.header = reader.header
        fill(change_set, _told(change_set, file, rows))


def _told(change_set: ChangeSet, file: IO[bytes], rows: Iterator[Row]) -> Iterator[Row]:
    """The same rows, while whoever asks learns how far the reading has got."""
    count = 0
    while block := list(islice(rows, _TOLD_EVERY)):
        yield from block
        count += len(block)
        tell(change_set.pk, phase="reading", rows=count, share=file.tell() / change_set.bytes_total)


@contextmanager
def kept_file(change_set: ChangeSet) -> Iterator[IO[bytes]]:
    """The bytes that wait to be read, as a file on disk: nothing can be asked of a connection that COPYs."""
    parts = UploadedPart.objects.filter(change_set=change_set)
    with TemporaryFile() as file:
        for number in range(parts.count()):
            file.write(bytes(parts.values_list("content", flat=True).get(number=number)))
        file.seek(0)
        yield file
