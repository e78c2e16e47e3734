"""The least that sends what waits in the database and keeps what came of it: python -m … BATCH

It claims, signs, posts and records, with the tables and the HTTP client of deliveries. What makes it dependable is left
out: shares and limits of endpoints, their health, timeouts, what becomes of a failure, leases that end, encryption,
metrics, log. One thread claims and records while the other posts.

Prints `ready`, and begins when its standard input ends.
"""

import base64
import hmac
import os
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
import pycurl

from tests.benchmarks.programs.bare_posts import BODY, finished, new_handle
from workers.kernel.actor import Role

KEY = b"thirty-two bytes, known to both."
MOMENT = "1767225600"
CLAIM = """
WITH claimed AS (
    UPDATE workers_open_delivery SET attempts = attempts + 1, lease_until = now() + interval '1 minute'
    WHERE delivery_id = ANY (ARRAY(
        SELECT delivery_id FROM workers_open_delivery
        WHERE status = 0 AND lease_until IS NULL ORDER BY delivery_id LIMIT %s FOR UPDATE SKIP LOCKED))
    RETURNING delivery_id, endpoint_id, message_id
)
SELECT c.delivery_id, c.message_id::text, e.url FROM claimed AS c JOIN workers_endpoint AS e ON e.id = c.endpoint_id
"""
RECORD = """
WITH taken AS (DELETE FROM workers_open_delivery WHERE delivery_id = ANY (%s) RETURNING delivery_id, owner_id)
INSERT INTO workers_delivery_attempt (id, delivery_id, owner_id, number, at, status_code, error_class, duration_ms)
SELECT uuidv7(), delivery_id, owner_id, 1, now(), 200, '', 1 FROM taken
"""

Row = tuple[UUID, str, str]  # its key, its message's, and where it goes


class Database:
    """What waits, claimed and recorded in a thread of its own, `batch` at a time."""

    def __init__(self, connection: "psycopg.Connection[Any]", thread: ThreadPoolExecutor, batch: int) -> None:
        self.connection, self.thread, self.batch = connection, thread, batch

    def exchange(self, sent: list[UUID]) -> Future[list[Row]]:
        """Record what was sent and claim what is next."""
        return self.thread.submit(self._exchange, sent)

    def _exchange(self, sent: list[UUID]) -> list[Row]:
        with self.connection.pipeline(), self.connection.transaction():
            if sent:
                self.connection.execute(RECORD, [sent])
            claimed = self.connection.execute(CLAIM, [self.batch])
        return claimed.fetchall()


class Posts:
    """What is under way."""

    def __init__(self, most: int) -> None:
        self.multi = pycurl.CurlMulti()
        self.multi.setopt(pycurl.M_MAXCONNECTS, most)
        self.idle: list[pycurl.Curl] = []
        self.busy: dict[pycurl.Curl, UUID] = {}

    def begin(self, row: Row) -> None:
        """Sign a message and post it."""
        key, message, url = row
        handle = self.idle.pop() if self.idle else new_handle()
        signature = base64.b64encode(hmac.digest(KEY, f"{message}.{MOMENT}.".encode() + BODY, "sha256")).decode()
        signed = [f"webhook-id: {message}", f"webhook-timestamp: {MOMENT}", f"webhook-signature: v1,{signature}"]
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.HTTPHEADER, ["Content-Type: application/json", "Expect:", *signed])
        handle.setopt(pycurl.POSTFIELDS, BODY)
        self.busy[handle] = key
        self.multi.add_handle(handle)

    def go_on(self) -> list[UUID]:
        """Return what has been answered; wait a millisecond for something if nothing has."""
        self.multi.perform()
        done = finished(self.multi)
        for handle in done:
            self.multi.remove_handle(handle)
        self.idle += done
        if not done:
            self.multi.select(0.001)
        return [self.busy.pop(handle) for handle in done]


def send(database: Database) -> None:
    """Send all there is."""
    posts, sent = Posts(2 * database.batch), list[UUID]()
    claim = database.exchange(sent)
    while True:
        if (claim.done() or not posts.busy) and len(posts.busy) <= database.batch:  # with nothing to do it waits
            rows = claim.result()
            if not (rows or posts.busy or sent):
                return
            claim, sent = database.exchange(sent), []
            for row in rows:
                posts.begin(row)
        sent += posts.go_on()


def main(batch: int) -> None:
    """Connect, wait for the word, and send."""
    options = f"-c role={Role.WORKER}"
    url = os.environ["DATABASE_URL"]
    with (
        psycopg.connect(url, autocommit=True, prepare_threshold=0, options=options) as connection,
        ThreadPoolExecutor(1) as thread,
    ):
        connection.execute("SELECT 1")
        print("ready", flush=True)
        sys.stdin.read()
        send(Database(connection, thread, batch))


if __name__ == "__main__":
    main(int(sys.argv[1]))
