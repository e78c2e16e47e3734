"""What goes wrong with the next mails, one fault a mail or a recipient, in the order in which they were asked for."""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

REFUSALS: Mapping[str, str] = {
    "refuse_451": "451 4.3.0 Try again later",
    "refuse_550": "550 5.7.1 Not accepted here",
    "unknown_550": "550 5.1.1 No such mailbox here",
}
KINDS = (*REFUSALS, "disconnect", "slow")
MOST_AT_ONCE = 10_000


class BadFault(ValueError):
    """The control request asks for a fault there is not; the text says what is wrong."""


@dataclass(frozen=True)
class Fault:
    """One mail's trouble: at the end of its DATA, or as it is announced `to` somebody (RCPT).

    `refuse_451`, `refuse_550` and `unknown_550` answer so and keep nothing; `slow` waits `seconds` and goes on;
    `disconnect` hangs up without an answer, having kept the mail or not: the sender cannot know which. Of a recipient
    that was refused it `keeps` a body all the same, where one comes: RFC 2920 lets a server wait for it.
    """

    kind: str
    seconds: float = 1.0
    keeps: bool = True
    to: str = ""


@dataclass
class Faults:
    """The queue of faults still to happen."""

    _waiting: deque[Fault] = field(default_factory=deque)

    def order(self, document: Mapping[str, Any]) -> None:
        """Queue {"fault", "next"?, "seconds"?, "keeps"?, "to"?} for `next` of them (default 1). Raises BadFault."""
        fault, count = _read(document)
        self._waiting.extend([fault] * count)

    def take(self, *, to: str = "") -> Fault | None:
        """The fault of the mail that has just arrived, or of the recipient that was just named, if any."""
        fault = next((one for one in self._waiting if one.to == to), None)
        if fault is not None:
            self._waiting.remove(fault)
        return fault

    def clear(self) -> None:
        """Have nothing more go wrong."""
        self._waiting.clear()

    def describe(self) -> list[dict[str, Any]]:
        """What is still to happen, next first."""
        return [asdict(fault) for fault in self._waiting]


def _read(document: Mapping[str, Any]) -> tuple[Fault, int]:
    if unknown := sorted(set(document) - {"fault", "next", "seconds", "keeps", "to"}):
        raise BadFault(f"unknown: {', '.join(unknown)}")
    kind, count = document.get("fault"), document.get("next", 1)
    seconds, keeps = document.get("seconds", 1.0), document.get("keeps", True)
    to = document.get("to", "")
    if kind not in KINDS:
        raise BadFault(f"fault: one of {', '.join(KINDS)}")
    if type(count) is not int or not 1 <= count <= MOST_AT_ONCE:
        raise BadFault(f"next: a whole number from 1 to {MOST_AT_ONCE}")
    if type(seconds) not in (int, float) or not 0 <= seconds <= 600:
        raise BadFault("seconds: a number from 0 to 600")
    if type(keeps) is not bool:
        raise BadFault("keeps: true or false")
    if type(to) is not str:
        raise BadFault("to: an address")
    return Fault(kind=kind, seconds=seconds, keeps=keeps, to=to), count
