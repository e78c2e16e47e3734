"""834 files that somebody uploads: kept in parts, and read at once where they are small."""

import hashlib
from datetime import datetime
from functools import partial
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, BinaryIO, cast
from uuid import UUID

from django.db import IntegrityError, transaction

from benefits.eligibility.models import ChangeSet, Kind, Status, UploadedPart
from benefits.eligibility.services.staging import find_same
from benefits.eligibility.services.uploading import PART
from benefits.enrollment.models import Door
from benefits.x12.models import X12File
from benefits.x12.queries import get_file
from benefits.x12.rules.envelope import Envelope
from benefits.x12.rules.masking import without_ssn
from benefits.x12.rules.rows import HEADER
from benefits.x12.rules.segments import NotReadable, read_segments, read_separators
from benefits.x12.services.reading import FileUnreadable, ask_for_more, listed, read
from workers.kernel.errors import DomainError, Invalid

MOST_BYTES = 200 * 1024**2  # 100,000 members take some 30 MB
AT_ONCE = 64 * 1024  # bytes that are judged while the sender waits; more are left to a worker
VERIFY, REPLACE = "4", "RX"
_HEAD = 64 * 1024  # bytes in which BGN stands


class FileTooLarge(DomainError):
    """The file has more than MOST_BYTES."""

    code = "too_large"
    status = 413


class ChangesDoNotEndAbsent(Invalid):
    """Only a file that replaces the roster (BGN08 RX) says by leaving somebody out that they are gone."""

    code = "changes_do_not_end_absent"


def upload(
    *, employer_id: UUID, file: IO[bytes], size: int, by: UUID, now: datetime, ends_absent: bool = False
) -> tuple[X12File, bool]:
    """Take in an 834 of `size` bytes and return it with True; the same bytes again return the first one and False.

    More than AT_ONCE bytes are left to a worker: the change-set is `reading`. A file whose first segments are no 834's
    is refused at once, and nothing of it is kept; what is wrong further on is the change-set's `refusal`, and in the
    999. The caller acts as the employer's HR. Raises FileTooLarge, FileUnreadable, ChangesDoNotEndAbsent.
    """
    if size > MOST_BYTES:
        raise FileTooLarge(f"An 834 has at most {MOST_BYTES // 1024**2} MB: split it.")
    head = _read_head(file)
    if ends_absent and head.action != REPLACE:
        raise ChangesDoNotEndAbsent("Only a file with RX in BGN08 can end cover by leaving people out.")
    change_set = ChangeSet(
        employer_id=employer_id,
        door=Door.X12,
        kind=Kind.CHANGES if head.action == "2" else Kind.FULL,
        status=Status.READING,
        sha256=_hash_of(file),
        ends_absent=ends_absent,
        header=list(HEADER),
        uploaded_by=by,
        uploaded_at=now,
    )
    if same := _same(change_set):
        return same, False
    try:
        with transaction.atomic():
            kept = _keep(change_set, head, file, now)
    except IntegrityError:  # the same file came twice at once
        if same := _same(change_set):
            return same, False
        raise
    return get_file(kept.pk), True


def _read_head(file: IO[bytes]) -> Envelope:
    """What the first segments say. Raises FileUnreadable."""
    envelope = Envelope()
    try:
        for segment in read_segments(BytesIO(file.read(_HEAD))):
            envelope.see(segment)
            if envelope.action or envelope.errors or segment.elements[0] == "INS":
                break
    except NotReadable as error:
        envelope.errors += error.errors
    if not envelope.errors and not envelope.action:
        envelope.finish()
    file.seek(0)
    if envelope.errors:
        raise FileUnreadable(envelope.errors[0].message, errors=[listed(error) for error in envelope.errors])
    return envelope


def _hash_of(file: IO[bytes]) -> str:
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type] # it reads, and no more is asked
    file.seek(0)
    return sha256


def _same(change_set: ChangeSet) -> X12File | None:
    known = find_same(
        change_set.employer_id, kind=Kind(change_set.kind), sha256=change_set.sha256, ends_absent=change_set.ends_absent
    )
    return X12File.objects.filter(change_set=known).select_related("change_set").first() if known else None


def _keep(change_set: ChangeSet, head: Envelope, file: IO[bytes], now: datetime) -> X12File:
    """Keep the file's parts until it is read, now where it is small."""
    separators = read_separators(cast(BinaryIO, file))
    file.seek(0)
    with TemporaryFile() as copy:  # of all but Social Security numbers
        copy.writelines(without_ssn(cast(BinaryIO, file), separators))
        change_set.bytes_total = copy.tell()
        change_set.save(force_insert=True)
        copy.seek(0)
        for number, content in enumerate(iter(partial(copy.read, PART), b"")):
            UploadedPart.objects.create(
                employer_id=change_set.employer_id, change_set=change_set, number=number, content=content
            )
    kept = X12File.objects.create(
        employer_id=change_set.employer_id,
        change_set=change_set,
        action=head.action,
        interchange=head.interchange[:20],
        reference=head.reference[:60],
        is_only_compared=head.is_test or head.action == VERIFY,
    )
    if change_set.bytes_total > AT_ONCE:
        ask_for_more(kept, change_set, now)
    else:
        while read(file_id=kept.pk, now=now, asks=False):
            pass
    return kept
