"""An event whose bell is lost for certain: where nothing else rings any more, only the sweep can find its jobs.

Faults lose bells by chance, and what still rings for a backlog makes up for them: on a busy machine a run without the
sweep may end well. The jobs are those that publishing writes.
"""

from tests.chaos.lab import Lab
from tests.chaos.stage import Stage

ANNOUNCE = """
WITH subject AS (INSERT INTO chaos_subject (id, version) VALUES (uuidv7(), 1) RETURNING id),
event AS (
    INSERT INTO workers_event
        (id, type, aggregate_type, aggregate_id, aggregate_version, occurred_at, data, trace)
    SELECT uuidv7(), 'chaos.poked.v1', 'chaos.subject', id, 1, clock_timestamp(), '{"tag": "unheard"}', ''
    FROM subject RETURNING id, aggregate_id)
INSERT INTO workers_job (lane, event_id, consumer, ordering_key, seq, status, due_at, attempts, last_error)
SELECT 'domain', id, consumer, aggregate_id, 1, 0, clock_timestamp(), 0, ''
FROM event, unnest(ARRAY['tests.write_row', 'tests.write_batch']) AS consumer
"""


def announce_unheard(lab: Lab, stage: Stage) -> None:
    """Announce one event as the database has it, and ring nobody."""
    with lab.superuser(stage.database) as database:
        database.execute(ANNOUNCE)
