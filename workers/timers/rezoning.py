"""Keeping to wall time: when a government moves its clocks, what was set for six in the evening stays at six."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from workers.kernel.actor import WORKER, acting_as
from workers.timers.models import Timer


def follow_clocks() -> int:
    """Correct the timers whose zone has other rules since they were set (a newer tzdata); returns how many."""
    with acting_as(WORKER):
        meant = Timer.objects.exclude(zone="").values_list("zone", "wall_time", "due_at").distinct()
        return sum(_correct(zone, wall_time, due_at) for zone, wall_time, due_at in meant.iterator())


def _correct(zone: str, wall_time: str, due_at: datetime) -> int:
    correct = datetime.fromisoformat(wall_time).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if correct == due_at or _shows(due_at, zone) == wall_time:  # the second of two hours with one name is meant, too
        return 0
    return Timer.objects.filter(zone=zone, wall_time=wall_time, due_at=due_at).update(due_at=correct)


def _shows(due_at: datetime, zone: str) -> str:
    return due_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat()
