"""What a drain costs goes by what it sends, not by all that waits: its plans do not trust what they think is short."""

from typing import Any

import msgspec
from django.db import connection, connections

from tests.explaining import pages_read
from tests.workers.deliveries.test_claiming import make
from workers.deliveries import claiming, recording
from workers.deliveries.claiming import Result, claim
from workers.deliveries.models import Attempt, Delivery, OpenDelivery
from workers.deliveries.recording import record
from workers.deliveries.rules import Answer
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as

LIMIT = 20
PAGES_OF_INDEXES = 100  # their trees grow by a level
_COPIES = """
INSERT INTO workers_delivery
    (id, endpoint_id, owner_id, event_id, message_id, type, body, created_at, replay_no, trace)
SELECT uuidv7(), endpoint_id, owner_id, gen_random_uuid(), gen_random_uuid(), type, body, created_at, 0, trace
FROM workers_delivery, generate_series(1, %(count)s) WHERE id = %(like)s
"""
OK = Answer(status_code=200, ip="192.0.2.1", duration_ms=7)


def test_neither_claims_nor_records_read_all_that_waits(committed_db):
    """The statistics are from when nothing waited, as they are when a burst begins."""
    endpoint = make(1, max_inflight=10 * LIMIT)
    like = sent(endpoint)
    wait_in_line(like, 1000)
    with acting_as(WORKER):
        OpenDelivery.objects.all().delete()
    with connections["owner"].cursor() as owner:
        owner.execute("VACUUM ANALYZE workers_delivery, workers_open_delivery")
    wait_in_line(like, 3 * LIMIT)
    few = pages_of_a_turn()
    wait_in_line(like, 20_000)
    many = pages_of_a_turn()
    assert many["claim"] < 2 * few["claim"] + PAGES_OF_INDEXES, (few, many)
    assert many["record"] < 2 * few["record"] + PAGES_OF_INDEXES, (few, many)


def test_a_delivery_that_is_deleted_takes_its_tries(db):
    endpoint = make(2)
    with acting_as(WORKER):
        record([Result(one, clock.now(), OK) for one in claim(now=clock.now(), limit=LIMIT)])
        gone, stays = Delivery.objects.filter(endpoint=endpoint).order_by("id")
        Delivery.objects.filter(pk=gone.pk)._raw_delete("default")
        assert list(Attempt.objects.values_list("delivery_id", flat=True)) == [stays.pk]


def pages_of_a_turn() -> dict[str, int]:
    """How many pages a claim reads while some are under way, and the record of what was under way."""
    with acting_as(WORKER):
        claimed = claim(now=clock.now(), limit=LIMIT)
        parameters = claiming._parameters(clock.now()) | {"limit": LIMIT, "until": clock.machine_now()}
        claims = pages_read(claiming._CLAIM, parameters)
        rows = [recording._row(Result(one, clock.now(), OK), False, clock.now()) for one in claimed]
        results = msgspec.json.encode(rows).decode()
        return {
            "claim": claims,
            "record": pages_read(recording._RECORD, {"results": results, **recording._STATUSES}),
        }


def sent(endpoint: Any) -> Delivery:
    """Its only delivery, done."""
    with acting_as(WORKER):
        record([Result(one, clock.now(), OK) for one in claim(now=clock.now(), limit=LIMIT)])
        return Delivery.objects.get(endpoint=endpoint)


def wait_in_line(like: Delivery, count: int) -> None:
    """Let so many more be due, which nobody can open, for their bodies are sealed for another."""
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute(_COPIES, {"like": like.pk, "count": count})
