"""A course as the planner sees it: places for sessions, some with a time that stands, some that may move."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from referrals.protocols.rules.calendars import Soft
from referrals.protocols.rules.protocols import Kind, Protocol


class Hold(StrEnum):
    """How firmly a session stands at its time."""

    NEW = "new"  # it has none yet
    LOOSE = "loose"  # proposed: it may be moved
    CONFIRMED = "confirmed"  # a person agreed to it: it is moved by asking only
    FACT = "fact"  # it took place, or is over as far as anybody said
    GONE = "gone"  # called off or missed: nothing is kept at it, and what comes after is not pulled forward


@dataclass(frozen=True, kw_only=True)
class Spot:
    """One session of a course; instants in UTC, None for a new one. `step` is its step's place in the protocol.

    `follows` is the id of the session that it belongs to. One that is `pinned` was agreed to as it is, whatever the
    distance to the session before it; `despite_closure`: although the clinic is closed that day.
    """

    id: Hashable
    kind: Kind
    step: int
    minutes: int
    hold: Hold = Hold.NEW
    follows: Hashable | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    pinned: bool = False
    despite_closure: bool = False


@dataclass(frozen=True, kw_only=True)
class Bent:
    """A soft rule that a session bends, and why."""

    rule: Soft
    why: str


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Where a session is to be. `problem` says which hard rule leaves no time for it; it stays where it was then."""

    spot: Spot
    starts_at: datetime | None
    ends_at: datetime | None
    bent: tuple[Bent, ...] = ()
    problem: str = ""

    @property
    def is_moved(self) -> bool:
        """Whether it is to be elsewhere than it was."""
        return self.starts_at != self.spot.starts_at


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A session of a step, and the one that follows it within a window."""

    main: Spot
    follower: Spot | None = None


def spots_of(protocol: Protocol) -> list[Spot]:
    """Return the places of a whole course, in their order; ids are their numbers from 0."""
    spots: list[Spot] = []
    for number, step in enumerate(protocol.steps):
        for _ in range(step.times):
            spots.append(Spot(id=len(spots), kind=step.kind, step=number, minutes=step.minutes))
            if step.followed_by:
                one = step.followed_by
                spots.append(
                    Spot(
                        id=len(spots),
                        kind=one.kind,
                        step=number,
                        minutes=one.minutes,
                        follows=spots[-1].id,
                    )
                )
    return spots


def pairs_of(spots: Iterable[Spot]) -> list[Pair]:
    """Return the sessions of the steps in their order, each with what follows it; one that follows nothing is none."""
    listed: Sequence[Spot] = list(spots)
    followers = {spot.follows: spot for spot in listed if spot.follows is not None}
    return [Pair(main=spot, follower=followers.get(spot.id)) for spot in listed if spot.follows is None]
