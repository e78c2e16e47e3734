"""What Prometheus reads from the database at each scrape: what waits, since when, and how the tables fare."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from workers import status
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.operations.heartbeats import pulses

_STATES = ("due", "leased", "later", "parked", "dead")

# Asked as the app's login and not as an actor: PostgreSQL tells a login of its own sessions only, which are the
# application's. What an administrator's session or a replica holds back is for the server's own exporter to say.
_OLDEST = """
SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0),
       coalesce(extract(epoch FROM max(clock_timestamp() - xact_start) FILTER (WHERE backend_xmin IS NOT NULL)), 0)
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_TABLES = """
SELECT relname, n_live_tup, n_dead_tup, pg_total_relation_size(relid) FROM pg_stat_user_tables
WHERE schemaname = 'public' AND relname LIKE 'workers%%'
"""


class Gauges(Collector):
    """Reads when it is asked; must not be asked inside a transaction, whose actor would see nothing of the sessions."""

    def collect(self) -> Iterable[Any]:
        """Every gauge. Raises DatabaseError when the database is away: the scrape fails, and that is an alarm."""
        now = clock.now()
        with acting_as(WORKER):
            lanes, (timers_due, _), lives = status.waiting_by_lane(now=now), status.timers(now=now), pulses()
        yield from _rows(lanes, now)
        yield GaugeMetricFamily("engine_timers_due", "Timers that should have fired.", value=timers_due)
        silence = GaugeMetricFamily("engine_heartbeat_age_seconds", "Since a lane was served.", labels=["lane"])
        for pulse in lives:
            if pulse.at is not None:
                silence.add_metric([pulse.lane], (clock.machine_now() - pulse.at).total_seconds())
        yield silence
        yield from _database()


def _rows(lanes: dict[tuple[str, str], status.Waiting], now: datetime) -> Iterable[Any]:
    rows = GaugeMetricFamily("engine_rows", "Rows that are not done.", labels=["queue", "lane", "state"])
    age = GaugeMetricFamily("engine_oldest_due_seconds", "Since the oldest due row waits.", labels=["queue", "lane"])
    for (queue, lane), waiting in lanes.items():
        for state in _STATES:
            rows.add_metric([queue, lane, state], getattr(waiting, state))
        oldest = waiting.oldest_due_at
        age.add_metric([queue, lane], (now - oldest).total_seconds() if oldest else 0)
    return rows, age


def _database() -> Iterable[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_OLDEST)
        oldest, snapshot = cursor.fetchone()
        cursor.execute(_TABLES)
        tables = cursor.fetchall()
    yield GaugeMetricFamily("engine_oldest_transaction_seconds", "Age of our oldest transaction.", value=oldest)
    yield GaugeMetricFamily("engine_oldest_snapshot_seconds", "Age of our oldest one with a snapshot.", value=snapshot)
    kinds = {
        "engine_table_rows": "Live rows, estimated.",
        "engine_table_dead_rows": "Dead rows that vacuum has not removed, estimated.",
        "engine_table_bytes": "Size with indexes.",
    }
    for place, (name, meaning) in enumerate(kinds.items(), 1):
        family = GaugeMetricFamily(name, meaning, labels=["table"])
        for row in tables:
            family.add_metric([row[0]], row[place])
        yield family
