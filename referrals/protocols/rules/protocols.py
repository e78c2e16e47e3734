"""Protocols, which are data: what a file of one holds (data/<id>.<version>.yaml, and the clinics' own variants).

A protocol has steps in their order, each of one kind of session, repeated at a distance in days, and perhaps followed
each time by another session within a window of hours. Hours are elapsed hours from the end of one session to the start
of the next; days are calendar days at the clinic. Each figure names its source.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from msgspec.structs import replace


class Kind(StrEnum):
    """The kinds of session, in the order of a course (docs/facts.md: stages, S1)."""

    CONSULTATION = "consultation"
    PREPARATION = "preparation"
    DOSING = "dosing"
    INTEGRATION = "integration"
    FOLLOW_UP = "follow_up"


PLAIN = "^[^\\x00\\ud800-\\udfff]*$"  # what no database and no other program can keep
Text = Annotated[str, Meta(min_length=1, max_length=500, pattern=PLAIN)]
Mark = Annotated[str, Meta(min_length=1, max_length=40, pattern=PLAIN, description="A mark that `sources` explains.")]
Minutes = Annotated[int, Meta(ge=15, le=480, description="How long the session takes.")]
DayCount = Annotated[int, Meta(ge=0, le=366)]
Hours = Annotated[float, Meta(ge=0, le=720)]


class Days(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From `least` to `most` calendar days after another session; `source` says who states it."""

    least: DayCount
    most: DayCount
    source: Mark

    def words(self) -> str:
        """Return "7 to 14 days"."""
        return f"{self.least} to {self.most} days"


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From `from_hours` to `to_hours` after the end of the session before, as `source` states it."""

    from_hours: Hours
    to_hours: Hours
    source: Mark

    def words(self) -> str:
        """Return "24 to 48 hours"."""
        return f"{self.from_hours:g} to {self.to_hours:g} hours"


class Following(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A session that belongs to the one before it. Sources differ on its window: the first is followed, unless the
    clinic chose another.
    """

    kind: Kind
    minutes: Minutes
    same_day: Literal["required", "allowed", "forbidden"]
    windows: Annotated[tuple[Window, ...], Meta(min_length=1)]
    source: Mark

    @property
    def window(self) -> Window:
        """The window that is followed."""
        return self.windows[0]

    def fits(self, *, same_day: bool) -> bool:
        """Whether it may take place on the day of the session before it, or on another one."""
        return self.same_day == "allowed" or same_day == (self.same_day == "required")


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`times` sessions of one kind: the first `after` what came before, the others `apart` from each other.

    `span` bounds the days from the first to the last, both counted.
    """

    kind: Kind
    minutes: Minutes
    after: Days
    source: Mark
    times: Annotated[int, Meta(ge=1, le=24)] = 1
    apart: Days | None = None
    span: Days | None = None
    followed_by: Following | None = None

    def distance(self, *, is_first: bool) -> Days:
        """Return the days before its first session, or before another one."""
        return self.after if is_first or self.apart is None else self.apart

    def distances(self) -> Iterator[Days]:
        """Return the days before each of its sessions, in their order."""
        return (self.distance(is_first=number == 0) for number in range(self.times))


class Protocol(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of a way of treatment. `sources` explains its numbers' marks (S0–S4, default)."""

    id: Annotated[str, Meta(pattern="^[a-z][a-z_]{0,39}$")]
    version: Annotated[int, Meta(ge=1, le=9999)]
    title: Text
    description: Text
    before_first_dosing: tuple[Kind, ...]
    steps: Annotated[tuple[Step, ...], Meta(min_length=1, max_length=20)]
    sources: Mapping[Mark, Text]

    def windows(self) -> tuple[str, ...]:
        """Return the sources whose window may be chosen, the one that is followed first."""
        listed = [window.source for step in self.steps if step.followed_by for window in step.followed_by.windows]
        return tuple(dict.fromkeys(listed))

    def with_window(self, source: str) -> "Protocol":
        """Return it following the window that a source states; where a step has none of it, nothing changes."""
        return replace(self, steps=tuple(_with_window(step, source) for step in self.steps))


def _with_window(step: Step, source: str) -> Step:
    if step.followed_by is None:
        return step
    ordered = sorted(step.followed_by.windows, key=lambda window: window.source != source)
    return replace(step, followed_by=replace(step.followed_by, windows=tuple(ordered)))
