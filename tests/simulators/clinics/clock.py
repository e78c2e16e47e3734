"""The clinics' clock: real time plus an offset that a test may change while the process runs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.simulators.clock_file import ClockFile


class OffsetClock:
    """Real UTC time plus the seconds in a clock file."""

    def __init__(self, path: Path | None = None) -> None:
        self._file = ClockFile(path)

    def now(self) -> datetime:
        """The present instant by this clock, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self._file.seconds())
