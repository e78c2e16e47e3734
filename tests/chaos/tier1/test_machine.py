"""The engine's statements against a model: workers that take, finish, fail, stall and vanish, and a broker that drops,
doubles, reorders and delays. Hypothesis chooses the order, and shrinks one that breaks a law.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.conftest import NOW
from workers.deliveries.models import Endpoint
from workers.deliveries.queueing import register_endpoint
from workers.events import Envelope, Event, decode, reacts_to
from workers.kernel import bells, clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.outbox import claiming, draining
from workers.outbox.claiming import Claim, claim_jobs, fail_job, finish_jobs, release_jobs
from workers.outbox.models import EventRecord, Job
from workers.outbox.publishing import publish

finish = finish_jobs  # as it is, where a trial puts another in its place
OPERATOR = Actor(role=Role.OPERATOR)
KEYS = 3
LEASE = timedelta(seconds=60)  # LEASE_SECONDS
LAST_LEAP = timedelta(hours=2)  # past every lease and back-off


@dataclass(frozen=True, kw_only=True)
class Numbered(Event, name="tests.tier1.numbered.v1"):
    """The n-th event of its key."""

    key: int
    number: int


@reacts_to(Numbered)
def tier1_hear(event: Numbered, envelope: Envelope) -> None:
    """Only its job matters: the machine takes and finishes it by hand."""


class Engine(RuleBasedStateMachine):
    """What was published, what took effect, and who holds what."""

    endpoints: list[Endpoint]

    @initialize()
    def begin(self) -> None:
        """Nothing is published and the broker is silent."""
        clock.freeze(NOW)
        with acting_as(WORKER):
            Job.objects.all().delete()
            EventRecord.objects.all().delete()
        self.bells: list[str] = []
        bells.install(self.bells.append)
        self.published: dict[int, int] = defaultdict(int)
        self.effects: dict[int, list[int]] = defaultdict(list)
        self.workers: list[list[Claim]] = []
        self.failures: dict[UUID, int] = defaultdict(int)

    @rule(key=st.integers(0, KEYS - 1), count=st.integers(1, 3))
    def announce(self, key: int, count: int) -> None:
        """Some events of one key in one transaction: one bell."""
        rung = len(self.bells)
        with acting_as(OPERATOR):
            for _ in range(count):
                self.published[key] += 1
                publish(Numbered(key=key, number=self.published[key]), about=self.endpoints[key], now=clock.now())
        bells.flush()
        assert self.bells[rung:] == ["domain"]

    @precondition(lambda self: self.bells)
    @rule(data=st.data(), copies=st.integers(0, 2), limit=st.integers(1, 4))
    def hear_bell(self, data: st.DataObject, copies: int, limit: int) -> None:
        """Any bell that waits arrives: once, twice or never."""
        self.bells.pop(data.draw(st.integers(0, len(self.bells) - 1)))
        for _ in range(copies):
            self.take(limit)

    @rule()
    def sweep(self) -> None:
        """Look for what no bell told of."""
        with acting_as(WORKER):
            is_due = draining.has_due("domain")
        if is_due:
            self.bells.append("domain")

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        """A worker comes to the end of its batch, whenever that is: what it lost has no effect."""
        claims = self._worker(data)
        self._effect(claims)

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def finish_one_and_give_back_the_rest(self, data: st.DataObject) -> None:
        """A worker that is told to stop."""
        first, *rest = self._worker(data)
        self._effect([first])
        with acting_as(WORKER):
            release_jobs(rest)

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def fail(self, data: st.DataObject) -> None:
        """The first reaction of a batch raises; the rest is given back."""
        first, *rest = self._worker(data)
        if self.failures[first.event_id] >= 2 or first.attempts >= Job.max_attempts:
            return  # what is dead waits for a person: not in this machine
        self.failures[first.event_id] += 1
        with acting_as(WORKER):
            fail_job(first, error=ValueError("no"))
            release_jobs(rest)

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def vanish(self, data: st.DataObject) -> None:
        """A worker is killed with all that it holds."""
        self._worker(data)

    @precondition(lambda self: self.workers)
    @rule(limit=st.integers(1, 4))
    def stand_still(self, limit: int) -> None:
        """Every worker stops for as long as its lease, and another one takes over."""
        clock.freeze(clock.now() + LEASE)
        self.take(limit)

    @rule(seconds=st.sampled_from([0.5, 5, 59, 60, 61]))
    def pass_time(self, seconds: float) -> None:
        """Leases and back-offs run out, or not quite."""
        clock.freeze(clock.now() + timedelta(seconds=seconds))

    @invariant()
    def effects_are_single_and_in_order(self) -> None:
        """Those of a key are the numbers from one on: none doubled, none before an earlier one."""
        for key, numbers in getattr(self, "effects", {}).items():
            assert numbers == list(range(1, len(numbers) + 1)), (key, numbers)

    @invariant()
    def nothing_is_lost(self) -> None:
        """What has had no effect is still a job."""
        if hasattr(self, "published"):
            with acting_as(WORKER):
                assert Job.objects.count() == sum(self.published.values()) - sum(map(len, self.effects.values()))

    def teardown(self) -> None:
        """Left in peace, everything takes effect: nothing is stuck."""
        if not hasattr(self, "published"):
            return
        self.workers.clear()
        for _ in range(sum(self.published.values()) + 1):
            clock.freeze(clock.now() + LAST_LEAP)
            self.take(100)
            for claims in self.workers:
                self._effect(claims)
            self.workers.clear()
        assert {key: len(numbers) for key, numbers in self.effects.items() if numbers} == dict(self.published)

    def take(self, limit: int) -> None:
        """Claim; whoever got something is a worker now."""
        with acting_as(WORKER):
            claims = claim_jobs("domain", limit=limit)
        keys = [self._numbered(claim)[0] for claim in claims]
        assert len(set(keys)) == len(keys), "two jobs of a key at once"
        if claims:
            self.workers.append(claims)

    def _worker(self, data: st.DataObject) -> list[Claim]:
        return self.workers.pop(data.draw(st.integers(0, len(self.workers) - 1)))

    def _effect(self, claims: list[Claim]) -> None:
        with acting_as(WORKER):
            finished = finish_jobs(claims)
        for claim in claims:
            if claim.id in finished:
                key, number = self._numbered(claim)
                self.effects[key].append(number)

    def _numbered(self, claim: Claim) -> tuple[int, int]:
        event: Any = decode(claim.type, claim.data)
        return event.key, event.number


@pytest.fixture
def machine(committed_db, monkeypatch):
    """The machine over three subjects in a database of its own."""
    monkeypatch.setattr(bells, "_strike", None)
    monkeypatch.setattr(bells, "_ringer", bells._Ringer())
    with acting_as(OPERATOR):
        Engine.endpoints = [register_endpoint(owner_id=new_id(), url=f"https://x.example/{n}") for n in range(KEYS)]
    yield Engine
    clock.freeze(None)


LENGTH = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
# To see that a law can be broken at all, the first example that breaks one is enough: nothing is made smaller.
TRIAL = settings(LENGTH, max_examples=300, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)


def test_no_order_of_events_loses_doubles_or_reorders(machine):
    run_state_machine_as_test(machine, settings=LENGTH)


def test_an_engine_without_a_fence_is_found_out(machine, monkeypatch):
    """The machine itself is tried: who lost a lease finishes all the same."""
    monkeypatch.setattr(f"{__name__}.finish_jobs", lambda claims: finish(claims) | {claim.id for claim in claims})
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=TRIAL)


def test_an_engine_without_order_is_found_out(machine, monkeypatch):
    """A claim that does not look for earlier jobs of the key."""
    former = "earlier.seq < job.seq"
    assert former in claiming._CLAIM
    monkeypatch.setattr(claiming, "_CLAIM", claiming._CLAIM.replace(former, "earlier.seq < 0"))
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=TRIAL)
