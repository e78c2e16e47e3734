"""What can be wrong with a file, or with a row of it."""

from dataclasses import dataclass


class BadFile(ValueError):
    """The file cannot be imported: the message says what and what to do. Nothing of it is kept."""


class BadRow(ValueError):
    """A row cannot be imported: `column` and what to do; the rows beside it can."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A row that was left out: the number of its line in the file, the column, what is wrong and what to do."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.message}"
