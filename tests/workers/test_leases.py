"""Claims, fences and back-offs, on jobs of the real table."""

from datetime import timedelta

import pytest

from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.kernel.leases import ALWAYS_LOST, LeaseLost, Status, back_off, claim, fail, fenced, held
from workers.outbox.models import EventRecord, Job

LEASE = timedelta(seconds=60)


@pytest.fixture
def job(db, now):
    with acting_as(WORKER):
        event = EventRecord.objects.create(
            type="tests.none.v1",
            aggregate_type="t",
            aggregate_id=new_id(),
            aggregate_version=1,
            occurred_at=now,
            data={},
        )
        job = Job.objects.create(
            lane="domain", event=event, consumer="tests.none", ordering_key=event.aggregate_id, seq=1, due_at=now
        )
        yield job


def test_a_claimed_row_is_not_claimed_again_within_its_lease(job, now):
    assert [taken.pk for taken in claim(Job, now=now, limit=10)] == [job.pk]
    clock.freeze(now + LEASE - timedelta(seconds=1))
    assert claim(Job, now=clock.now(), limit=10) == []


def test_a_row_whose_worker_died_is_claimed_when_the_lease_ends(job, now):
    claim(Job, now=now, limit=10)
    clock.freeze(now + LEASE)
    again = claim(Job, now=now + LEASE, limit=10)
    assert [(taken.pk, taken.attempts) for taken in again] == [(job.pk, 2)]


def test_the_former_holder_can_no_longer_finish(job, now):
    first = claim(Job, now=now, limit=10)[0]
    clock.freeze(now + LEASE)
    claim(Job, now=now + LEASE, limit=10)
    with pytest.raises(LeaseLost):
        fenced(held(first).delete()[0])
    assert Job.objects.filter(pk=job.pk).exists()


def test_the_former_holder_can_no_longer_fail_it_either(job, now, monkeypatch):
    monkeypatch.setattr(Job, "max_attempts", 1)
    first = claim(Job, now=now, limit=10)[0]
    clock.freeze(now + LEASE)
    monkeypatch.setattr(Job, "max_attempts", 2)
    second = claim(Job, now=now + LEASE, limit=10)[0]
    assert not fail(first, error="late", now=now)
    assert held(second).exists()


def test_a_failed_row_backs_off_and_is_dead_after_its_last_attempt(job, now, monkeypatch):
    monkeypatch.setattr(Job, "max_attempts", 2)
    taken = claim(Job, now=now, limit=1)[0]
    assert not fail(taken, error="Boom", now=now)
    job.refresh_from_db()
    assert job.status == Status.READY
    assert job.due_at > now
    taken = claim(Job, now=job.due_at, limit=1)[0]
    assert fail(taken, error="Boom again", now=now)
    job.refresh_from_db()
    assert (job.status, job.last_error) == (Status.DEAD, "Boom again")
    assert claim(Job, now=now + timedelta(days=365), limit=1) == []


@pytest.mark.parametrize("attempts", [1, 2, 5, 12, 400])
def test_back_offs_double_up_to_an_hour_give_or_take_a_fifth(attempts):
    base = min(2 ** (attempts - 1), 3600)
    assert 0.8 * base <= back_off(attempts).total_seconds() <= 1.2 * base


def test_moving_the_clock_takes_no_work_out_of_a_workers_hands(job, tmp_path, settings):
    clock.freeze(None)
    settings.CLOCK_FILE = str(tmp_path / "clock")
    claim(Job, now=clock.now(), limit=10)
    clock.move(timedelta(weeks=10))
    assert claim(Job, now=clock.now(), limit=10) == []


def test_a_row_whose_worker_died_at_every_attempt_is_dead_at_the_next_claim(job, now, monkeypatch):
    monkeypatch.setattr(Job, "max_attempts", 2)
    for attempt in range(2):
        clock.freeze(now + LEASE * attempt)
        assert claim(Job, now=clock.now(), limit=1)
    clock.freeze(now + LEASE * 2)
    assert claim(Job, now=clock.now(), limit=1) == []
    job.refresh_from_db()
    assert (job.status, job.last_error) == (Status.DEAD, ALWAYS_LOST)


@pytest.mark.parametrize(("error", "kept"), [("a\x00b", "ab"), ("\ud800", "?"), ("x" * 3000, "x" * 2000)])
def test_any_error_can_be_kept(job, now, error, kept):
    fail(claim(Job, now=now, limit=1)[0], error=error, now=now)
    job.refresh_from_db()
    assert job.last_error == kept
