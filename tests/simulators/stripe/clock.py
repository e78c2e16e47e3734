"""The simulator's own clock: real time plus what the control API and a shared file add to it."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


class ClockFileMalformed(ValueError):
    """The clock file holds something other than one decimal number of seconds."""


@dataclass
class Clock:
    """Real time, moved by `offset` seconds and by the seconds written in `file`."""

    file: Path | None = None
    offset: float = 0.0
    _file_offset: float = field(default=0.0, init=False)
    _file_mtime: int = field(default=-1, init=False)

    def now(self) -> float:
        """Return the simulated time in Unix seconds, UTC."""
        self._reread_file()
        return time.time() + self.offset + self._file_offset

    def timestamp(self) -> int:
        """Return the simulated time as Stripe writes it: whole Unix seconds."""
        return int(self.now())

    def advance(self, seconds: float) -> None:
        """Move the clock by some seconds; backwards when negative."""
        self.offset += seconds

    def set(self, instant: datetime) -> None:
        """Move the clock so that it is `instant` now. Raises ValueError for an instant without a zone."""
        if instant.tzinfo is None:
            raise ValueError("the instant needs a time zone, for example a trailing Z")
        self.offset += instant.timestamp() - self.now()

    def _reread_file(self) -> None:
        if self.file is None or not self.file.exists():
            return
        mtime = self.file.stat().st_mtime_ns
        if mtime == self._file_mtime:
            return
        text = self.file.read_text().strip()
        if not text:  # caught between another process's truncate and write: read it the next time
            return
        try:
            self._file_offset = float(text)
        except ValueError as error:
            raise ClockFileMalformed(f"{self.file}: {text!r} is not a number of seconds") from error
        self._file_mtime = mtime
