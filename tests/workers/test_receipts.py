"""Inbound notices are stored once, and POSTs with a key are answered once."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from workers.events import Event
from workers.kernel.actor import AUTH, WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.outbox.models import EventRecord
from workers.receipts.idempotency import KeyReused, StoredAnswer, once
from workers.receipts.models import Receipt
from workers.receipts.receiving import OtherBodySameId, UnreadableBody, read, receive


@dataclass(frozen=True, kw_only=True)
class NoticeCame(Event, name="tests.notice.came.v1"):
    """For these tests."""

    receipt_id: UUID


def receive_one(now, body='{"a":1}'):
    return receive(source="tests", message_id="m1", body=body, announce=lambda pk: NoticeCame(receipt_id=pk), now=now)


def test_a_notice_is_stored_and_announced_once(db, now):
    with acting_as(AUTH):
        assert receive_one(now) is True
        assert receive_one(now) is False
    with acting_as(WORKER):
        receipt = Receipt.objects.get()
        assert read(receipt.pk) == {"a": 1}
        assert EventRecord.objects.filter(type=NoticeCame.wire_name).count() == 1


def test_what_nobody_heeds_is_stored_once_and_announced_to_nobody(db, now):
    def receive_quietly(body: str = "{}") -> bool:
        return receive(source="tests", message_id="m1", body=body, announce=lambda _: None, now=now)

    with acting_as(AUTH):
        assert [receive_quietly(), receive_quietly()] == [True, False]
        with pytest.raises(OtherBodySameId):
            receive_quietly('{"a":2}')
    with acting_as(WORKER):
        assert read(Receipt.objects.get().pk) == {}
        assert not EventRecord.objects.exists()


def test_the_same_id_with_another_body_is_refused(db, now):
    with acting_as(AUTH):
        receive_one(now)
        with pytest.raises(OtherBodySameId):
            receive_one(now, body='{"a":2}')


@pytest.mark.parametrize("body", ['{"n":' + "9" * 5000 + "}", "[" * 100_000, "nonsense"])
def test_what_could_not_be_read_again_is_refused_while_its_sender_listens(db, now, body):
    with acting_as(AUTH), pytest.raises(UnreadableBody):
        receive_one(now, body=body)
    with acting_as(WORKER):
        assert not Receipt.objects.exists()


@pytest.fixture
def employee(db):
    user = new_id()
    with acting_as(Actor(role=Role.EMPLOYEE, user=user, member=new_id())):
        yield user


def answer_once(user, now, *, key="k", body=b"{}", status=201, calls):
    def execute():
        calls.append(body)
        return StoredAnswer(status_code=status, body=b'{"id":1}', content_type="application/json")

    return once(user_id=user, route="/api/v1/x/", key=key, body=body, execute=execute, now=now)


def test_a_repeated_post_gets_the_first_answer(employee, now):
    calls: list[bytes] = []
    first = answer_once(employee, now, calls=calls)
    second = answer_once(employee, now, calls=calls)
    assert len(calls) == 1
    assert (second.body, second.status_code, second.is_replay) == (first.body, 201, True)


def test_the_same_key_with_another_body_is_refused(employee, now):
    calls: list[bytes] = []
    answer_once(employee, now, calls=calls)
    with pytest.raises(KeyReused):
        answer_once(employee, now, body=b'{"x":1}', calls=calls)
    assert len(calls) == 1


@pytest.mark.parametrize("status", [500, 503, 429, 401, 403])
def test_answers_that_may_change_are_not_kept(employee, now, status):
    calls: list[bytes] = []
    answer_once(employee, now, status=status, calls=calls)
    answer_once(employee, now, status=201, calls=calls)
    assert len(calls) == 2
