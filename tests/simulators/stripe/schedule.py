"""What will happen by itself when the simulator's clock gets there: bank debits settle, refunds fail."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

_Due = tuple[float, int, Callable[[], None]]


@dataclass
class Schedule:
    """Actions by due time, oldest first; equal times keep the order in which they were added."""

    _heap: list[_Due] = field(default_factory=list)
    _sequence: "itertools.count[int]" = field(default_factory=itertools.count)

    def at(self, due: float, action: Callable[[], None]) -> None:
        """Have `action` run once the clock reaches `due` (Unix seconds)."""
        heapq.heappush(self._heap, (due, next(self._sequence), action))

    def run_due(self, now: float) -> None:
        """Run everything that is due, including what that makes due."""
        while self._heap and self._heap[0][0] <= now:
            _, _, action = heapq.heappop(self._heap)
            action()
