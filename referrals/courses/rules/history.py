"""Who did what to a session, by which door, and why: the words of its history."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class What(StrEnum):
    """What happened to a session."""

    PROPOSED = "proposed"
    MOVED = "moved"  # a proposal, by the planner or the member
    AGREED = "agreed"  # the member: it suits me
    CONFIRMED = "confirmed"  # the clinic, at the time it stands at
    RESCHEDULED = "rescheduled"  # the clinic, at another time than before
    ASKED = "asked"  # whoever agreed to it: another time is suggested
    ACCEPTED = "accepted"  # the suggestion
    DECLINED = "declined"  # the suggestion
    UNPLACED = "unplaced"  # a hard rule leaves no time for it
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class Party(StrEnum):
    """Who did it."""

    PLANNER = "planner"
    CLINIC = "clinic"
    MEMBER = "member"
    OPERATOR = "operator"


class Channel(StrEnum):
    """The door by which it came."""

    PLANNER = "planner"
    WEBHOOK = "webhook"
    API = "api"
    PORTAL = "portal"


class Because(StrEnum):
    """Why the planner or the system did something."""

    COURSE_PLANNED = "course_planned"
    SESSION_MOVED = "session_moved"  # another session is, or was, at another time
    SESSION_ENDED = "session_ended"  # another session was completed, called off or missed
    NOTHING_TO_FOLLOW = "nothing_to_follow"  # what it belongs to did not take place
    CLINIC_CALENDAR = "clinic_calendar_changed"  # closed days, holidays, therapists
    AVAILABILITY_CHANGED = "availability_changed"
    THERAPIST_CHANGED = "therapist_changed"
    REQUEST_ENDED = "request_ended"
    MAKES_UP = "makes_up"  # in place of another one that did not take place


@dataclass(frozen=True, kw_only=True)
class Who:
    """A party, the user where a person did it in the portal, and the door."""

    party: Party
    channel: Channel
    user_id: UUID | None = None


PLANNER = Who(party=Party.PLANNER, channel=Channel.PLANNER)
CLINIC = Who(party=Party.CLINIC, channel=Channel.WEBHOOK)
