"""The simulator's own clock: real time plus what the control API and a shared file add to it."""

import time
from dataclasses import dataclass
from datetime import datetime

from tests.simulators.clock_file import ClockFile


@dataclass
class Clock:
    """Real time, moved by `offset` seconds and by those in a clock file."""

    file: ClockFile
    offset: float = 0.0

    def now(self) -> float:
        """Return the simulated time in Unix seconds, UTC."""
        return time.time() + self.offset + self.file.seconds()

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
