"""How fast requests come in, in real time, and the limit beyond which they are answered 429 before anything is done."""

import time
from collections import deque
from dataclasses import dataclass, field

from tests.simulators.stripe.errors import Refusal

WINDOW_SECONDS = 1.0


@dataclass
class Pace:
    """The requests of the last second. `per_s` 0: no limit; `peak` is the most that ever came within a second."""

    per_s: int = 0
    peak: int = 0
    _moments: deque[float] = field(default_factory=deque)

    def count(self) -> None:
        """Count one request. Raises Refusal 429 when it is one too many; refused ones count for the peak as well."""
        now = time.monotonic()
        while self._moments and self._moments[0] <= now - WINDOW_SECONDS:
            self._moments.popleft()
        self._moments.append(now)
        self.peak = max(self.peak, len(self._moments))
        if self.per_s and len(self._moments) > self.per_s:
            raise Refusal(429, "invalid_request_error", "Request rate limit exceeded.", code="rate_limit")
