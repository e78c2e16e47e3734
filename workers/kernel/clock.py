"""The one clock. Nothing else in the project asks what time it is.

In production it is the system's. In development `CLOCK_FILE` names a file with one decimal number, the seconds to
add to the system's time; every process reads it, so that `move` moves the whole stack at once.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

_frozen: datetime | None = None
_offset: tuple[int, timedelta] = (-1, timedelta())


def now() -> datetime:
    """Return the present instant in UTC."""
    return _frozen if _frozen is not None else datetime.now(UTC) + _read_offset()


def machine_now() -> datetime:
    """Return the system's own instant, moved or not: how long a process has been at work is not part of the story."""
    return _frozen if _frozen is not None else datetime.now(UTC)


def real_now() -> datetime:
    """Return the system's own instant, also where a test let the clock stand still: how long a person was away."""
    return datetime.now(UTC)


def freeze(instant: datetime | None) -> None:
    """Make this process's clock stand still at `instant`; None lets it run again. For tests."""
    global _frozen
    _frozen = instant


def move(by: timedelta) -> datetime:
    """Move the clock of every process that shares `CLOCK_FILE` forward and return the new present.

    Raises ValueError when no file is set, as in production, or `by` would move it back.
    """
    if not settings.CLOCK_FILE:
        raise ValueError("The clock moves only where CLOCK_FILE is set (a development stack).")
    if by < timedelta():
        raise ValueError("The clock moves forward only: what was due has happened.")
    path = Path(settings.CLOCK_FILE)
    draft = path.with_suffix(".new")
    draft.write_text(str((_read_offset() + by).total_seconds()))
    draft.replace(path)
    return now()


def _read_offset() -> timedelta:
    """Read the file again only when it was replaced: a stat costs a microsecond, and `now()` is called often."""
    global _offset
    if not settings.CLOCK_FILE:
        return timedelta()
    try:
        stamp = os.stat(settings.CLOCK_FILE).st_mtime_ns
    except FileNotFoundError:
        return timedelta()
    if stamp != _offset[0]:
        _offset = (stamp, timedelta(seconds=float(Path(settings.CLOCK_FILE).read_text() or 0)))
    return _offset[1]
