"""Claims, fences and back-offs, on e-mails of the real table."""

from datetime import timedelta

import pytest

from workers.emails.claiming import Finished, Waiting, claim_next
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.leases import ALWAYS_LOST, Status, back_off, fail, held

LEASE = timedelta(seconds=60)


@pytest.fixture
def email(db, now):
    with acting_as(WORKER):
        message = {"to": "a@home.example", "subject": "", "text": ""}
        yield Email.objects.create(key="k", template="t", message=message, due_at=now)


def claim(now):
    """The e-mails that a claim at `now` takes: one, or none."""
    claimed = claim_next(Waiting(), now=now)
    return [claimed.email] if claimed else []


def test_a_claimed_row_is_not_claimed_again_within_its_lease(email, now):
    assert [taken.pk for taken in claim(now)] == [email.pk]
    clock.freeze(now + LEASE - timedelta(seconds=1))
    assert claim(clock.now()) == []


def test_a_row_whose_worker_died_is_claimed_when_the_lease_ends(email, now):
    claim(now)
    clock.freeze(now + LEASE)
    again = claim(now + LEASE)
    assert [(taken.pk, taken.attempts) for taken in again] == [(email.pk, 2)]


def test_the_former_holder_can_no_longer_finish(email, now):
    first = claim(now)[0]
    clock.freeze(now + LEASE)
    claim(now + LEASE)
    assert held(first).delete()[0] == 0
    assert Email.objects.filter(pk=email.pk).exists()


def test_the_former_holder_can_no_longer_write_that_it_was_sent(email, now):
    first = claim(now)[0]
    clock.freeze(now + LEASE)
    claim(now + LEASE)
    waiting = Waiting()
    late = Finished(email=first, status=Status.DONE, sent_at=now, error="")
    assert waiting.exchange(late) == (False, None)
    email.refresh_from_db()
    assert (email.status, email.sent_at) == (Status.READY, None)


def test_the_former_holder_can_no_longer_fail_it_either(email, now, monkeypatch):
    monkeypatch.setattr(Email, "max_attempts", 1)
    first = claim(now)[0]
    clock.freeze(now + LEASE)
    monkeypatch.setattr(Email, "max_attempts", 2)
    second = claim(now + LEASE)[0]
    assert not fail(first, error="late", now=now)
    assert held(second).exists()


def test_a_failed_row_backs_off_and_is_dead_after_its_last_attempt(email, now, monkeypatch):
    monkeypatch.setattr(Email, "max_attempts", 2)
    taken = claim(now)[0]
    assert not fail(taken, error="Boom", now=now)
    email.refresh_from_db()
    assert email.status == Status.READY
    assert email.due_at > now
    taken = claim(email.due_at)[0]
    assert fail(taken, error="Boom again", now=now)
    email.refresh_from_db()
    assert (email.status, email.last_error) == (Status.DEAD, "Boom again")
    assert claim(now + timedelta(days=365)) == []


@pytest.mark.parametrize("attempts", [1, 2, 5, 12, 400])
def test_back_offs_double_up_to_an_hour_give_or_take_a_fifth(attempts):
    base = min(2 ** (attempts - 1), 3600)
    assert 0.8 * base <= back_off(attempts).total_seconds() <= 1.2 * base


def test_moving_the_clock_takes_no_work_out_of_a_workers_hands(email, tmp_path, settings):
    clock.freeze(None)
    settings.CLOCK_FILE = str(tmp_path / "clock")
    claim(clock.now())
    clock.move(timedelta(weeks=10))
    assert claim(clock.now()) == []


def test_a_row_whose_worker_died_at_every_attempt_is_dead_at_the_next_claim(email, now, monkeypatch):
    monkeypatch.setattr(Email, "max_attempts", 2)
    for attempt in range(2):
        clock.freeze(now + LEASE * attempt)
        assert claim(clock.now())
    clock.freeze(now + LEASE * 2)
    assert claim(clock.now()) == []
    email.refresh_from_db()
    assert (email.status, email.last_error) == (Status.DEAD, ALWAYS_LOST)


@pytest.mark.parametrize(("error", "kept"), [("a\x00b", "ab"), ("\ud800", "?"), ("x" * 3000, "x" * 2000)])
def test_any_error_can_be_kept(email, now, error, kept):
    fail(claim(now)[0], error=error, now=now)
    email.refresh_from_db()
    assert email.last_error == kept
