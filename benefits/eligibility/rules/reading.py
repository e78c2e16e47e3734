"""Reading an eligibility file: CSV (RFC 4180) in UTF-8, with or without BOM, any line ends.

Rows are numbered as a spreadsheet shows them: the header is row 1.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from benefits.eligibility.rules.cells import CHECKS, TIMEZONES, BadCell, RowError, plain, safe
from benefits.enrollment.rules import Person

MOST_ROWS = 100_000
LAST_YEAR = 2100  # later ones are slips of the keyboard, and a waiting period could lead past the last date there is
REQUIRED = (
    "employee_number",
    "first_name",
    "last_name",
    "date_of_birth",
    "postal_code",
    "state",
    "hire_date",
    "employment_status",
)
OPTIONAL = ("work_email", "personal_email", "language", "timezone", "end_date")


class Unreadable(Exception):
    """The file as a whole cannot be read; `errors` says why and where."""

    def __init__(self, *errors: RowError) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A file's people by row, its errors, every number it names, and how many rows it has below the header."""

    people: Mapping[int, Person]
    errors: Sequence[RowError]
    named: frozenset[str]
    rows: int


def parse(content: bytes, *, today: date) -> Parsed:
    """Read a file. Raises Unreadable when it is not a CSV file in UTF-8 with the right header."""
    records = list(_records(_text(content)))
    header = _header(records[0] if records else [])
    cells = {row: _cells(header, record) for row, record in enumerate(records[1:], start=2) if any(record)}
    if not cells:
        raise Unreadable(_whole(1, "empty", "There are no rows below the header."))
    return _check(cells, today)


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        raise Unreadable(
            _whole(1, "not_text", "This is not a CSV file: save the sheet as “CSV UTF-8” and upload that.")
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(_whole(row, "encoding", "This is not UTF-8: save the sheet as “CSV UTF-8”.")) from None


def _records(text: str) -> Iterator[list[str]]:
    row = 0
    try:
        for row, record in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), start=1):
            if row > MOST_ROWS + 1:
                raise Unreadable(_whole(1, "too_many_rows", f"A file has at most {MOST_ROWS:,} rows: split it."))
            yield record
    except csv.Error:
        message = "The quotes of this row do not match: write a quote inside a cell twice, and close every cell."
        raise Unreadable(_whole(row + 1, "malformed", message)) from None


def _whole(row: int, code: str, message: str, column: str = "") -> RowError:
    return RowError(row=row, column=column, code=code, message=message)


def _header(record: Sequence[str]) -> list[str]:
    """The columns' names. Raises Unreadable that lists all that is wrong with them."""
    header = [name.strip().lower().replace(" ", "_") for name in record]
    listed = ", ".join((*REQUIRED, *OPTIONAL))
    errors = [
        _whole(1, "unknown_column", f"Remove this column or give it one of these names: {listed}.", name[:60])
        for name in header
        if name not in REQUIRED + OPTIONAL
    ]
    errors += [_whole(1, "missing_column", "Add this column.", name) for name in REQUIRED if name not in header]
    twice = sorted(name for name in REQUIRED + OPTIONAL if header.count(name) > 1)
    errors += [_whole(1, "duplicate_column", "Keep one column of this name.", name) for name in twice]
    if errors:
        raise Unreadable(*errors[:50])
    return header


def _cells(header: Sequence[str], record: Sequence[str]) -> dict[str, str]:
    """A record's cells by column; cells beyond the header are kept under a name that no column has."""
    surplus = {"": "".join(record[len(header) :])}
    return dict.fromkeys(REQUIRED + OPTIONAL, "") | dict(zip(header, record, strict=False)) | surplus


def _check(cells: Mapping[int, Mapping[str, str]], today: date) -> Parsed:
    rows_of = defaultdict(list)
    for row, cell in cells.items():
        rows_of[plain(cell["employee_number"])].append(row)
    people: dict[int, Person] = {}
    errors: list[RowError] = []
    for row, cell in cells.items():
        person, wrong = _person(row, cell, today)
        others = [other for other in rows_of[plain(cell["employee_number"])][:6] if other != row]
        if others and plain(cell["employee_number"]):
            named = ", ".join(map(str, others[:5]))
            message = f"The same employee number is in row {named}: keep one row per person."
            wrong.append(RowError(row=row, column="employee_number", code="duplicate", message=message))
        errors += wrong
        if person is not None and not wrong:
            people[row] = person
    return Parsed(people=people, errors=errors, named=frozenset(rows_of), rows=len(cells))


def _person(row: int, cells: Mapping[str, str], today: date) -> tuple[Person | None, list[RowError]]:
    values: dict[str, Any] = {}
    errors = []
    if cells[""]:
        errors.append(
            _whole(row, "too_many_cells", "This row has more cells than the header: quote cells with commas.")
        )
    for column, check in CHECKS.items():
        try:
            values[column] = check(safe(cells[column]))
        except BadCell as bad:
            errors.append(RowError(row=row, column=column, code=bad.code, message=str(bad)))
    errors += [_whole(row, code, message, column) for column, code, message in _contradictions(values, today)]
    if errors:
        return None, errors
    values["timezone"] = values["timezone"] or TIMEZONES[values["state"]]
    del values["employment_status"]
    return Person(**values), []


def _contradictions(values: Mapping[str, Any], today: date) -> Iterator[tuple[str, str, str]]:
    """What two cells that are right by themselves say against each other, as (column, code, remedy)."""
    born, hired, ended = (values.get(name) for name in ("date_of_birth", "hire_date", "end_date"))
    status = values.get("employment_status")
    if born and not date(1900, 1, 1) <= born <= today:
        yield "date_of_birth", "out_of_range", "Give a date of birth between 1900 and today."
    elif born and hired and hired <= born:
        yield "hire_date", "out_of_range", "Give a hire date after the date of birth."
    if status == "ended" and "end_date" in values and ended is None:
        yield "end_date", "required", "Give the last day of employment, or write “active” as employment_status."
    if status == "active" and ended:
        yield "end_date", "not_ended", "Leave end_date empty, or write “ended” as employment_status."
    if hired and hired.year > LAST_YEAR:
        yield "hire_date", "out_of_range", f"Give a hire date up to the year {LAST_YEAR}."
    if ended and ended.year > LAST_YEAR:
        yield "end_date", "out_of_range", f"Give an end date up to the year {LAST_YEAR}."
    if hired and ended and ended < hired:
        yield "end_date", "out_of_range", "Give an end date on or after the hire date."
