"""What makes a file unreadable as a whole."""

from typing import Any

from workers.kernel.words import Sentence

MOST_FAULTS = 50
TWINS = Sentence("The same employee number is in row %(rows)s: keep one row per person.")


def fault(row: int, code: str, message: str, column: str = "") -> dict[str, Any]:
    """What is wrong with a file, and where: {row, column, code, message}; the header is row 1."""
    return {"row": row, "column": column, "code": code, "message": message}


class Unreadable(Exception):
    """The file as a whole cannot be read; `faults` says why and where."""

    def __init__(self, *faults: dict[str, Any]) -> None:
        super().__init__(faults[0]["message"])
        self.faults = list(faults)
