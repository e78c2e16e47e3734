"""Two requests with one key at once, a crash in the middle, and a key that is old."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection, connections

from tests.racing import at_once
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.receipts.idempotency import KEPT, KeyInFlight, StoredAnswer, once
from workers.receipts.models import IdempotencyKey

pytestmark = pytest.mark.usefixtures("committed_db")
ANSWER = StoredAnswer(status_code=201, body=b"{}", content_type="application/json")
PATIENCE = 30  # seconds


def ask(user: UUID, execute: Callable[[], StoredAnswer], now: datetime, *, key: str = "k") -> StoredAnswer:
    """One request, in a transaction of its own, as the middleware makes it."""
    try:
        with acting_as(Actor(role=Role.EMPLOYEE, user=user, member=user)):
            return once(user_id=user, route="/api/v1/x/", key=key, body=b"{}", execute=execute, now=now)
    finally:
        if threading.current_thread() is not threading.main_thread():
            connections.close_all()


def kept() -> int:
    with acting_as(WORKER):
        return IdempotencyKey.objects.count()


class Held:
    """What a request executes: it begins, and ends when it is let go."""

    def __init__(self) -> None:
        self.begun, self.let_go, self.runs = threading.Event(), threading.Event(), 0

    def __call__(self) -> StoredAnswer:
        self.runs += 1
        self.begun.set()
        assert self.let_go.wait(PATIENCE)
        return ANSWER


def test_of_two_at_once_one_executes_and_the_other_is_told_so(now: datetime) -> None:
    user, execute = new_id(), Held()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, user, execute, now)
        assert execute.begun.wait(PATIENCE)
        with pytest.raises(KeyInFlight):
            ask(user, execute, now)
        execute.let_go.set()
        assert not first.result(PATIENCE).is_replay
    assert ask(user, execute, now).is_replay
    assert execute.runs == kept() == 1


def test_of_many_at_once_one_executes(now: datetime) -> None:
    user, runs = new_id(), list[int]()

    def execute() -> StoredAnswer:
        runs.append(1)
        return ANSWER

    answers = at_once(*[lambda: ask(user, execute, now)] * 8, expected=KeyInFlight)
    assert [one.is_replay for one in answers if isinstance(one, StoredAnswer)].count(False) == 1
    assert len(runs) == kept() == 1


def test_the_keys_of_others_and_other_keys_do_not_wait(now: datetime) -> None:
    user, execute = new_id(), Held()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, user, execute, now)
        assert execute.begun.wait(PATIENCE)
        assert not ask(new_id(), lambda: ANSWER, now).is_replay
        assert not ask(user, lambda: ANSWER, now, key="other").is_replay
        execute.let_go.set()
        first.result(PATIENCE)


def test_a_failure_leaves_no_key_and_no_lock(now: datetime) -> None:
    user = new_id()
    with pytest.raises(ZeroDivisionError):
        ask(user, lambda: 1 / 0, now)  # type: ignore[arg-type,return-value]
    assert kept() == 0
    with ThreadPoolExecutor(1) as elsewhere:  # a lock of the session would not keep this one out
        assert not elsewhere.submit(ask, user, lambda: ANSWER, now).result(PATIENCE).is_replay


def test_a_connection_that_dies_in_the_middle_leaves_no_key(now: datetime) -> None:
    user = new_id()

    def execute() -> StoredAnswer:
        own = connection.get_connection_params()
        with psycopg.connect(**{name: own[name] for name in ("dbname", "user", "password", "host", "port")}) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        return ANSWER

    with pytest.raises((OperationalError, InterfaceError)):
        ask(user, execute, now)
    connection.close()
    assert kept() == 0
    assert not ask(user, lambda: ANSWER, now).is_replay
    assert kept() == 1


def test_a_key_is_as_good_as_new_after_three_days(now: datetime) -> None:
    user = new_id()
    ask(user, lambda: ANSWER, now)
    assert ask(user, lambda: ANSWER, now + KEPT - timedelta(seconds=1)).is_replay
    assert not ask(user, lambda: ANSWER, now + KEPT).is_replay
    assert ask(user, lambda: ANSWER, now + KEPT + timedelta(seconds=1)).is_replay
    assert kept() == 1
