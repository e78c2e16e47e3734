"""Deleting what is over, so that tables stay small over years. The rules are data: settings.RETENTION.

A batch deletes at most BATCH rows, the oldest first, each found by an index, in a transaction of its own; rows that
somebody holds are skipped, so nobody waits for it, and a run stops after RUN_SECONDS. Any number may run side by side.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from workers.kernel import clock
from workers.kernel.actor import Actor, Role, acting_as
from workers.kernel.metrics import count_retired

BATCH = 2000
RUN_SECONDS = 2.0  # of a worker's time at each run; the next run goes on

# `floor` is where the batch before ended: what has to stay, because it is open, is stepped over once in a run. Rows are
# deleted by their place, which their locks hold still, so that no plan reads the whole table for them.
_DELETE = """
WITH gone AS MATERIALIZED (
    SELECT ctid AS place, {ends} AS age FROM {table} AS row
    WHERE {ends} < %(ceiling)s AND (%(floor)s::{type} IS NULL OR {ends} >= %(floor)s) AND {only}
    ORDER BY {ends} LIMIT %(limit)s FOR UPDATE SKIP LOCKED),
deleted AS (DELETE FROM {table} WHERE ctid = ANY (ARRAY(SELECT place FROM gone)) RETURNING 1)
SELECT count(*), (SELECT age FROM gone ORDER BY age DESC LIMIT 1) FROM deleted
"""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Rows of `table` for which `only` holds (SQL about `row`) go `days` after `ends`.

    `ends` is an indexed column: a time, or a UUIDv7 `id`, which holds the time the row was made at.
    """

    table: str
    days: int
    only: str = "true"
    ends: str = "id"
    actor: str = Role.WORKER.value

    def statement(self) -> str:
        """The SQL of one batch; its parameters are ceiling, floor and limit."""
        kind = "uuid" if self.ends == "id" else "timestamptz"
        return _DELETE.format(table=self.table, ends=self.ends, only=self.only, type=kind)

    def ceiling(self, now: datetime) -> UUID | datetime:
        """Where what is kept begins."""
        moment = now - timedelta(days=self.days)
        return first_id_of(moment) if self.ends == "id" else moment


def rules() -> list[Rule]:
    """Return the settings' rules. Raises TypeError for a field that a rule has not."""
    return [Rule(**rule) for rule in settings.RETENTION]


def retire(*, seconds: float = RUN_SECONDS) -> dict[str, int]:
    """Delete what is over for about `seconds`, and return how many rows of each table went."""
    end = monotonic() + seconds
    return {rule.table: _retire(rule, end) for rule in rules()}


def _retire(rule: Rule, end: float) -> int:
    count, floor = 0, None
    while True:
        gone, floor = delete_batch(rule, floor=floor)
        count += gone
        if gone < BATCH or monotonic() > end:
            return count


def delete_batch(rule: Rule, *, floor: Any = None, limit: int = BATCH) -> tuple[int, Any]:
    """Delete one batch of a rule from `floor` on, and return how many rows went and where the next batch begins."""
    moment = {"ceiling": rule.ceiling(clock.machine_now()), "floor": floor, "limit": limit}
    with acting_as(Actor(role=Role(rule.actor))), connection.cursor() as cursor:
        cursor.execute(rule.statement(), moment)
        gone, reached = cursor.fetchone()
    count_retired(rule.table, gone)
    return gone, reached


def first_id_of(moment: datetime) -> UUID:
    """Return the lowest UUIDv7 of a moment: its first 48 bits are milliseconds since 1970 (RFC 9562)."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
