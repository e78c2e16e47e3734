"""A bare loop that claims and deletes the rows of the job table: python -m … BATCH

Prints `ready`, begins when its standard input ends, and prints how many rows it took.
"""

import os
import sys

import psycopg

from workers.kernel.actor import Role

CLAIM = """
UPDATE workers_job SET attempts = attempts + 1, lease_until = now() + interval '1 minute'
WHERE id IN (
    SELECT id FROM workers_job
    WHERE lane = 'domain' AND status = 0 AND due_at <= now() AND (lease_until IS NULL OR lease_until <= now())
    ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED
)
RETURNING id
"""
DELETE = "DELETE FROM workers_job WHERE id = ANY(%s)"


def main(batch: int) -> None:
    """Take all there is."""
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True, prepare_threshold=0, options=f"-c role={Role.WORKER}") as connection:
        connection.execute("SELECT 1")
        print("ready", flush=True)
        sys.stdin.read()
        taken = 0
        while ids := [row[0] for row in connection.execute(CLAIM, [batch])]:
            taken += connection.execute(DELETE, [ids]).rowcount
        print(taken, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
