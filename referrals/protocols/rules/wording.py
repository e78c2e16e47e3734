"""What the planner says: which rule leaves no time for a session, and why a soft one is bent.

A problem is a sentence, or several with "; " between them; clinics read it in their language (courses/web/wording.py).
"""

from collections.abc import Iterable, Mapping
from datetime import date

from referrals.protocols.rules.calendars import CLOSED, Calendar, Soft
from referrals.protocols.rules.choices import Anchor, Time
from referrals.protocols.rules.plans import Pair, Spot
from referrals.protocols.rules.searching import Search
from workers.kernel.words import Sentence

WHY: Mapping[Soft, str] = {
    Soft.AVAILABILITY: "within the rules the clinic has no time when the member can come that suits the whole course",
    Soft.THERAPIST: "no day of the therapist suits the rules and the member's hours for the whole course",
    Soft.PREFERENCE: "no time that was wished for suits the rules, the member's hours and the therapist's days",
}

_NONE_TO_FOLLOW = Sentence("%(kind)s finds no time %(distance)s after the %(other)s of %(day)s")
_NONE = Sentence("%(kind)s finds no time %(distance)s after %(day)s")
_WITH_NEXT = Sentence("%(kind)s has to follow %(distance)s after it")
_SERIES = Sentence("the whole series takes %(distance)s")
_HOLIDAY = Sentence("closed then for %(holiday)s")
_OVERTAKEN = Sentence("a later session took place before this %(other)s")
_ORPHANED = Sentence("what this %(other)s belongs to did not take place")
_WAITS = Sentence("%(kind)s waits for the session before it, which finds no time")


def no_time(search: Search, pair: Pair, anchor: Anchor) -> str:
    """Which rule leaves no time for a session of a step."""
    main, distance = pair.main, search.distance(pair, anchor)
    base, step = search.base(pair, anchor), search.protocol.steps[main.step]
    said = [_NONE(kind=main.kind, distance=distance.words(), day=date.fromordinal(base).isoformat())]
    if step.followed_by and pair.follower:
        said.append(_WITH_NEXT(kind=step.followed_by.kind, distance=step.followed_by.window.words()))
    if step.span:
        said.append(_SERIES(distance=step.span.words()))
    return "; ".join([*said, *_closed(search.calendar, range(base + distance.least, base + distance.most + 1))])


def _closed(calendar: Calendar, days: Iterable[int]) -> list[str]:
    """For what the clinic is closed on these days; a day can be two holidays, with "; " between them."""
    reasons = {calendar.closed_because(date.fromordinal(day)) for day in days} - {""}
    away = [reason for reason in reasons if reason == CLOSED]
    holidays = {name for reason in reasons - {CLOSED} for name in reason.split("; ")}
    return [*away, *(_HOLIDAY(holiday=name) for name in sorted(holidays))]


def no_window(search: Search, pair: Pair, main: Time) -> str:
    """Which window leaves no time for what follows a session."""
    following = search.protocol.steps[pair.main.step].followed_by
    kind, words = (following.kind, following.window.words()) if following else ("", "")
    day = date.fromordinal(main.day).isoformat()
    return _NONE_TO_FOLLOW(kind=kind, distance=words, other=pair.main.kind, day=day)


def overtaken(spot: Spot) -> str:
    """A session that would come too late."""
    return _OVERTAKEN(other=spot.kind)


def nothing_to_follow(spot: Spot) -> str:
    """A session that belongs to one that did not take place."""
    return _ORPHANED(other=spot.kind)


def waits(spot: Spot) -> str:
    """A session before which another one has to find its time."""
    return _WAITS(kind=spot.kind)
