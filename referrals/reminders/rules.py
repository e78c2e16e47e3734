"""When each reminder of a session is due, and until when it still makes sense.

Reminders are data (data/reminders.json). One is due either at a wall time where the member lives, some days before or
after the day of the session, or some hours after the session's end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec


class WallTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`at` o'clock where the member lives, `days` after the session's day (negative: before)."""

    days: int
    at: time


class Reminder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule: for sessions of `kinds` while in one of `statuses`, the e-mail of `template`.

    Exactly one of `wall_time` and `hours_after_end` says when. More than `late_hours` after its moment it is dropped.
    `source` says why it is sent.
    """

    rule: str
    kinds: tuple[str, ...]
    statuses: tuple[str, ...]
    template: str
    late_hours: int
    source: str
    wall_time: WallTime | None = None
    hours_after_end: int | None = None

    def __post_init__(self) -> None:
        """Raise ValueError unless exactly one moment is given."""
        if (self.wall_time is None) == (self.hours_after_end is None):
            raise ValueError(f"Reminder {self.rule} needs either wall_time or hours_after_end.")


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A reminder of one appointment: due at `due_at`, worth nothing after `drop_after` (both UTC)."""

    reminder: Reminder
    due_at: datetime
    drop_after: datetime


def moments(
    reminders: Sequence[Reminder], *, kind: str, starts_at: datetime, ends_at: datetime, zone: ZoneInfo
) -> list[Moment]:
    """Return the reminders of a session of `kind` with their moments, in the order in which they fall due."""
    mine = [reminder for reminder in reminders if kind in reminder.kinds]
    found = [_moment(reminder, starts_at=starts_at, ends_at=ends_at, zone=zone) for reminder in mine]
    return sorted(found, key=lambda moment: moment.due_at)


def next_moment(found: Sequence[Moment], *, after: str | None, now: datetime) -> Moment | None:
    """Return the first moment behind that of the rule `after` (None: from the beginning) that is not too late yet."""
    rules = [moment.reminder.rule for moment in found]
    first = rules.index(after) + 1 if after in rules else 0
    return next((moment for moment in found[first:] if now <= moment.drop_after), None)


def _moment(reminder: Reminder, *, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> Moment:
    if reminder.wall_time is not None:
        due_at = at_wall_time(starts_at, wall_time=reminder.wall_time, zone=zone)
    else:
        due_at = ends_at + timedelta(hours=reminder.hours_after_end or 0)
    return Moment(reminder=reminder, due_at=due_at, drop_after=due_at + timedelta(hours=reminder.late_hours))


def at_wall_time(starts_at: datetime, *, wall_time: WallTime, zone: ZoneInfo) -> datetime:
    """Return the instant (UTC) at which clocks in `zone` show `wall_time` relative to the local day of `starts_at`.

    A time that the clocks show twice is the first of the two; one that they skip is as much later as they skip
    (PEP 495, fold=0).
    """
    day = starts_at.astimezone(zone).date() + timedelta(days=wall_time.days)
    return datetime.combine(day, wall_time.at, zone).astimezone(UTC)
