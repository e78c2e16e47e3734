"""The clinics' clock: real time plus an offset that a test may change while the process runs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path


class OffsetClock:
    """Real UTC time plus the decimal number of seconds in a text file (absent: 0).

    The file is read again whenever its modification time changes. While it is unreadable as a number (a
    writer is half-way through) the last good offset stays in force.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._mtime_ns: int | None = None
        self._offset = timedelta()

    def now(self) -> datetime:
        """The present instant by this clock, in UTC."""
        self._reread()
        return datetime.now(UTC) + self._offset

    def _reread(self) -> None:
        mtime_ns = self._modified_ns()
        if mtime_ns == self._mtime_ns:
            return
        if mtime_ns is None or self._path is None:
            self._offset, self._mtime_ns = timedelta(), None
            return
        try:
            self._offset = timedelta(seconds=float(self._path.read_text()))
        except (ValueError, OverflowError, OSError):
            return
        self._mtime_ns = mtime_ns

    def _modified_ns(self) -> int | None:
        try:
            return self._path.stat().st_mtime_ns if self._path else None
        except OSError:
            return None
