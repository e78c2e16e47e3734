"""What the search chooses between, and what each choice costs."""

from typing import NamedTuple

from referrals.protocols.rules.plans import Hold, Spot

MOVING = 5  # a proposal that moves
# A person who is asked: dearer than all soft rules of a course. What follows is asked about before what it follows, and
# what was agreed to as it is last of all.
ASKING, ASKING_FIRST, ASKING_AGAIN = 10_000, 2_000, 5_000
FORCED, GIVING_UP = 1_000_000, 10_000_000  # what breaks a rule and stands all the same; no time at all


class Time(NamedTuple):
    """When a session is to be: minutes since 1970, and its day at the clinic."""

    begins: int
    ends: int
    day: int


class Choice(NamedTuple):
    """A time for a session and for the one that follows it; `is_forced` when it stands against a rule."""

    cost: int
    main: Time
    follower: Time | None
    is_forced: bool = False


class Anchor(NamedTuple):
    """What the next session is measured from: the step before and the first day of it, the day of its last session, the
    day of what follows that, when all before is over, and when the proposals of it are.
    """

    step: int
    first: int
    day: int
    last: int
    over: int
    proposals_over: int

    @classmethod
    def of(cls, day: int) -> "Anchor":
        """Before the first session."""
        return cls(step=-1, first=day, day=day, last=day, over=0, proposals_over=0)


class Limits(NamedTuple):
    """The days on which a session may be, from which minute on, and from which on what follows an appointment may."""

    least: int
    most: int
    over: int
    proposals_over: int


def cost_of_moving(spot: Spot) -> int:
    """What it costs to move a session."""
    if spot.hold is not Hold.CONFIRMED:
        return MOVING if spot.hold is Hold.LOOSE else 0
    return ASKING + ASKING_FIRST * (spot.follows is None) + ASKING_AGAIN * spot.pinned
