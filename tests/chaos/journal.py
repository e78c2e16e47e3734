"""A client's own record of what it asked for: on the disk before it is sent, so that no crash can make it forget."""

import json
import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any


class Outcome(StrEnum):
    """What a client knows of what it sent."""

    ACKNOWLEDGED = "acknowledged"  # the commit was answered: it has to have its effects
    UNKNOWN = "unknown"  # the commit was sent and not answered: all of it or nothing
    REFUSED = "refused"  # it failed before the commit was sent: nothing of it


class Journal:
    """One file of JSON lines, written by one process."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a")

    def sending(self, key: str, **what: Any) -> None:
        """Write down what is about to be sent, and wait for the disk."""
        self._write({"key": key, **what})
        os.fsync(self._file.fileno())

    def ended(self, key: str, outcome: Outcome) -> None:
        """Write down what came of it; where this line is missing, nobody knows."""
        self._write({"key": key, "outcome": outcome})

    def close(self) -> None:
        """Write no more."""
        self._file.close()

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()


def read(folder: Path, prefix: str) -> Iterator[dict[str, Any]]:
    """Yield every entry of the journals `prefix*.jsonl` with its `outcome`, without a line that a kill cut short."""
    entries: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob(f"{prefix}*.jsonl")):
        for line in path.read_text().splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # never sent: the line is whole on the disk before anything is
            entries.setdefault(entry["key"], {"outcome": Outcome.UNKNOWN}).update(entry)
    yield from entries.values()
