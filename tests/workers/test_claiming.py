"""Which jobs a worker takes, in what order they run, and what becomes of those it cannot finish."""

import itertools
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection, transaction

from workers import tasks
from workers.deliveries.models import Endpoint
from workers.deliveries.queueing import register_endpoint
from workers.events import Envelope, Event, Heard, reacts_to, reacts_to_all
from workers.kernel import bells, clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.kernel.leases import ALWAYS_LOST, Status
from workers.outbox import claiming, draining, repair
from workers.outbox.calling import call
from workers.outbox.claiming import claim_jobs, finish_jobs, park_followers, release_jobs
from workers.outbox.draining import drain
from workers.outbox.models import Job
from workers.outbox.publishing import publish

OPERATOR = Actor(role=Role.OPERATOR)
LEASE = timedelta(seconds=settings.LEASE_SECONDS)
heard: list[list[str]] = []
fails: set[str] = set()


@dataclass(frozen=True, kw_only=True)
class Told(Event, name="tests.told.v1"):
    """For these tests: a word about an endpoint."""

    word: str


@reacts_to(Told)
def tell_one(event: Told, envelope: Envelope) -> None:
    heard.append([event.word])
    if event.word in fails:
        raise ValueError(event.word)


@dataclass(frozen=True, kw_only=True)
class Counted(Event, name="tests.counted.v1"):
    """For these tests: heard in batches."""

    endpoint_id: UUID
    word: str


@reacts_to_all(Counted)
def count_all(batch: Sequence[Heard[Counted]]) -> None:
    heard.append([told.event.word for told in batch])
    Endpoint.objects.filter(pk__in=[told.event.endpoint_id for told in batch]).update(disabled_reason="counted")
    if broken := fails.intersection(told.event.word for told in batch):
        raise ValueError(broken)


@pytest.fixture
def endpoints(committed_db, now):
    heard.clear()
    fails.clear()
    with acting_as(OPERATOR):
        return [register_endpoint(owner_id=new_id(), url=f"https://c{n}.example/") for n in range(3)]


def tell(endpoint, *words, kind=Told):
    with acting_as(OPERATOR):
        for word in words:
            extra = {"endpoint_id": endpoint.pk} if kind is Counted else {}
            publish(kind(word=word, **extra), about=endpoint, now=clock.now())


def claim(limit=100, floor=None):
    with acting_as(WORKER):
        return claim_jobs("domain", limit=limit, floor=floor)


def jobs():
    with acting_as(WORKER):
        return [(job.status, job.attempts, job.lease_until) for job in Job.objects.order_by("id")]


def statuses():
    return [Status(status) for status, _, _ in jobs()]


def lose_worker():
    """A worker takes all it can get and is never heard of again."""
    claim()
    clock.freeze(clock.now() + LEASE)


def test_a_claim_takes_the_first_of_each_key_oldest_first(endpoints):
    tell(endpoints[0], "a1", "a2")
    tell(endpoints[1], "b1")
    assert [taken.data for taken in claim()] == ['{"word": "a1"}', '{"word": "b1"}']
    assert claim() == []


def test_a_claim_leaves_what_another_has_locked(endpoints):
    tell(endpoints[0], "a")
    tell(endpoints[1], "b")
    other = connection.copy()
    with transaction.atomic(), other.cursor() as cursor:
        other.set_autocommit(False)
        cursor.execute("SET LOCAL ROLE act_worker")
        cursor.execute("SELECT id FROM workers_job ORDER BY id LIMIT 1 FOR UPDATE")
        assert [taken.data for taken in claim()] == ['{"word": "b"}']
    other.close()


def test_nothing_is_parked_behind_a_dead_job_that_somebody_revives(endpoints):
    """Else it waited for ever: whoever revives the dead one has let go before what was parked behind it."""
    tell(endpoints[0], "dead")
    tell(endpoints[0], "behind")
    with acting_as(WORKER):
        Job.objects.filter(seq=1).update(status=Status.DEAD)
    other = connection.copy()
    with other.cursor() as cursor:
        other.set_autocommit(False)
        cursor.execute("SET LOCAL ROLE act_worker")
        cursor.execute("UPDATE workers_job SET status = 0 WHERE status = 9")
        with acting_as(WORKER):
            park_followers()
        other.commit()
    other.close()
    assert drain("domain") == 2
    assert heard == [["dead"], ["behind"]]


def test_what_is_parked_behind_nothing_is_let_go(endpoints):
    tell(endpoints[0], "orphan")
    with acting_as(WORKER):
        Job.objects.update(status=Status.PARKED)
    assert drain("domain") == 0
    tasks.retire()
    assert drain("domain") == 1


def test_nothing_below_the_floor_is_taken_and_a_drain_ends_with_a_look_there(endpoints, now):
    tell(endpoints[0], "old")
    assert claim(floor=now + timedelta(microseconds=1)) == []
    drain("domain")
    assert heard == [["old"]]


def test_a_drain_looks_below_no_full_batch_again_until_its_end(endpoints, now, monkeypatch):
    """The watermark: index entries of what it has just deleted are not visited once more by each claim."""
    for number, endpoint in enumerate(endpoints):
        clock.freeze(now + timedelta(seconds=number))
        tell(endpoint, str(number))
    floors = []

    def claim_and_note(lane, *, limit, floor):
        floors.append(floor)
        return claim_jobs(lane, limit=limit, floor=floor)

    monkeypatch.setattr(draining, "claim_jobs", claim_and_note)
    monkeypatch.setattr(draining, "FIRST_BATCH", 1)
    monkeypatch.setattr(draining, "BATCH", 1)
    drain("domain")
    assert floors == [None, *(now + timedelta(seconds=number) for number in range(3)), None]


def test_jobs_are_finished_only_by_who_holds_them(endpoints):
    tell(endpoints[0], "a")
    [mine] = claim()
    clock.freeze(clock.now() + LEASE)
    [theirs] = claim()
    with acting_as(WORKER):
        assert finish_jobs([mine]) == set()
        assert finish_jobs([theirs]) == {theirs.id}


def test_what_is_released_was_never_taken(endpoints):
    tell(endpoints[0], "a")
    taken = claim()
    with acting_as(WORKER):
        release_jobs(taken)
    assert jobs() == [(Status.READY, 0, None)]


def test_what_a_killed_worker_left_runs_last_and_in_small_parts(endpoints, monkeypatch):
    monkeypatch.setattr(claiming, "SUSPECTS", 2)
    for endpoint, word in zip(endpoints, "abc", strict=True):
        tell(endpoint, word, kind=Counted)
    lose_worker()
    with acting_as(OPERATOR):
        other = register_endpoint(owner_id=new_id(), url="https://d.example/")
    heard.clear()
    tell(other, "d", kind=Counted)
    assert drain("domain") == 4 + 3, "three of the first claim were given back"
    assert heard == [["d"], ["a", "b"], ["c"]]
    assert jobs() == []


def test_what_may_have_killed_two_workers_runs_alone(endpoints):
    for endpoint, word in zip(endpoints, "abc", strict=True):
        tell(endpoint, word, kind=Counted)
    lose_worker()
    lose_worker()
    drain("domain")
    assert heard == [["a"], ["b"], ["c"]]
    assert jobs() == []


def test_what_runs_alone_has_its_turn_however_busy_the_lane_is(endpoints, monkeypatch):
    """Each look at the clock is a second later than the one before: a drain has time for one batch."""
    monkeypatch.setattr(draining, "monotonic", itertools.count().__next__)
    tell(endpoints[0], "suspect")
    lose_worker()
    lose_worker()
    for number in range(3):
        tell(endpoints[1], f"b{number}")
        drain("domain", seconds=1.5)
    assert ["suspect"] in heard


def test_while_one_suspect_runs_the_others_are_nobodys(endpoints, monkeypatch):
    tell(endpoints[0], "a")
    tell(endpoints[1], "b")
    lose_worker()
    lose_worker()

    def die(taken):
        raise SystemExit

    monkeypatch.setattr(draining, "_run_alone", die)
    with pytest.raises(SystemExit):
        drain("domain")
    [first, second] = jobs()
    assert first[:2] == (Status.READY, 3)
    assert second == (Status.READY, 2, clock.now()), "it has lost no attempt, and is still a suspect"


def test_a_killer_dies_and_its_neighbours_do_not(endpoints):
    for endpoint, word in zip(endpoints, ["kill", "b", "c"], strict=True):
        tell(endpoint, word)
    for _ in range(Job.max_attempts):
        lose_worker_at_kill()
    drain("domain")
    with acting_as(WORKER):
        [dead] = Job.objects.all()
    assert (dead.status, ALWAYS_LOST in dead.last_error) == (Status.DEAD, True)
    assert sorted(heard) == [["b"], ["c"]]


def lose_worker_at_kill():
    """One drain of a worker that dies when it comes to the word "kill"."""

    def die(claims):
        if any("kill" in claimed.data for claimed in claims):
            raise SystemExit
        return call(claims)

    with pytest.MonkeyPatch.context() as patch, suppress(SystemExit):
        patch.setattr(draining, "call", die)
        drain("domain")
    clock.freeze(clock.now() + LEASE)


def test_a_batch_is_heard_in_one_call(endpoints):
    for endpoint, word in zip(endpoints, "abc", strict=True):
        tell(endpoint, word, kind=Counted)
    drain("domain")
    assert heard == [["a", "b", "c"]]
    assert jobs() == []


def test_of_a_batch_that_fails_each_is_heard_by_itself(endpoints):
    fails.add("b")
    for endpoint, word in zip(endpoints, "abc", strict=True):
        tell(endpoint, word, kind=Counted)
    drain("domain")
    assert heard == [["a", "b", "c"], ["a"], ["b"], ["c"]]
    with acting_as(WORKER):
        counted = list(Endpoint.objects.order_by("url").values_list("disabled_reason", flat=True))
    assert counted == ["counted", "", "counted"]


@pytest.fixture
def dead(endpoints):
    """The first of three events of a key is dead; the others are parked."""
    fails.add("a1")
    tell(endpoints[0], "a1", "a2", "a3")
    for attempt in range(Job.max_attempts):
        clock.freeze(clock.now() + timedelta(hours=2 * attempt))
        drain("domain")
    heard.clear()
    return Job.objects.filter(consumer="tests.tell_one")


def test_a_dead_job_parks_its_key_and_no_other(dead, endpoints):
    assert statuses() == [Status.DEAD, Status.PARKED, Status.PARKED]
    tell(endpoints[0], "a4")
    tell(endpoints[1], "b1")
    drain("domain")
    assert heard == [["b1"]]


def test_a_replay_brings_all_attempts_and_the_parked_back(dead):
    fails.clear()
    with acting_as(OPERATOR):
        assert repair.replay(dead, now=clock.now()) == 1
    assert jobs()[0] == (Status.READY, 0, None)
    drain("domain")
    assert heard == [["a1"], ["a2"], ["a3"]]
    assert jobs() == []


def test_a_dropped_job_never_runs_and_lets_the_parked_go_on(dead):
    with acting_as(OPERATOR):
        assert repair.drop(dead) == 1
    drain("domain")
    assert heard == [["a2"], ["a3"]]


def test_only_dead_jobs_are_dropped_and_replayed(endpoints):
    tell(endpoints[0], "a")
    with acting_as(OPERATOR):
        assert repair.drop(Job.objects.all()) == 0
        assert repair.replay(Job.objects.all(), now=clock.now()) == 0
    assert statuses() == [Status.READY]


def test_a_stop_by_hand_takes_nothing_out_of_a_workers_hands(endpoints):
    tell(endpoints[0], "a1", "a2")
    claim()
    tell(endpoints[1], "b1", "b2")
    with acting_as(OPERATOR):
        assert repair.park(Job.objects.filter(seq=1), reason="It mails nonsense.") == 1
    assert statuses() == [Status.READY, Status.READY, Status.DEAD, Status.PARKED]


def test_two_replays_at_once_are_one(dead):
    with acting_as(OPERATOR):
        with transaction.atomic():
            assert repair.replay(dead, now=clock.now()) == 1
        assert repair.replay(dead, now=clock.now()) == 0


def test_after_its_seconds_a_drain_rings_for_the_rest(endpoints, monkeypatch):
    rung: list[str] = []
    monkeypatch.setattr(bells, "_ringer", bells._Ringer())
    monkeypatch.setattr(bells, "_strike", rung.append)
    tell(endpoints[0], "a")
    assert bells.flush()
    rung.clear()
    assert drain("domain", seconds=0) == 0
    assert bells.flush()
    assert rung == ["domain"]
    assert jobs() == [(Status.READY, 0, None)]


def test_what_comes_after_its_keys_death_is_parked_by_the_sweep(dead, endpoints):
    tell(endpoints[0], "a4")
    tell(endpoints[1], "b1")
    with acting_as(WORKER):
        park_followers()
    assert statuses() == [Status.DEAD, Status.PARKED, Status.PARKED, Status.PARKED, Status.READY]


def test_what_a_failed_batch_left_no_time_for_runs_alone_from_then_on(endpoints):
    """Else a reaction that hangs would take its batch with it again and again."""
    fails.add("b")
    for endpoint, word in zip(endpoints, "abc", strict=True):
        tell(endpoint, word, kind=Counted)
    draining._run(claim(), end=0.0)
    assert heard == [["a", "b", "c"], ["a"]]
    assert [attempts for _, attempts, _ in jobs()] == [0, 0]
    heard.clear()
    drain("domain")
    assert heard == [["b"], ["c"]]
