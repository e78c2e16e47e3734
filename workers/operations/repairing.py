"""What a person does about stuck rows: replay, park, drop. Each is written down in the transaction in which it is done.

One call takes at most MOST rows, so that it stays within one short transaction; who wants more calls again.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from workers.deliveries import replaying
from workers.kernel.bells import ring
from workers.kernel.errors import Invalid
from workers.kernel.leases import Status, is_leased
from workers.operations.models import Intervention
from workers.operations.stuck import Chosen, rows_of
from workers.outbox import repair

MOST = 10_000  # rows
MOST_IDS = 500  # that one call may name
WHY_LENGTH = 200  # characters


def replay(queue: str, chosen: Chosen, *, now: datetime, user_id: UUID | None = None, why: str = "") -> int:
    """Make dead rows ready again, as if never tried, and what is parked behind them; return how many were dead.

    Raises Invalid.
    """

    def act(rows: QuerySet[Any]) -> int:
        return repair.replay(rows, now=now) if queue == "jobs" else _revive(queue, rows, now)

    return _intervene("replay", queue, chosen, act, Status.DEAD, now=now, user_id=user_id, why=why)


def park(queue: str, chosen: Chosen, *, now: datetime, user_id: UUID | None = None, why: str) -> int:
    """Make ready rows that nobody holds dead by hand, with `why` as their error; return how many. Raises Invalid."""

    def act(rows: QuerySet[Any]) -> int:
        if queue == "jobs":
            return repair.park(rows, reason=why)
        return rows.exclude(is_leased()).update(status=Status.DEAD, last_error=why)

    return _intervene("park", queue, chosen, act, Status.READY, now=now, user_id=user_id, why=_needed(why))


def drop(queue: str, chosen: Chosen, *, now: datetime, user_id: UUID | None = None, why: str) -> int:
    """Delete dead rows: what they were for does not happen. What is parked behind them goes on. Raises Invalid."""

    def act(rows: QuerySet[Any]) -> int:
        if queue == "jobs":
            return repair.drop(rows)
        if queue == "deliveries":
            return replaying.drop(rows)
        return rows._raw_delete(rows.db)

    return _intervene("drop", queue, chosen, act, Status.DEAD, now=now, user_id=user_id, why=_needed(why))


def _intervene(
    action: str,
    queue: str,
    chosen: Chosen,
    act: Callable[[QuerySet[Any]], int],
    status: Status,
    *,
    now: datetime,
    user_id: UUID | None,
    why: str,
) -> int:
    """Act on the chosen rows of a status, locked, and write down who did what to which."""
    if len(chosen.ids) > MOST_IDS or len(why) > WHY_LENGTH or "\x00" in why:
        raise Invalid(f"At most {MOST_IDS} ids, and {WHY_LENGTH} characters of why.")
    with transaction.atomic():
        found = rows_of(queue, chosen, status).select_for_update(skip_locked=True, of=("self",))
        keys = list(found.values_list("pk", flat=True)[:MOST])
        count = act(found.model._default_manager.filter(pk__in=keys, status=status)) if keys else 0
        if count:
            Intervention.objects.create(
                at=now, user_id=user_id, action=action, queue=queue, rows=count, chosen=_told(chosen), why=why
            )
    return count


def _revive(queue: str, rows: QuerySet[Any], now: datetime) -> int:
    if queue == "deliveries":
        return replaying.revive(rows, now=now)
    ring("mail")
    return rows.update(status=Status.READY, attempts=0, due_at=now, lease_until=None)


def _told(chosen: Chosen) -> dict[str, Any]:
    return {name: list(value) if name == "ids" else value for name, value in asdict(chosen).items() if value}


def _needed(why: str) -> str:
    if not why.strip():
        raise Invalid("Say why: it is written down with what was done.")
    return why.strip()
