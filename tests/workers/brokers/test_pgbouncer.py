"""The engine through PgBouncer in transaction mode: two connections shared by many, and nothing leaks or fails."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections

from config.local.pgbouncer import PgBouncer, find_pgbouncer
from config.local.ports import LOOPBACK
from config.local.processes import ProcessGroup
from tests.factories.courses import make_endpoint
from tests.racing import at_once
from workers.deliveries.models import Endpoint
from workers.events import Envelope, Event, reacts_to
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.outbox.draining import drain
from workers.outbox.models import EventRecord, Job
from workers.outbox.publishing import publish
from workers.receipts.idempotency import KeyInFlight, StoredAnswer, once

SIZE, CLIENTS, ROUNDS = 2, 8, 12


@dataclass(frozen=True, kw_only=True)
class Pooled(Event, name="tests.pooled.v1"):
    """For these tests."""

    endpoint_id: UUID


@reacts_to(Pooled)
def rename(event: Pooled, envelope: Envelope) -> None:
    """An effect that shows when it came twice."""
    endpoint = Endpoint.locked(pk=event.endpoint_id)
    Endpoint.objects.filter(pk=event.endpoint_id).update(disabled_reason=endpoint.disabled_reason + "x")


@pytest.fixture
def pooled(committed_db: str) -> Iterator[None]:
    """The app's login reaches PostgreSQL through PgBouncer until the test ends."""
    if find_pgbouncer() is None:
        pytest.skip("PgBouncer is not installed here (Debian: apt-get install pgbouncer)")
    folder = Path(tempfile.mkdtemp(prefix="pool-"))
    folder.chmod(0o755)
    direct = connections["default"].settings_dict
    former = direct["HOST"], direct["PORT"]
    with ProcessGroup(folder / "logs") as group:
        pool = PgBouncer(group, folder / "pgbouncer", size=SIZE)
        pool.start(host=direct["HOST"], port=int(direct["PORT"]), login=direct["USER"], password=direct["PASSWORD"])
        group.wait_ready()
        connection.close()
        direct["HOST"], direct["PORT"] = LOOPBACK, pool.port
        yield
        connection.close()
        direct["HOST"], direct["PORT"] = former
    shutil.rmtree(folder)


def ask(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


@pytest.mark.usefixtures("pooled")
def test_connections_are_shared_and_no_actor_leaks_into_the_next_transaction() -> None:
    endpoints = [make_endpoint(new_id()) for _ in range(CLIENTS)]

    def look(number: int) -> set[int]:
        backends = set()
        for _ in range(ROUNDS):
            who, clinic, backend = ask("SELECT current_user, current_setting('app.clinic', true), pg_backend_pid()")
            assert (who, clinic or "") == (connection.settings_dict["USER"], "")
            with acting_as(Actor(role=Role.CLINIC, clinic=endpoints[number].owner_id)):
                own = list(Endpoint.objects.values_list("pk", flat=True))
            assert own == [endpoints[number].pk]
            backends.add(backend)
        return backends

    seen = at_once(*[partial(look, number) for number in range(CLIENTS)])
    assert len(set[int]().union(*seen)) <= SIZE


@pytest.mark.usefixtures("pooled")
def test_events_are_published_claimed_and_heard_once(now: datetime) -> None:
    endpoints = [make_endpoint(new_id()) for _ in range(CLIENTS * ROUNDS)]

    def announce(number: int) -> None:
        for endpoint in endpoints[number::CLIENTS]:
            with acting_as(WORKER):
                publish(Pooled(endpoint_id=endpoint.pk), about=endpoint, now=now)

    at_once(*[partial(announce, number) for number in range(CLIENTS)])
    at_once(*[lambda: drain("domain")] * CLIENTS)
    with acting_as(WORKER):
        assert EventRecord.objects.count() == len(endpoints)
        assert Job.objects.count() == 0
        assert list(Endpoint.objects.values_list("disabled_reason", flat=True)) == ["x"] * len(endpoints)


@pytest.mark.usefixtures("pooled")
def test_an_idempotency_key_is_locked_across_the_pool(now: datetime) -> None:
    user, runs = new_id(), list[int]()

    def request() -> bool:
        def execute() -> StoredAnswer:
            runs.append(1)
            return StoredAnswer(status_code=201, body=b"{}", content_type="application/json")

        with acting_as(Actor(role=Role.EMPLOYEE, user=user, member=user)):
            return once(user_id=user, route="/x/", key="k", body=b"", execute=execute, now=now).is_replay

    assert at_once(*[request] * CLIENTS, expected=KeyInFlight).count(False) == len(runs) == 1


@pytest.mark.usefixtures("pooled")
def test_time_outs_hold_and_many_rows_are_read_without_a_servers_cursor() -> None:
    assert ask("SELECT current_setting('statement_timeout')") == ("1min",)
    assert ask("SELECT current_setting('idle_in_transaction_session_timeout')") == ("1min",)
    for _ in range(3):
        make_endpoint(new_id())
    with acting_as(WORKER):
        rows = Endpoint.objects.iterator(chunk_size=1)
        next(rows)
        assert ask("SELECT count(*) FROM pg_cursors") == (0,)
        assert len(list(rows)) == 2
