"""Protocols, which are data, and the sessions that are planned by them.

A protocol (data/<id>.<version>.json) has steps in their order, each of one kind of session, repeated at a
distance in days, and perhaps followed each time by another session within a window of hours. Hours are
elapsed hours from the end of one session to the start of the next; days are calendar days at the clinic.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec


class Kind(StrEnum):
    """The kinds of session, in the order of a course (docs/facts.md: stages, S1)."""

    CONSULTATION = "consultation"
    PREPARATION = "preparation"
    DOSING = "dosing"
    INTEGRATION = "integration"
    FOLLOW_UP = "follow_up"


class Days(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From `least` to `most` calendar days after another session; `source` says who states it."""

    least: int
    most: int
    source: str


class Following(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A session that belongs to the one before it: starting `from_hours` to `to_hours` after its end."""

    kind: Kind
    minutes: int
    from_hours: float
    to_hours: float
    same_day: Literal["required", "allowed", "forbidden"]
    source: str

    def fits(self, *, same_day: bool) -> bool:
        """Whether it may take place on the day of the session before it, or on another one."""
        return self.same_day == "allowed" or same_day == (self.same_day == "required")


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`times` sessions of one kind: the first `after` what came before, the others `apart` from each other.

    `span` bounds the days from the first to the last, both counted.
    """

    kind: Kind
    minutes: int
    after: Days
    source: str
    times: int = 1
    apart: Days | None = None
    span: Days | None = None
    followed_by: Following | None = None

    def distances(self) -> Iterator[Days]:
        """Return the days before each of its sessions, in their order."""
        yield self.after
        for _ in range(self.times - 1):
            yield self.apart or self.after


class Protocol(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of a way of treatment. `sources` explains its numbers' marks (S0–S4, default)."""

    id: str
    version: int
    title: str
    description: str
    before_first_dosing: tuple[Kind, ...]
    steps: tuple[Step, ...]
    sources: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class OfficeHours:
    """When sessions may be: local times at the clinic, and ISO weekdays (1 is Monday)."""

    zone: ZoneInfo
    opens: time = time(9)
    closes: time = time(17)
    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})

    def local(self, instant: datetime) -> datetime:
        """Return an instant as the clinic's clocks show it."""
        return instant.astimezone(self.zone)

    def date_of(self, session: "Proposed") -> date:
        """Return the day of a session at the clinic."""
        return self.local(session.starts_at).date()


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """A session as planned; instants in UTC. `step` is its step's place in the protocol."""

    sequence: int
    kind: Kind
    step: int
    starts_at: datetime
    ends_at: datetime
    follows: bool = False
