"""Measures of care: attendance, and integration within its window; per clinic and over the network.

    attendance = completed / (completed + missed)         of the sessions that ended in the period
    in_window  = kept / (kept + not kept)                 of the completed dosings whose window closed in the period

What was called off counts for neither: nobody failed to come. A dosing keeps its window when the session that follows
it, or one in its stead, took place and began within it (docs/facts.md: the sources' windows); the window is that of the
course's protocol.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

_COUNTS = """
SELECT session.clinic_id,
    count(*) FILTER (WHERE due.ended AND session.status = 'completed'),
    count(*) FILTER (WHERE due.ended AND session.status = 'no_show'),
    count(*) FILTER (WHERE due.ended AND session.status = 'cancelled'),
    count(*) FILTER (WHERE due.closed AND dosing.status = 'completed' AND session.status = 'completed'
        AND session.starts_at BETWEEN session.window_opens_at AND session.window_closes_at),
    count(*) FILTER (WHERE due.closed AND dosing.status = 'completed')
FROM referrals_session AS session
LEFT JOIN referrals_session AS dosing ON dosing.id = session.follows_id
CROSS JOIN LATERAL (SELECT session.ends_at >= %(since)s AND session.ends_at < %(until)s AS ended,
    session.window_closes_at >= %(since)s AND session.window_closes_at < %(until)s
        AND NOT EXISTS (SELECT FROM referrals_session AS other WHERE other.makes_up_id = session.id
            AND other.follows_id = session.follows_id) AS closed) AS due
WHERE due.ended OR due.closed
GROUP BY session.clinic_id ORDER BY session.clinic_id
"""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Counts of a period; a share is None where there was nothing to share."""

    completed: int = 0
    missed: int = 0
    cancelled: int = 0
    windows_kept: int = 0
    windows: int = 0
    clinic_id: UUID | None = None

    @property
    def attendance(self) -> float | None:
        """Of the sessions that were to take place, the share that did."""
        return _share(self.completed, self.completed + self.missed)

    @property
    def in_window(self) -> float | None:
        """Of the dosings, the share that was integrated within the window."""
        return _share(self.windows_kept, self.windows)


def measure(*, since: datetime, until: datetime) -> list[Measured]:
    """Return each clinic's measures that the actor may see, of what ended from `since` to before `until`."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"since": since, "until": until})
        return [_measured(row) for row in cursor.fetchall()]


def total(measured: Iterable[Measured]) -> Measured:
    """Return the measures of several clinics together."""
    listed = list(measured)
    names = ("completed", "missed", "cancelled", "windows_kept", "windows")
    return Measured(**{name: sum(getattr(one, name) for one in listed) for name in names})


def _measured(row: tuple[UUID, int, int, int, int, int]) -> Measured:
    clinic_id, completed, missed, cancelled, kept, windows = row
    return Measured(
        clinic_id=clinic_id,
        completed=completed,
        missed=missed,
        cancelled=cancelled,
        windows_kept=kept,
        windows=windows,
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
