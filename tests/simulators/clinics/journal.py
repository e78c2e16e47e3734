"""What every clinic received and sent, in order: the evidence that tests, demo and fault run read."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Direction = Literal["received", "sent"]


@dataclass(slots=True)
class Entry:
    """One request, in or out.

    `n` counts all entries from 1; `attempt` counts requests with the same id, direction and clinic. `at` is
    the clinics' clock in RFC 3339, `timestamp` the `webhook-timestamp` header. `status` is what was answered
    (received) or what came back (sent), None while under way or when the connection broke. `verdict` of a
    received message is `verified`, `repeat` or the reason of its refusal; of a sent one `signed` or
    `missigned`.
    """

    n: int
    clinic: str
    direction: Direction
    at: str
    id: str
    type: str | None
    timestamp: str
    verdict: str
    attempt: int
    status: int | None = None
    data: Any = None
    detail: str = ""


@dataclass
class Journal:
    """All entries since the start or the last reset."""

    entries: list[Entry] = field(default_factory=list)
    _attempts: Counter[tuple[str, Direction, str]] = field(default_factory=Counter)
    _count: int = 0

    def add(
        self,
        *,
        clinic: str,
        direction: Direction,
        at: str,
        message_id: str,
        message_type: str | None,
        timestamp: str,
        verdict: str,
        data: Any,
    ) -> Entry:
        """Append an entry, numbered and its attempt counted; the caller fills in its status when known."""
        self._count += 1
        seen = (clinic, direction, message_id)
        self._attempts[seen] += 1
        entry = Entry(
            n=self._count,
            clinic=clinic,
            direction=direction,
            at=at,
            id=message_id,
            type=message_type,
            timestamp=timestamp,
            verdict=verdict,
            attempt=self._attempts[seen],
            data=data,
        )
        self.entries.append(entry)
        return entry

    def forget(self, clinic: str) -> None:
        """Drop one clinic's entries; the numbering goes on."""
        self.entries = [entry for entry in self.entries if entry.clinic != clinic]
        for seen in [key for key in self._attempts if key[0] == clinic]:
            del self._attempts[seen]

    def clear(self) -> None:
        """Drop everything and number from 1 again."""
        self.entries, self._count = [], 0
        self._attempts.clear()

    def select(self, filters: Mapping[str, str]) -> list[dict[str, Any]]:
        """Entries whose fields equal the filters (compared as text); `after` is the last `n` already seen."""
        after = int(filters.get("after", "0"))
        wanted = {name: value for name, value in filters.items() if name != "after"}
        rows = (asdict(entry) for entry in self.entries if entry.n > after)
        return [row for row in rows if all(str(row[name]) == value for name, value in wanted.items())]
