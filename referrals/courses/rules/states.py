"""What may become of a course and of its sessions.

session:  proposed <--> scheduled --> completed | cancelled | no_show
             |              ^-- rescheduled; back to proposed when the member takes another time, until it is confirmed
             +--> completed | cancelled | no_show    (the clinic's word, whatever we heard before)
course:   planned --> active --> completed | cancelled
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum


class SessionStatus(StrEnum):
    """Where a session stands; the last three are final."""

    PROPOSED = "proposed"
    SCHEDULED = "scheduled"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class CourseStatus(StrEnum):
    """Where a course stands; the last two are final."""

    PLANNED = "planned"
    ACTIVE = "active"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


MISSED = frozenset({SessionStatus.CANCELLED, SessionStatus.NO_SHOW})  # it was to be, and did not take place
FINAL = MISSED | {SessionStatus.COMPLETED}
OPEN = frozenset(SessionStatus) - FINAL
ENDED = (CourseStatus.COMPLETED, CourseStatus.CANCELLED)
MOVES = (
    (SessionStatus.PROPOSED, SessionStatus.SCHEDULED),
    (SessionStatus.SCHEDULED, SessionStatus.PROPOSED),
    *((was, ends) for was in sorted(OPEN) for ends in sorted(FINAL)),
)
FURTHEST = timedelta(days=366)  # an appointment further away is a mistyped year
CLOCK_TOLERANCE = timedelta(minutes=5)  # the tolerance of Standard Webhooks: the clinic's clock against ours
CLOCK_OFF = timedelta(hours=12)  # a clinic's clock that is off by hours must not move a window; another day must


def is_plausible(moment: datetime, *, now: datetime) -> bool:
    """Whether an appointment lies within a year of now, before or after."""
    return abs(moment - now) <= FURTHEST


def is_future(moment: datetime, *, now: datetime) -> bool:
    """Whether a moment lies ahead by more than two clocks may differ."""
    return moment > now + CLOCK_TOLERANCE


def ended_at(appointed_end: datetime, completed_at: datetime | None) -> datetime:
    """Return when a session ended, as windows are measured: as it was said, where that tells of another day.

    What is said within twelve hours of the appointment is a clock that is off, or a report that was written later on.
    """
    if completed_at is None or abs(completed_at - appointed_end) <= CLOCK_OFF:
        return appointed_end
    return completed_at


def status_of_course(sessions: Iterable[str]) -> CourseStatus:
    """Return what the states of all its sessions make of a course: it ends when all of them have.

    A course of which no session took place was cancelled.
    """
    states = {SessionStatus(status) for status in sessions}
    if states <= FINAL:
        return CourseStatus.COMPLETED if SessionStatus.COMPLETED in states else CourseStatus.CANCELLED
    return CourseStatus.PLANNED if states == {SessionStatus.PROPOSED} else CourseStatus.ACTIVE
