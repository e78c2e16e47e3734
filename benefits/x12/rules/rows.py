"""Members of an 834 as rows of a change-set: checked cell by cell as a census is, errors at segments and elements."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from benefits.eligibility.rules.columns import COLUMNS
from benefits.eligibility.rules.reading import Reader
from benefits.eligibility.rules.rows import Row, RowError
from benefits.x12.rules.codes import ELEMENTS
from benefits.x12.rules.loops import Described

HEADER = COLUMNS  # of the file of rejects, which may be mended and uploaded as a census


def read_rows(members: Iterable[Described], *, faults: Mapping[int, Sequence[RowError]], today: date) -> Iterator[Row]:
    """Yield a row per member, numbered by its INS segment. `faults` are what a validator found, by that number."""
    reading: list[Described] = []

    def records() -> Iterator[list[str]]:
        for member in members:
            reading.append(member)
            yield [member.cells.get(column, "") for column in COLUMNS]

    for row in Reader(COLUMNS, {}, today=today).rows(records()):
        member = reading.pop()
        errors = _once([*faults.get(member.row, ()), *member.errors, *(_placed(error, member) for error in row.errors)])
        if not errors:
            yield row._replace(number=member.row)
            continue
        cells = [member.cells.get(column, "") for column in COLUMNS]
        yield Row(member.row, None, errors, member.cells.get("employee_number", ""), cells)


def _once(errors: Iterable[RowError]) -> list[RowError]:
    """The first error at each element: what the guide and the census say alike is said once."""
    found: dict[tuple[int, str], RowError] = {}
    for error in errors:
        found.setdefault((error.row, error.column.partition(" ")[0]), error)
    return list(found.values())


def _placed(error: RowError, member: Described) -> RowError:
    """An error of a cell, at the segment and element that it was taken from."""
    return RowError(
        row=member.places.get(error.column, member.row),
        column=ELEMENTS.get(error.column, error.column),
        code=error.code,
        message=error.message,
    )
