"""What is announced in the benchmarks."""

from dataclasses import dataclass
from uuid import UUID

from workers.events import Event


@dataclass(frozen=True, kw_only=True)
class Changed(Event, name="bench.changed.v1"):
    """Its reaction makes one write."""

    thing_id: UUID


@dataclass(frozen=True, kw_only=True)
class Counted(Event, name="bench.counted.v1"):
    """Its reaction takes a whole batch."""

    thing_id: UUID


@dataclass(frozen=True, kw_only=True)
class Watched(Event, name="bench.watched.v1"):
    """Its reaction makes one write and tells who waits for it."""

    thing_id: UUID


@dataclass(frozen=True, kw_only=True)
class Due(Event, name="bench.due.v1"):
    """A timer; its reaction makes one write."""

    thing_id: UUID
