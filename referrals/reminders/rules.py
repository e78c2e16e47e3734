"""When each reminder of a session is due, and until when it still makes sense.

Reminders are data (data/reminders.json). One is due at a wall time where the member lives, some hours after the
session's end, or in the window for integration. Its moment never reaches into the night, unless the rule says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

# What a member can tick before a dosing: docs/facts.md, preparation to remind about (S3, S4).
PREPARATION = ("avoid", "fasting", "ride", "day_free")
MOST_LETTERS = 2_000  # of the intentions


class WallTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`at` o'clock where the member lives, `days` after the session's day (negative: before)."""

    days: int
    at: time


class Quiet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"begins": "from", "ends": "until"}):
    """The hours of the night, where the member lives, in which nothing that can wait is sent."""

    begins: time
    ends: time
    source: str

    def covers(self, at: time) -> bool:
        """Whether a wall time lies in the night, which passes midnight."""
        return at >= self.begins or at < self.ends


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From `from_hours` to `to_hours` after the end of a dosing session: when integration does most."""

    from_hours: float
    to_hours: float
    source: str


class Reminder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule: for sessions of `kinds` while in one of `statuses`, the message of `template` by `channel`.

    Exactly one of `wall_time`, `hours_after_end` and `window` says when. More than `late_hours` after its moment it is
    dropped; with `until_start` also once the session begins. `keeps_quiet`: at night it waits for the morning.
    `is_capped`: it counts, and gives way, where a member got enough that day. `is_once_a_day`: whatever the number of
    sessions. `source` says why it is sent.
    """

    rule: str
    channel: Literal["email"]
    kinds: tuple[str, ...]
    statuses: tuple[str, ...]
    template: str
    late_hours: int
    source: str
    wall_time: WallTime | None = None
    hours_after_end: int | None = None
    window: Literal["opens", "middle"] | None = None
    until_start: bool = False
    keeps_quiet: bool = True
    is_capped: bool = True
    is_once_a_day: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError unless exactly one moment is given."""
        if [self.wall_time, self.hours_after_end, self.window].count(None) != 2:
            raise ValueError(f"Reminder {self.rule} needs one of wall_time, hours_after_end and window.")


class Reminders(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: the night, how many capped reminders a member gets a day, the default window, and the rules."""

    quiet: Quiet
    most_a_day: int
    window: Window
    reminders: tuple[Reminder, ...]


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """What moments are computed from; `zone` is where the member lives."""

    kind: str
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    window: Window


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A reminder of one appointment: due at `due_at`, worth nothing after `drop_after` (both UTC)."""

    reminder: Reminder
    due_at: datetime
    drop_after: datetime


def moments(rules: Reminders, appointment: Appointment) -> list[Moment]:
    """Return the reminders of a session that are possible, in the order in which they fall due."""
    mine = [reminder for reminder in rules.reminders if appointment.kind in reminder.kinds]
    found = [_moment(reminder, appointment, rules.quiet) for reminder in mine]
    return sorted((moment for moment in found if moment.due_at <= moment.drop_after), key=lambda one: one.due_at)


def next_moment(found: Sequence[Moment], *, after: str | None, status: str, now: datetime) -> Moment | None:
    """Return the first moment behind that of the rule `after` (None: from the beginning) that is not too late yet.

    Rules that say nothing about a session in `status` are passed over.
    """
    rules = [moment.reminder.rule for moment in found]
    first = rules.index(after) + 1 if after in rules else 0
    for moment in found[first:]:
        if status in moment.reminder.statuses and now <= moment.drop_after:
            return moment
    return None


def _moment(reminder: Reminder, appointment: Appointment, quiet: Quiet) -> Moment:
    due_at, ends = _meant(reminder, appointment), []
    if reminder.keeps_quiet:
        due_at = _after_night(due_at, quiet, appointment.zone)
        ends.append(_next_night(due_at, quiet, appointment.zone))
    if reminder.until_start:
        ends.append(appointment.starts_at)
    if reminder.window:
        ends.append(appointment.ends_at + timedelta(hours=appointment.window.to_hours))
    drop_after = min(due_at + timedelta(hours=reminder.late_hours), *ends, datetime.max.replace(tzinfo=UTC))
    return Moment(reminder=reminder, due_at=due_at, drop_after=drop_after)


def _meant(reminder: Reminder, appointment: Appointment) -> datetime:
    if reminder.wall_time is not None:
        return at_wall_time(appointment.starts_at, wall_time=reminder.wall_time, zone=appointment.zone)
    if reminder.hours_after_end is not None:
        return appointment.ends_at + timedelta(hours=reminder.hours_after_end)
    window = appointment.window
    hours = window.from_hours if reminder.window == "opens" else (window.from_hours + window.to_hours) / 2
    return appointment.ends_at + timedelta(hours=hours)


def _after_night(due_at: datetime, quiet: Quiet, zone: ZoneInfo) -> datetime:
    """The same instant, or the end of the night in which it lies."""
    local = due_at.astimezone(zone)
    if not quiet.covers(local.time()):
        return due_at
    days = 1 if local.time() >= quiet.begins else 0
    return max(due_at, at_wall_time(due_at, wall_time=WallTime(days=days, at=quiet.ends), zone=zone))


def _next_night(due_at: datetime, quiet: Quiet, zone: ZoneInfo) -> datetime:
    """The last instant before the night falls; instants are whole microseconds."""
    begins = at_wall_time(due_at, wall_time=WallTime(days=0, at=quiet.begins), zone=zone)
    return begins - timedelta(microseconds=1)


def at_wall_time(starts_at: datetime, *, wall_time: WallTime, zone: ZoneInfo) -> datetime:
    """Return the instant (UTC) at which clocks in `zone` show `wall_time` relative to the local day of `starts_at`.

    A time that the clocks show twice is the first of the two; one that they skip is as much later as they skip
    (PEP 495, fold=0).
    """
    day = starts_at.astimezone(zone).date() + timedelta(days=wall_time.days)
    return datetime.combine(day, wall_time.at, zone).astimezone(UTC)
