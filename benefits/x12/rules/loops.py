"""A member of an 834 while their loop 2000 is read, and what is kept of them."""

from dataclasses import dataclass, field

from benefits.eligibility.rules.rows import RowError
from benefits.x12.rules.segments import Segment


@dataclass
class Described:
    """A member of an 834: cells by column as in a census row, and the segment that each was taken from.

    `row` is the number of the INS segment; `errors` are what cannot be said in a cell.
    """

    row: int
    cells: dict[str, str] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)

    def put(self, column: str, value: str, segment: Segment) -> None:
        """Keep a cell and where it stands; the first one that is not empty counts."""
        if value and not self.cells.get(column):
            self.cells[column] = value
            self.places[column] = segment.number

    def wrong(self, element: str, code: str, message: str, number: int = 0) -> None:
        """Note an error at an element of a segment, by default the INS."""
        self.errors.append(RowError(row=number or self.row, column=element, code=code, message=message))

    @property
    def is_dependant(self) -> bool:
        """Whether they are covered through somebody else."""
        return self.cells.get("relationship", "self") != "self"


@dataclass
class Loop:
    """What of a loop 2000 is needed only until its end."""

    member: Described
    maintenance: str
    employment: str
    dates: dict[str, tuple[str, Segment]] = field(default_factory=dict)
    covers: list[str] = field(default_factory=list)  # HD01 of each coverage
    numbers: dict[str, str] = field(default_factory=dict)  # REF02 by REF01
    ssn: set[str] = field(default_factory=set)  # only to see that it was not sent as the employee number
    inside: str = "2000"  # 2100A, 2300, 2750, or "" for a loop that is passed over
    category: str = ""
    twin: str = ""  # INS17
