"""What the planner says: which rule leaves no time for a session, and why a soft one is bent."""

from collections.abc import Mapping
from datetime import date

from referrals.protocols.rules.calendars import Soft
from referrals.protocols.rules.choices import Anchor, Time
from referrals.protocols.rules.plans import Pair, Spot
from referrals.protocols.rules.searching import Search

WHY: Mapping[Soft, str] = {
    Soft.AVAILABILITY: "within the rules the clinic has no time when the member can come that suits the whole course",
    Soft.THERAPIST: "no day of the therapist suits the rules and the member's hours for the whole course",
    Soft.PREFERENCE: "no time that was wished for suits the rules, the member's hours and the therapist's days",
}


def no_time(search: Search, pair: Pair, anchor: Anchor) -> str:
    """Which rule leaves no time for a session of a step."""
    main, distance = pair.main, search.distance(pair, anchor)
    base, step = search.base(pair, anchor), search.protocol.steps[main.step]
    also = ""
    if step.followed_by and pair.follower:
        also = f" with {step.followed_by.kind} {step.followed_by.window.words()} after it"
    if step.span:
        also += f", the series taking {step.span.words()} in all"
    closed = {
        search.calendar.closed_because(date.fromordinal(day))
        for day in range(base + distance.least, base + distance.most + 1)
    } - {""}
    why = f" (closed then: {', '.join(sorted(closed))})" if closed else ""
    return f"{main.kind} finds no time {distance.words()} after {date.fromordinal(base).isoformat()}{also}{why}"


def no_window(search: Search, pair: Pair, main: Time) -> str:
    """Which window leaves no time for what follows a session."""
    following = search.protocol.steps[pair.main.step].followed_by
    kind, words = (following.kind, following.window.words()) if following else ("", "")
    return f"{kind} finds no time {words} after the {pair.main.kind} of {date.fromordinal(main.day).isoformat()}"


def overtaken(spot: Spot) -> str:
    """A session that would come too late."""
    return f"a later session took place before this {spot.kind}"


def nothing_to_follow(spot: Spot) -> str:
    """A session that belongs to one that did not take place."""
    return f"what this {spot.kind} belongs to did not take place"


def waits(spot: Spot) -> str:
    """A session before which another one has to find its time."""
    return f"{spot.kind} waits for the session before it, which finds no time"
