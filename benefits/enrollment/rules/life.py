"""The life of a member: what they are on a day, and what may happen to them next.

    active --leave--> on_leave --return--> active
    active, on_leave --terminate--> ended --reinstate, rehire--> active
    any --death--> deceased --undo_death--> ended

A correction of a date is the same step again. A day is the calendar day where the member lives.
"""

from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from workers.kernel.words import Sentence
from workers.kernel.words import gettext_noop as _

# What must be recorded for a step to be possible (Member.employment_status).
POSSIBLE = {
    "leave": ("active", "on_leave"),
    "return": ("on_leave",),
    "terminate": ("active", "on_leave", "ended"),
    "reinstate": ("ended",),
    "rehire": ("ended",),
    "death": ("active", "on_leave", "ended", "deceased"),
    "undo_death": ("deceased",),
}
# What the day of a step is called where it is asked for.
DAY_OF = {
    "leave": "starts_on",
    "terminate": "end_date",
    "reinstate": "cover_from",
    "rehire": "hire_date",
    "death": "date_of_death",
}
LAST_YEAR = 2100  # later ones are slips of the keyboard, and a waiting period could lead past the last date there is
TOO_LATE = Sentence("Give a day up to the year %(year)s.")


class Dated(Protocol):
    """What of a member decides their status on a day."""

    @property
    def hire_date(self) -> date: ...
    @property
    def end_date(self) -> date | None: ...
    @property
    def leave_starts_on(self) -> date | None: ...
    @property
    def date_of_death(self) -> date | None: ...


def local_day(now: datetime, timezone: str) -> date:
    """Return the calendar day where somebody lives."""
    return now.astimezone(ZoneInfo(timezone)).date()


def status_on(member: Dated, *, on: date) -> str:
    """Return "pending" (hired for later), "active", "on_leave", "terminated" or "deceased".

    The last day of employment is a day of employment; the day of a death is not a day of life.
    """
    if member.date_of_death is not None and member.date_of_death <= on:
        return "deceased"
    if member.end_date is not None and member.end_date < on:
        return "terminated"
    if member.hire_date > on:
        return "pending"
    if member.leave_starts_on is not None and member.leave_starts_on <= on:
        return "on_leave"
    return "active"


def wrong_day(step: str, day: date, *, member: Dated, born: date, today: date) -> str:
    """Return what is wrong with the day of a step, or an empty string."""
    if day.year > LAST_YEAR:
        return TOO_LATE(year=LAST_YEAR)
    if step in ("leave", "terminate") and day < member.hire_date:
        return _("Give a day on or after the hire date.")
    if step in ("reinstate", "rehire") and member.end_date is not None and day <= member.end_date:
        return _("Give a day after the last day of employment.")
    if step == "death" and day > today:
        return _("Give the day of the death, which is not in the future.")
    if step == "death" and day < born:
        return _("Give a day on or after the date of birth.")
    return ""
