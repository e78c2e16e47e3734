"""The file by which a test or the local stack moves every process's clock."""

from contextlib import suppress
from pathlib import Path


class ClockFile:
    """A decimal number of seconds in a text file, to add to real time; 0 while there is none.

    It is read again whenever its modification time changes. While it holds no number (a writer is half-way
    through) the last good one stays in force.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._mtime_ns: int | None = None
        self._seconds = 0.0

    def seconds(self) -> float:
        """Return what is to be added to real time."""
        mtime_ns = self._modified_ns()
        if mtime_ns is None or self._path is None:
            self._seconds, self._mtime_ns = 0.0, None
        elif mtime_ns != self._mtime_ns:
            with suppress(ValueError, OSError):
                self._seconds, self._mtime_ns = float(self._path.read_text()), mtime_ns
        return self._seconds

    def _modified_ns(self) -> int | None:
        try:
            return self._path.stat().st_mtime_ns if self._path else None
        except OSError:
            return None
