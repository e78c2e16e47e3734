"""When a clinic takes new offers: it is active, and every credential that has to be in force is.

    credential on file --60, 30, 7, 1 days before--> reminder --day after its last--> lapsed: no new offers

A newer credential of the same kind takes the older one's place: nobody is reminded of the older one any more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

REMINDER_HOUR = time(9)  # where the clinic is: somebody is at the desk


class CredentialKind(StrEnum):
    """What is verified about a clinic."""

    STATE_LICENCE = "state_licence"
    DEA = "dea"
    MALPRACTICE = "malpractice"
    OTHER = "other"


class ClinicStatus(StrEnum):
    """What the operator says of a clinic: active <--> suspended, and from either to archived, which is final."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ARCHIVED = "archived"


class Suspension(StrEnum):
    """Why no new offers go to a clinic, as the event names it."""

    OPERATOR = "operator"
    CREDENTIALS = "credentials"
    ARCHIVED = "archived"


@dataclass(frozen=True, kw_only=True)
class CredentialPolicy:
    """Which kinds have to be on file, which suspend when they lapse, and how many days before a reminder is sent."""

    required: tuple[str, ...]
    suspending: tuple[str, ...]
    reminder_days: tuple[int, ...]


Expiry = tuple[str, date]


def valid_until(credentials: Iterable[Expiry], policy: CredentialPolicy) -> date | None:
    """Return the last day on which all that has to be in force is; None when a required kind is missing.

    `credentials` are (kind, last day) of what is on file; of several of a kind the longest counts.
    """
    latest = latest_of_kind(credentials)
    if any(kind not in latest for kind in policy.required):
        return None
    return min((last for kind, last in latest.items() if kind in policy.suspending), default=None)


def latest_of_kind(credentials: Iterable[Expiry]) -> Mapping[str, date]:
    """Return the last day of each kind on file."""
    latest: dict[str, date] = {}
    for kind, last in credentials:
        latest[kind] = max(last, latest.get(kind, last))
    return latest


def suspension(status: str, valid_until: date | None, today: date) -> Suspension | None:
    """Return why a clinic takes no new offers on `today`, its own local date; None when it takes them."""
    if status == ClinicStatus.ARCHIVED:
        return Suspension.ARCHIVED
    if status != ClinicStatus.ACTIVE:
        return Suspension.OPERATOR
    if valid_until is None or valid_until < today:
        return Suspension.CREDENTIALS
    return None


def next_reminder(
    last_day: date, days: Sequence[int], *, zone: ZoneInfo, after: datetime
) -> tuple[int, datetime] | None:
    """Return (days left, when) of the first reminder later than `after`; None when none is left."""
    due = ((left, _on(last_day - timedelta(days=left), REMINDER_HOUR, zone)) for left in sorted(days, reverse=True))
    return next(((left, at) for left, at in due if at > after), None)


def lapses_at(last_day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a credential's last day is over, where the clinic is."""
    return _on(last_day + timedelta(days=1), time(0), zone)


def _on(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone)
