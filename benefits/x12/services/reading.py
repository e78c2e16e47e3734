"""Reading an 834 that waits: judged a portion at a time, then staged. A worker that is killed loses one portion."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import BinaryIO, cast
from uuid import UUID

from django.db import transaction

from benefits.eligibility import services as eligibility
from benefits.eligibility.models import ChangeSet, Status, UploadedPart
from benefits.eligibility.rules.faults import Unreadable
from benefits.eligibility.rules.rows import Row, RowError
from benefits.eligibility.services.progress import tell
from benefits.eligibility.services.staging import TooManyRows, fill
from benefits.eligibility.services.uploading import kept_file
from benefits.events import X12FileArrived
from benefits.x12.models import X12File, X12Portion
from benefits.x12.rules.acknowledging import Transaction, answer
from benefits.x12.rules.envelope import Envelope
from benefits.x12.rules.loops import Described
from benefits.x12.rules.members import read_members
from benefits.x12.rules.portions import Context, next_portion
from benefits.x12.rules.rows import read_rows
from benefits.x12.rules.segments import NotReadable, Place, Segment, file_error, read_segments, read_separators
from benefits.x12.rules.validating import Fault, NotJudged, judge
from workers.kernel.errors import Invalid
from workers.kernel.words import gettext_noop as _
from workers.outbox.publishing import publish

_TOLD_EVERY = 1_000  # members
_MOST_ERRORS = 1_000  # that a refusal lists
_CONTROLS = 10**9  # an interchange control number has nine digits


class FileUnreadable(Invalid):
    """Not an 834 of 005010X220A1, or not a whole one; `errors` names segments and elements."""

    code = "unreadable_file"


def read(*, file_id: UUID, now: datetime, asks: bool = True) -> bool:
    """Go on with an 834 that waits: judge its next portion, or stage its members once all of it is judged.

    Return whether it still waits; with `asks` its next step is asked of a worker then. One that does not wait any more
    is let be. What makes a file unreadable as a whole is kept as its change-set's `refusal`. The caller acts as the
    employer's HR.
    """
    with transaction.atomic():
        file = X12File.locked(pk=file_id)
        change_set = ChangeSet.locked(pk=file.change_set_id)
        if change_set.status != Status.READING:
            return False
        try:
            if file.place.get("byte", 0) < change_set.bytes_total:
                _judge_portion(file, change_set)
            else:
                _stage(file, change_set, now)
        except NotReadable as error:
            _refuse(file, change_set, error)
        waits = change_set.status == Status.READING
        if waits and asks:
            ask_for_more(file, change_set, now)
        if not waits:
            _clean_up(file, change_set)
    return waits


def ask_for_more(file: X12File, change_set: ChangeSet, now: datetime) -> None:
    """Leave the next step of a file to a worker."""
    arrived = X12FileArrived(file_id=file.pk, employer_id=file.employer_id, asked_by=change_set.uploaded_by)
    publish(arrived, about=file, now=now)


def listed(error: RowError) -> dict[str, object]:
    """An error as answers and refusals have it."""
    return {"row": error.row, "column": error.column, "code": error.code, "message": error.message}


def _judge_portion(file: X12File, change_set: ChangeSet) -> None:
    """Raises NotReadable."""
    context, begin = Context(**file.context), Place(**file.place) if file.place else Place()
    with kept_file(change_set) as kept:
        source = cast(BinaryIO, kept)
        separators = read_separators(source)
        portion = next_portion(source, context, begin=begin, separators=separators)
    if not context.head or not context.gs:
        message = _("The first member stands before ST: send ISA, GS, ST, BGN, then the members.")
        raise NotReadable(file_error(begin.number, "INS", "misplaced", message))
    try:
        faults = judge(portion, separators)
    except NotJudged as error:
        message = _(
            "From here on the file does not follow the guide far enough to be judged: check the order of segments."
        )
        raise NotReadable(file_error(begin.number, "", "not_judged", message)) from error
    X12Portion.objects.create(
        employer_id=file.employer_id, file=file, number=begin.number, faults=[asdict(fault) for fault in faults]
    )
    place = portion.next or Place(byte=change_set.bytes_total)
    file.place, file.context = asdict(place), asdict(context)
    file.save(update_fields=["place", "context"])


def _stage(file: X12File, change_set: ChangeSet, now: datetime) -> None:
    """Answer a file that was judged, and stage its members. Raises NotReadable for one that is not whole."""
    faults = [Fault(**one) for portion in file.portions.order_by("number") for one in portion.faults]
    envelope = Envelope()
    wrong: Sequence[RowError] = ()
    try:
        with transaction.atomic(), kept_file(change_set) as source:
            fill(change_set, _rows(change_set, cast(BinaryIO, source), envelope, faults))
    except NotReadable as error:
        wrong = error.errors
    except TooManyRows as error:
        wrong = [file_error(1, "INS", error.code, str(error))]
    _answer(file, envelope, faults, wrong, now)
    if wrong:
        raise NotReadable(*wrong)


def _answer(
    file: X12File, envelope: Envelope, faults: Sequence[Fault], wrong: Sequence[RowError], now: datetime
) -> None:
    """Keep the 999; there is none for a file without a transaction set."""
    if not envelope.transactions:
        return
    sets = [Transaction(number=number, st=st, gs=gs) for number, st, gs in envelope.transactions]
    made = answer(envelope.isa, sets, faults, wrong, control=file.pk.int % (_CONTROLS - 1) + 1, now=now)
    file.verdict, file.acknowledgment = made.verdict, made.text
    file.save(update_fields=["verdict", "acknowledgment"])


def _rows(change_set: ChangeSet, source: BinaryIO, envelope: Envelope, faults: Sequence[Fault]) -> Iterator[Row]:
    """The members of a file as rows. Raises NotReadable, at the end, for one that is not whole."""
    counted = Counter[bool]()

    def seen() -> Iterator[Segment]:
        for segment in read_segments(source):
            envelope.see(segment)
            yield segment

    def members() -> Iterator[Described]:
        for member in read_members(seen()):
            counted[member.is_dependant] += 1
            yield member

    rows = read_rows(members(), faults=_by_member(faults), today=change_set.uploaded_at.date())
    try:
        yield from _told(change_set, source, rows)
    except Unreadable as error:
        raise NotReadable(file_error(1, "INS", "empty", _("There is no member in the file: send one."))) from error
    envelope.finish()
    envelope.check_totals(employees=counted[False], dependants=counted[True])
    of_heads = [fault.error() for fault in faults if not fault.ins]
    if envelope.errors or of_heads:
        raise NotReadable(*envelope.errors, *of_heads)


def _by_member(faults: Iterable[Fault]) -> dict[int, list[RowError]]:
    found: dict[int, list[RowError]] = {}
    for fault in faults:
        found.setdefault(fault.ins, []).append(fault.error())
    return found


def _told(change_set: ChangeSet, source: BinaryIO, rows: Iterable[Row]) -> Iterator[Row]:
    """The same rows, while whoever asks learns how far the reading has got."""
    count, rest = 0, iter(rows)
    while block := list(islice(rest, _TOLD_EVERY)):
        yield from block
        count += len(block)
        tell(change_set.pk, phase="reading", rows=count, share=source.tell() / max(change_set.bytes_total, 1))


def _refuse(file: X12File, change_set: ChangeSet, error: NotReadable) -> None:
    errors = [listed(one) for one in error.errors[:_MOST_ERRORS]]
    change_set.refusal = {"code": FileUnreadable.code, "detail": str(error), "errors": errors}
    change_set.status = Status.FAILED
    change_set.save(update_fields=["status", "refusal"])


def _clean_up(file: X12File, change_set: ChangeSet) -> None:
    """What was kept for reading goes; what may only be compared can never be applied."""
    UploadedPart.objects.filter(change_set=change_set).delete()
    X12Portion.objects.filter(file=file).delete()
    if file.is_only_compared and change_set.status == Status.STAGED:
        eligibility.discard(change_set_id=change_set.pk)
