"""A death: nothing more is sent to its reader, and nobody else loses anything."""

from datetime import timedelta
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from tests.dying import kill_at
from tests.racing import at_once
from tests.workers.emails.conftest import AGAIN, Box, queue
from tests.workers.emails.test_sending import only, pass_lease
from workers.emails import queueing, sending, smtp
from workers.emails.claiming import Waiting, claim_next
from workers.emails.models import READER_GONE, Email
from workers.emails.queueing import _WITHDRAW, withdraw_from_gone
from workers.emails.sending import send_due
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.kernel.leases import Status


@pytest.fixture(autouse=True)
def stopped_clock(now: Any) -> None:
    """Leases end when the test says so."""


ANA, BEN = new_id(), new_id()


def die(reader: UUID) -> int:
    with acting_as(WORKER):
        return withdraw_from_gone(reader_id=reader)


def test_nothing_is_sent_to_the_dead_and_nobody_else_loses_anything(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """A couple may share an address: what is the other's stays, and what is staff's, and what is owed to the estate."""
    monkeypatch.setattr(queueing, "is_owed_to_estate", lambda template: template == AGAIN)
    queue(key="hers", reader_id=ANA)
    queue(key="his", reader_id=BEN)
    queue(key="staff's")
    queue(AGAIN, key="owed", reader_id=ANA)
    assert die(ANA) == 0
    assert die(ANA) == 0
    assert (send_due(), len(box.mails())) == (3, 3)
    with acting_as(WORKER):
        hers = Email.objects.get(sent_at=None)
    assert (hers.key, hers.status, hers.last_error) == ("hers", Status.DONE, READER_GONE)


def test_what_a_worker_has_in_hand_is_told_and_not_tried_again(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    queue(AGAIN, reader_id=ANA)
    kill_at(send_due, sending, "_finished", after=False)  # the server has it
    assert die(ANA) == 1
    assert "mail in flight to somebody who died or left count=1" in caplog.text
    pass_lease()
    send_due()
    assert len(box.mails()) == 1, "without the death it is sent again"
    assert (only().status, only().last_error) == (Status.DONE, READER_GONE)


def test_who_has_it_in_hand_may_finish_it(box: Box) -> None:
    queue(reader_id=ANA)
    died: list[int] = []

    def while_sending(*args: Any, **kwargs: Any) -> None:
        died.append(die(ANA))
        smtp.send(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sending, "send", while_sending)
        send_due()
    assert (died, len(box.mails()), only().sent_at) == ([1], 1, clock.now())


def test_a_dead_e_mail_that_a_person_replays_does_not_reach_the_dead(box: Box) -> None:
    queue(reader_id=ANA)
    kill_at(send_due, sending, "_finished", after=False)
    pass_lease()
    send_due()
    assert (only().status, die(ANA)) == (Status.DEAD, 0)
    clock.freeze(clock.now() + timedelta(seconds=1))
    with acting_as(WORKER):
        Email.objects.update(status=Status.READY)
    send_due()
    assert (len(box.mails()), only().last_error) == (1, READER_GONE)


def test_what_a_transaction_queues_that_began_before_a_death_is_not_sent(box: Box) -> None:
    """It had read an address when the death was heard of, and comes too late to be withdrawn."""
    begun, died = Event(), Event()

    def remind() -> None:
        with acting_as(WORKER):
            begun.set()
            assert died.wait(10)
            queue(AGAIN, reader_id=ANA)
            queue(AGAIN, key="his", reader_id=BEN)

    def hear() -> int:
        assert begun.wait(10)
        try:
            return die(ANA)
        finally:
            died.set()

    assert at_once(remind, hear) == [None, 0]
    assert send_due() == 2
    with acting_as(WORKER):
        assert Email.objects.get(reader_id=ANA).last_error == READER_GONE
    assert len(box.mails()) == 1


def test_a_death_between_reading_ahead_and_the_claim_is_heeded(box: Box) -> None:
    """What one worker looked through, another transaction adds to: only the claim knows whose reader died."""
    queue(reader_id=ANA)
    waiting = Waiting()
    with acting_as(WORKER):
        waiting.look(now=clock.now())
    with acting_as(WORKER), connection.cursor() as cursor:  # as a transaction leaves it that was not seen by the death
        cursor.execute("INSERT INTO workers_reader_gone VALUES (%s, clock_timestamp())", [ANA])
    with acting_as(WORKER):
        claimed = claim_next(waiting, now=clock.now())
    assert claimed is not None
    assert claimed.is_of_gone


def test_who_was_taken_for_dead_gets_what_is_queued_afterwards(box: Box) -> None:
    die(ANA)
    queue(reader_id=ANA)
    assert (send_due(), len(box.mails())) == (1, 1)


def test_an_index_finds_what_waits_for_a_reader(db: None) -> None:
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {_WITHDRAW}", {"reader_id": ANA, "why": READER_GONE})
        assert "email_of_reader" in "".join(line for (line,) in cursor.fetchall())
