"""What goes wrong with the next mails, one fault a mail, in the order in which they were asked for."""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

REFUSALS: Mapping[str, str] = {
    "refuse_451": "451 4.3.0 Try again later",
    "refuse_550": "550 5.7.1 Not accepted here",
}
KINDS = (*REFUSALS, "disconnect", "slow")
MOST_AT_ONCE = 10_000


class BadFault(ValueError):
    """The control request asks for a fault there is not; the text says what is wrong."""


@dataclass(frozen=True)
class Fault:
    """One mail's trouble, at the end of its DATA.

    `refuse_451` and `refuse_550` answer so and keep nothing; `slow` waits `seconds` and then takes the mail;
    `disconnect` hangs up without an answer, having kept the mail or not: the sender cannot know which.
    """

    kind: str
    seconds: float = 1.0
    keeps: bool = True


@dataclass
class Faults:
    """The queue of faults still to happen."""

    _waiting: deque[Fault] = field(default_factory=deque)

    def order(self, document: Mapping[str, Any]) -> None:
        """Queue {"fault", "next"?, "seconds"?, "keeps"?} for `next` mails (default 1). Raises BadFault."""
        fault, count = _read(document)
        self._waiting.extend([fault] * count)

    def take(self) -> Fault | None:
        """The fault of the mail that has just arrived, if any."""
        return self._waiting.popleft() if self._waiting else None

    def clear(self) -> None:
        """Have nothing more go wrong."""
        self._waiting.clear()

    def describe(self) -> list[dict[str, Any]]:
        """What is still to happen, next first."""
        return [asdict(fault) for fault in self._waiting]


def _read(document: Mapping[str, Any]) -> tuple[Fault, int]:
    if unknown := sorted(set(document) - {"fault", "next", "seconds", "keeps"}):
        raise BadFault(f"unknown: {', '.join(unknown)}")
    kind, count = document.get("fault"), document.get("next", 1)
    seconds, keeps = document.get("seconds", 1.0), document.get("keeps", True)
    if kind not in KINDS:
        raise BadFault(f"fault: one of {', '.join(KINDS)}")
    if type(count) is not int or not 1 <= count <= MOST_AT_ONCE:
        raise BadFault(f"next: a whole number from 1 to {MOST_AT_ONCE}")
    if type(seconds) not in (int, float) or not 0 <= seconds <= 600:
        raise BadFault("seconds: a number from 0 to 600")
    if type(keeps) is not bool:
        raise BadFault("keeps: true or false")
    return Fault(kind=kind, seconds=seconds, keeps=keeps), count
