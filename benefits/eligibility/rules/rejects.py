"""A file of rejects: the rows that could not be, why, and nothing else; corrected, it is uploaded alone."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from benefits.eligibility.rules.cells import neutral
from benefits.eligibility.rules.columns import COLUMNS, REJECT_COLUMNS, REQUIRED

_EXAMPLE = {
    "employee_number": "E-1001",
    "first_name": "Ana",
    "last_name": "Núñez",
    "date_of_birth": "1985-05-17",
    "personal_email": "ana@home.example",
    "postal_code": "94110",
    "state": "CA",
    "hire_date": "2020-03-01",
    "employment_status": "active",
}


class Reject(NamedTuple):
    """A row that could not be: its cells as they came, or where it was right by itself the facts it says."""

    row: int
    errors: Sequence[Mapping[str, Any]]
    cells: Sequence[str] | None
    facts: Mapping[str, Any]


def reject_lines(header: Sequence[str], ours: Sequence[str], rejects: Iterable[Reject]) -> Iterator[bytes]:
    """Yield the file's lines, in UTF-8 with a mark by which Excel knows it; no cell is a formula.

    `header` names the columns as the file did, `ours` which of ours each is; without one the columns are ours.
    """
    names, ours = (header, ours) if header else (COLUMNS, COLUMNS)
    yield "\ufeff".encode() + _line([*names, *REJECT_COLUMNS])
    for one in rejects:
        cells = one.cells if one.cells is not None else [said(one.facts, column) for column in ours]
        why = "; ".join(f"{error['column']}: {error['message']}" for error in one.errors)
        yield _line([*cells, *[""] * (len(names) - len(cells)), str(one.row), why])


def template() -> list[list[str]]:
    """Return the rows of an empty census: our columns, those that have to be first, and an example."""
    columns = [*REQUIRED, *(column for column in COLUMNS if column not in REQUIRED)]
    return [columns, [_EXAMPLE.get(column, "") for column in columns]]


def template_lines() -> Iterator[bytes]:
    """Yield the template as CSV."""
    yield "\ufeff".encode()
    for record in template():
        yield _line(record)


def said(facts: Mapping[str, Any], column: str) -> str:
    """Return what a census says in a column of somebody with these facts."""
    if column == "employment_status":
        return _status(facts)
    value = facts.get(column)
    return "" if value is None else str(value)


def _status(facts: Mapping[str, Any]) -> str:
    if facts["date_of_death"]:
        return "deceased"
    if facts["end_date"]:
        return "ended"
    return "on_leave" if facts["leave_starts_on"] else "active"


def _line(cells: Iterable[str]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerow([neutral(cell) for cell in cells])
    return out.getvalue().encode()
