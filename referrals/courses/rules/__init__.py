"""Pure rules of courses: states, history, calendars, and what the planner is told of a course under way."""

from referrals.courses.rules.history import PLANNER, Because, Channel, Party, What, Who
from referrals.courses.rules.states import (
    CLOCK_TOLERANCE,
    ENDED,
    FINAL,
    MISSED,
    MOVES,
    OPEN,
    CourseStatus,
    SessionStatus,
    ended_at,
    is_future,
    is_plausible,
    status_of_course,
)

__all__ = [
    "CLOCK_TOLERANCE",
    "ENDED",
    "FINAL",
    "MISSED",
    "MOVES",
    "OPEN",
    "PLANNER",
    "Because",
    "Channel",
    "CourseStatus",
    "Party",
    "SessionStatus",
    "What",
    "Who",
    "ended_at",
    "is_future",
    "is_plausible",
    "status_of_course",
]
