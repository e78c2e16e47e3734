"""Staging: rows of any door become a change-set that says what it would do. Nothing on the roster changes.

Rows stream through COPY into a table of the transaction's own, are compared there, and are kept by one statement: a
killed process leaves nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from uuid import UUID

import msgspec
from django.db import IntegrityError, connection, transaction

from benefits.eligibility.models import ChangeSet, Kind, Status
from benefits.eligibility.models.change_sets import GONE
from benefits.eligibility.queries.comparing import FACTS, compared, describe_compared
from benefits.eligibility.rules.faults import TWINS
from benefits.eligibility.rules.limits import MOST_ROWS
from benefits.eligibility.rules.rows import Row
from benefits.enrollment.models import Door
from benefits.enrollment.queries import contact_hash
from benefits.enrollment.rules import Person
from workers.kernel.errors import Invalid
from workers.kernel.ids import new_id_text
from workers.kernel.words import Sentence

_DAYS = tuple(field.name for field in fields(Person) if field.type in (date, date | None))
_TEXTS = tuple(name for name in FACTS if name not in _DAYS)
_texts, _days = attrgetter(*_TEXTS), attrgetter(*_DAYS)
_LONGEST_NUMBER = 40  # characters that a member's column has
_COLUMNS = ("id", "enrollment_id", '"row"', "errors", "cells", "contact_hash", *_TEXTS, *_DAYS)
_LISTED = ", ".join(_COLUMNS)
# Of a transaction that moves a roster: it takes as long as it takes, joins 100,000 rows in memory, does not compile
# plans that are run once, and analyzes by 3,000 rows, which tell one number a person from one relationship for all.
PATIENCE = (
    "SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true), "
    "set_config('work_mem', '64MB', true), set_config('jit', 'off', true), "
    "set_config('default_statistics_target', '10', true)"
)
_ARRIVING = f"CREATE TEMPORARY TABLE arriving ON COMMIT DROP AS SELECT {_LISTED} FROM benefits_stagedrow WITH NO DATA"
_COPY = f"COPY arriving ({_LISTED}) FROM STDIN"
# Two rows about one person: neither counts, each names the others.
_TWINS = """
UPDATE arriving SET errors = errors || jsonb_build_object(
    'row', "row", 'column', 'employee_number', 'code', 'duplicate', 'message',
    format(%s, array_to_string((array_remove(twins.others, "row"))[1:5], ', ')))
FROM (SELECT employee_number, (array_agg("row" ORDER BY "row"))[1:6] AS others FROM arriving
      WHERE employee_number <> '' GROUP BY employee_number HAVING count(*) > 1) AS twins
WHERE arriving.employee_number = twins.employee_number
"""
_KEEP = f"""
INSERT INTO benefits_stagedrow (employer_id, change_set_id, {_LISTED})
SELECT %s, %s, {_LISTED} FROM arriving
"""
_REFUSE = """
UPDATE benefits_stagedrow AS kept SET refused = compared.why FROM compared
WHERE compared.why IS NOT NULL AND kept.employer_id = %s AND kept.id = compared.id
"""
_TOO_MANY = Sentence("A change-set has at most %(most)s rows: split it.")
_BLOCK = 500  # rows that are sent to PostgreSQL at a time


class TooManyRows(Invalid):
    """A change-set has at most MOST_ROWS rows."""

    code = "too_many_rows"


def stage(
    *,
    employer_id: UUID,
    door: Door,
    kind: Kind,
    rows: Iterable[Row],
    by: UUID,
    now: datetime,
    sha256: str = "",
    ends_absent: bool = False,
    header: Sequence[str] = (),
) -> tuple[ChangeSet, bool]:
    """Stage rows, each number once, and return their change-set with True; a known one's with False.

    `sha256` (64 hexadecimal digits) of what came makes it known again until the change-set is undone or discarded.
    `by` is the user, or whoever the door's credential belongs to. The caller acts as the employer's HR; `rows` is read
    as it streams. Raises TooManyRows and whatever `rows` raises, and then nothing is kept.
    """
    if same := find_same(employer_id, kind=kind, sha256=sha256, ends_absent=ends_absent):
        return same, False
    change_set = ChangeSet(
        employer_id=employer_id,
        door=door,
        kind=kind,
        sha256=sha256,
        ends_absent=ends_absent,
        header=list(header),
        uploaded_by=by,
        uploaded_at=now,
    )
    try:
        with transaction.atomic():
            change_set.save(force_insert=True)
            fill(change_set, rows)
    except IntegrityError:  # the same came twice at once
        if same := find_same(employer_id, kind=kind, sha256=sha256, ends_absent=ends_absent):
            return same, False
        raise
    return change_set, True


def find_same(employer_id: UUID, *, kind: Kind, sha256: str, ends_absent: bool) -> ChangeSet | None:
    """Return the employer's change-set of the same bytes that is not gone, or None."""
    if not sha256:
        return None
    known = ChangeSet.objects.filter(employer_id=employer_id, kind=kind, sha256=sha256, ends_absent=ends_absent)
    return known.exclude(status__in=GONE).first()


def fill(change_set: ChangeSet, rows: Iterable[Row]) -> None:
    """Store the rows of a change-set, and what they would do; the caller's transaction holds it all.

    Raises TooManyRows.
    """
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        cursor.execute(_ARRIVING)
        with cursor.copy(_COPY) as copy:
            for block in _blocks(rows):
                copy.write(block)
        cursor.execute(_TWINS, [TWINS(rows="%s")])
        cursor.execute(_KEEP, [change_set.employer_id, change_set.pk])
        with compared(cursor, change_set):
            description = describe_compared(cursor, change_set)
            cursor.execute(_REFUSE, [change_set.employer_id])
        cursor.execute("DROP TABLE arriving")
    change_set.rows, change_set.error_count = description.rows, description.error_count
    change_set.errors, change_set.diff = description.errors, description.diff
    change_set.status = Status.STAGED
    change_set.save(update_fields=["status", "header", "rows", "error_count", "errors", "diff"])


def _blocks(rows: Iterable[Row]) -> Iterable[str]:
    """COPY's text format, some 100 kB at a time. Raises TooManyRows."""
    lines: list[str] = []
    for count, row in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise TooManyRows(_TOO_MANY(most=f"{MOST_ROWS:,}"))
        lines.append(_good(row) if not row.errors and row.person is not None else _bad(row))
        if len(lines) == _BLOCK:
            yield "".join(lines)
            lines = []
    yield "".join(lines)


def _good(row: Row) -> str:
    person = row.person
    assert person is not None
    texts = "\t".join((contact_hash(person), *_texts(person)))
    if "\\" in texts or "\n" in texts or "\r" in texts or "\0" in texts or texts.count("\t") != len(_TEXTS):
        texts = "\t".join(map(_escaped, (contact_hash(person), *_texts(person))))
    days = "\t".join(map(_day, _days(person)))
    return f"{new_id_text()}\t{new_id_text()}\t{row.number}\t[]\t\\N\t{texts}\t{days}\n"


def _bad(row: Row) -> str:
    errors = msgspec.json.encode([asdict(error) for error in row.errors]).decode()
    cells = msgspec.json.encode([cell.replace("\0", "") for cell in row.cells]).decode()
    number = row.employee_number if len(row.employee_number) <= _LONGEST_NUMBER else ""
    texts = "\t".join(_escaped(number) if name == "employee_number" else "" for name in ("contact_hash", *_TEXTS))
    days = "\t".join(r"\N" for _ in _DAYS)
    return f"{new_id_text()}\t{new_id_text()}\t{row.number}\t{_escaped(errors)}\t{_escaped(cells)}\t{texts}\t{days}\n"


@lru_cache(maxsize=50_000)  # days of a census are few
def _day(day: date | None) -> str:
    return r"\N" if day is None else day.isoformat()


def _escaped(text: str) -> str:
    """COPY's text format, in which PostgreSQL keeps no NUL."""
    return text.translate(_ESCAPES)


_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": None})
