"""Reading courses, sessions and their history, calendars, measures; row-level security shows each actor its own."""

from referrals.courses.queries.courses import (
    count_appointments,
    find_next_session,
    get_course,
    get_session,
    get_with_sessions,
    list_courses,
    list_stalled,
    list_steps,
    members_reached,
    protocol_of,
)

__all__ = [
    "count_appointments",
    "find_next_session",
    "get_course",
    "get_session",
    "get_with_sessions",
    "list_courses",
    "list_stalled",
    "list_steps",
    "members_reached",
    "protocol_of",
]
