"""A row as a door hands it over: a person, or what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from benefits.enrollment.rules import Person


@dataclass(frozen=True, kw_only=True)
class RowError:
    """What is wrong in a cell, and how to mend it; the cell's content is never repeated."""

    row: int
    column: str
    code: str
    message: str


class Row(NamedTuple):
    """A numbered row: `person`, or None and its `errors`.

    `employee_number` and `cells` are of rows with errors: whom it names, "" where it names nobody, and its cells as
    they came, in the order of the change-set's header, for the file of rejects.
    """

    number: int
    person: Person | None
    errors: Sequence[RowError] = ()
    employee_number: str = ""
    cells: Sequence[str] = ()
