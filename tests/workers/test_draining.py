"""What becomes of jobs whose reaction fails, is poison, or came in an order."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from workers.deliveries.models import Endpoint
from workers.deliveries.queueing import register_endpoint
from workers.events import Envelope, Event, Heard, reacts_to, reacts_to_all, tell_failed
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.errors import NotFound
from workers.kernel.ids import new_id
from workers.kernel.leases import Status
from workers.outbox.draining import drain
from workers.outbox.models import Job
from workers.outbox.publishing import publish, publish_all

OPERATOR = Actor(role=Role.OPERATOR)
heard: list[str] = []
fails: set[str] = set()
transactions: dict[str, list[int]] = {"together": [], "apart": [], "batch": []}


@dataclass(frozen=True, kw_only=True)
class Said(Event, name="tests.said.v1"):
    """For these tests: what was said about an endpoint."""

    endpoint_id: UUID
    word: str


@reacts_to(Said)
def rename(event: Said, envelope: Envelope) -> None:
    """Leaves a trace in the database, so that a rolled back effect shows."""
    Endpoint.objects.filter(pk=event.endpoint_id).update(disabled_reason=event.word)
    heard.append(event.word)
    if event.word in fails:
        raise ValueError(event.word)


@reacts_to(Said, lane="billing", external=True)
def call_out(event: Said, envelope: Envelope) -> None:
    heard.append(f"outside {event.word}")
    if event.word in fails:
        raise ConnectionError(event.word)


@reacts_to(Said, lane="mail")
def note_together(event: Said, envelope: Envelope) -> None:
    transactions["together"].append(transaction_id())


@reacts_to(Said, lane="mail", apart=True)
def note_apart(event: Said, envelope: Envelope) -> None:
    transactions["apart"].append(transaction_id())


@reacts_to_all(Said, lane="mail", apart=True)
def note_batch(batch: Sequence[Heard[Said]]) -> None:
    transactions["batch"] += [transaction_id()] * len(batch)


def test_what_takes_its_time_is_not_in_the_lane_of_large_batches() -> None:
    def call_long(event: Said, envelope: Envelope) -> None:
        """Never called."""

    with pytest.raises(TypeError, match="takes its time"):
        reacts_to(Said, external=True)(call_long)


def transaction_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_current()")
        return int(cursor.fetchone()[0])


@dataclass(frozen=True, kw_only=True)
class Asked(Event, name="tests.asked.v1"):
    """For these tests: what another system is asked about in batches."""

    word: str


@reacts_to_all(Asked, lane="webhooks", external=True)
def ask_together(batch: Sequence[Heard[Asked]]) -> None:
    words = [one.event.word for one in batch]
    heard.append(" ".join(words))
    assert not connection.in_atomic_block
    if "defect" in words:
        raise ValueError("of the whole call")
    tell_failed({one.envelope.event_id: ConnectionError() if one.event.word in fails else None for one in batch})


@pytest.fixture
def endpoints(committed_db, now):
    heard.clear()
    fails.clear()
    with acting_as(OPERATOR):
        return [register_endpoint(owner_id=new_id(), url=f"https://c{n}.example/") for n in range(3)]


def say(endpoint, word, now):
    with acting_as(OPERATOR):
        publish(Said(endpoint_id=endpoint.pk, word=word), about=endpoint, now=now)


def reason_of(endpoint):
    with acting_as(WORKER):
        return Endpoint.objects.get(pk=endpoint.pk).disabled_reason


def test_one_failure_leaves_the_rest_of_the_batch_undisturbed(endpoints, now):
    fails.add("bad")
    for endpoint, word in zip(endpoints, ["one", "bad", "three"], strict=True):
        say(endpoint, word, now)
    drain("domain")
    assert [reason_of(endpoint) for endpoint in endpoints] == ["one", "", "three"]
    with acting_as(WORKER):
        job = Job.objects.get(lane="domain")
    assert (job.status, job.last_error, job.attempts) == (Status.READY, "ValueError('bad')", 1)


def test_what_runs_apart_has_a_transaction_for_each_event_or_batch(endpoints, now):
    for seen in transactions.values():
        seen.clear()
    for endpoint in endpoints:
        say(endpoint, "hello", now)
    drain("mail")
    assert [(len(seen), len(set(seen))) for seen in transactions.values()] == [(3, 1), (3, 3), (3, 1)]
    assert set(transactions["batch"]).isdisjoint(transactions["together"])


def test_later_events_of_a_key_wait_for_an_earlier_one(endpoints, now):
    fails.add("first")
    say(endpoints[0], "first", now)
    say(endpoints[0], "second", now)
    drain("domain")
    assert reason_of(endpoints[0]) == ""
    fails.clear()
    clock.freeze(now + timedelta(minutes=5))
    drain("domain")
    assert [word for word in heard if word == "second"] == ["second"]
    assert reason_of(endpoints[0]) == "second"


def test_poison_is_parked_after_its_last_attempt(endpoints, now):
    fails.add("bad")
    say(endpoints[0], "bad", now)
    for attempt in range(Job.max_attempts + 2):
        clock.freeze(now + timedelta(hours=2 * attempt))
        drain("domain")
    with acting_as(WORKER):
        job = Job.objects.get(lane="domain")
    assert (job.status, job.attempts) == (Status.DEAD, Job.max_attempts)


def test_an_external_reaction_is_tried_again_and_its_job_ends_with_success(endpoints, now):
    fails.add("bad")
    say(endpoints[0], "bad", now)
    drain("billing")
    fails.clear()
    clock.freeze(now + timedelta(minutes=1))
    drain("billing")
    assert heard == ["outside bad", "outside bad"]
    with acting_as(WORKER):
        assert not Job.objects.filter(lane="billing").exists()


def test_a_job_of_a_reaction_that_no_longer_exists_waits_with_the_reason(endpoints, now):
    say(endpoints[0], "hello", now)
    with acting_as(WORKER):
        Job.objects.filter(lane="domain").update(consumer="tests.renamed")
    drain("domain")
    with acting_as(WORKER):
        job = Job.objects.get(lane="domain")
    assert "No reaction is named tests.renamed" in job.last_error
    assert reason_of(endpoints[0]) == ""


def test_many_events_are_published_with_two_statements_and_one_with_one(endpoints, now, django_assert_num_queries):
    pairs = [(Said(endpoint_id=endpoint.pk, word="x"), endpoint) for endpoint in endpoints]
    with acting_as(OPERATOR), django_assert_num_queries(2):  # the first locks the aggregates in the order of their ids
        publish_all(pairs, now=now)
    with acting_as(OPERATOR), django_assert_num_queries(1):
        publish_all(pairs[:1], now=now)
    drain("domain")
    assert heard == ["x"] * 4


def test_an_aggregate_appears_once_in_a_publication(endpoints, now):
    event = Said(endpoint_id=endpoints[0].pk, word="x")
    with acting_as(OPERATOR), pytest.raises(ValueError, match="one event per aggregate"):
        publish_all([(event, endpoints[0]), (event, endpoints[0])], now=now)


def test_an_event_is_about_what_is_there(endpoints, now):
    nowhere = Endpoint(owner_id=new_id(), url="https://nowhere.example/")
    with acting_as(OPERATOR), pytest.raises(NotFound, match="no such endpoint"):
        publish(Said(endpoint_id=nowhere.pk, word="x"), about=nowhere, now=now)


def test_nothing_is_heard_of_a_transaction_that_rolled_back(endpoints, now):
    with acting_as(OPERATOR):
        publish(Said(endpoint_id=endpoints[0].pk, word="never"), about=endpoints[0], now=now)
        transaction.set_rollback(True)
    drain("domain")
    assert heard == []


def test_a_batch_that_meets_anothers_lock_gives_way_and_its_jobs_run_one_by_one(endpoints, now):
    """Two batches that hold what the other wants would wait for PostgreSQL to find the deadlock, a second each time."""
    for endpoint, word in zip(endpoints, ["one", "two", "three"], strict=True):
        say(endpoint, word, now)
    held, let_go = threading.Event(), threading.Event()

    def hold_the_last() -> None:
        with acting_as(OPERATOR):
            Endpoint.objects.select_for_update().get(pk=endpoints[2].pk)
            held.set()
            let_go.wait(10)
        connection.close()

    holder = threading.Thread(target=hold_the_last)
    holder.start()
    held.wait(10)
    threading.Timer(0.3, let_go.set).start()
    drain("domain")
    holder.join()
    assert [reason_of(endpoint) for endpoint in endpoints] == ["one", "two", "three"]
    assert heard == ["one", "two", "one", "two", "three"]
    with acting_as(WORKER):
        assert not Job.objects.filter(lane="domain").exists()


def ask(endpoints, words, now):
    with acting_as(OPERATOR):
        publish_all([(Asked(word=word), one) for word, one in zip(words, endpoints, strict=True)], now=now)
    drain("webhooks")


def left_of(lane):
    with acting_as(WORKER):
        jobs = Job.objects.filter(lane=lane).select_related("event").order_by("id")
        return [(job.event.data["word"], job.attempts, job.last_error) for job in jobs]


def test_another_system_is_asked_about_a_batch_in_one_call_outside_any_transaction(endpoints, now):
    ask(endpoints, ["one", "two", "three"], now)
    assert heard == ["one two three"]
    assert left_of("webhooks") == []


def test_of_a_batch_outside_only_what_failed_comes_again(endpoints, now):
    fails.add("two")
    ask(endpoints, ["one", "two", "three"], now)
    assert left_of("webhooks") == [("two", 1, "ConnectionError()")]
    fails.clear()
    clock.freeze(now + timedelta(minutes=1))
    drain("webhooks")
    assert heard == ["one two three", "two"]
    assert left_of("webhooks") == []


def test_a_call_that_fails_as_a_whole_is_made_for_each_alone(endpoints, now):
    ask(endpoints, ["one", "defect", "three"], now)
    assert heard == ["one defect three", "one", "defect", "three"]
    assert left_of("webhooks") == [("defect", 1, "ValueError('of the whole call')")]
