"""Saying why the roster changes, for its history."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from benefits.enrollment.models import Door

_SAY = (
    "SELECT set_config('app.door', %s, true), set_config('app.reason', %s, true), "
    "set_config('app.changed_at', %s, true), set_config('app.change_set', %s, true)"
)


@contextmanager
def recorded(*, door: Door | str, now: datetime, reason: str = "", change_set_id: UUID | None = None) -> Iterator[None]:
    """Run the block in a transaction (or savepoint) whose changes of members and cover are recorded with this.

    Who changes them is the actor's user. Changing a member outside of such a block fails: triggers write the history,
    and they refuse a change that came through no door. Blocks do not nest.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SAY, [str(door), reason, now.isoformat(), "" if change_set_id is None else str(change_set_id)])
        yield
        if not connection.needs_rollback:  # the rollback to the savepoint restores them, too
            connection.cursor().execute(_SAY, ["", "", "", ""])
