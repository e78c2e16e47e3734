"""A job that cannot run is parked with the reason, seen, and put back to work when the code is mended.

Each defect comes in as another release would bring it: by the row or by the code. The rest of the lane is undisturbed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from workers import events, status
from workers.deliveries.models import Endpoint
from workers.deliveries.queueing import register_endpoint
from workers.events import Envelope, Event, get_reaction, reacts_to
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.kernel.leases import Status
from workers.outbox import repair
from workers.outbox.draining import drain
from workers.outbox.models import EventRecord, Job
from workers.outbox.publishing import publish

OPERATOR = Actor(role=Role.OPERATOR)
CONSUMER = "tests.write_down"
ID = "01890000-0000-7000-8000-000000000000"
heard: list[Any] = []
raises: list[str] = []


@dataclass(frozen=True, kw_only=True)
class Noted(Event, name="tests.noted.v1"):
    """For these tests: something to write down about an endpoint."""

    endpoint_id: UUID
    word: str


@dataclass(frozen=True, kw_only=True)
class Counted(Event, name="tests.noted-otherwise.v1"):
    """An event that nobody hears, of another shape."""

    number: int


@dataclass(frozen=True, kw_only=True)
class Lenient:
    """What a mended release reads instead."""

    endpoint_id: Any = None
    word: Any = "?"


@reacts_to(Noted)
def write_down(event: Noted, envelope: Envelope) -> None:
    if event.word in raises:
        raise ValueError(event.word)
    heard.append(event.word)


@dataclass(frozen=True)
class Defect:
    """Why a job fails: its event's type, its payload, its consumer; `reason` is in what is told of it."""

    reason: str
    type: str = "tests.noted.v1"
    data: Any = None
    consumer: str = CONSUMER

    def mend(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Bring out a release that can run the job."""
        monkeypatch.setitem(events._events, self.type, Lenient)
        monkeypatch.setitem(events._by_consumer, self.consumer, get_reaction(CONSUMER))
        raises.clear()


HOPELESS = {
    "a word": Defect("Expected `object`, got `str`", data="word"),
    "a list": Defect("Expected `object`, got `array`", data=[1]),
}
MENDABLE = {
    "unknown event": Defect("No event is named tests.nobody.v7.", type="tests.nobody.v7"),
    "missing field": Defect("missing required field `word`", data={"endpoint_id": ID}),
    "wrong type": Defect("Expected `str`, got `int`", data={"endpoint_id": ID, "word": 7}),
    "no uuid": Defect("Invalid UUID", data={"endpoint_id": "seven", "word": "x"}),
    "another event": Defect("no attribute 'word'", type="tests.noted-otherwise.v1", data={"number": 1}),
    "no such reaction": Defect("No reaction is named tests.gone.", consumer="tests.gone"),
    "reaction raises": Defect("ValueError('bad')", data={"endpoint_id": ID, "word": "bad"}),
}
mendable = pytest.mark.parametrize("defect", MENDABLE.values(), ids=MENDABLE)
every = pytest.mark.parametrize("defect", (MENDABLE | HOPELESS).values(), ids=MENDABLE | HOPELESS)


@pytest.fixture
def endpoints(committed_db: str, now: datetime) -> list[Endpoint]:
    heard.clear()
    raises[:] = ["bad"]
    with acting_as(OPERATOR):
        return [register_endpoint(owner_id=new_id(), url=f"https://c{n}.example/") for n in range(3)]


@pytest.fixture
def broken(defect: Defect, endpoints: list[Endpoint], now: datetime) -> Endpoint:
    """An endpoint with a job that cannot run and one behind it; the other endpoints have a good one each."""
    store(defect, endpoints[0], now)
    note(endpoints[0], "later", now, consumer=defect.consumer)
    for endpoint in endpoints[1:]:
        note(endpoint, "good", now)
    return endpoints[0]


def store(defect: Defect, endpoint: Endpoint, now: datetime) -> None:
    """Publish an event, and replace it by what another release would have published."""
    data = {"endpoint_id": ID, "word": "first"} if defect.data is None else defect.data
    note(endpoint, "first", now)
    with acting_as(WORKER):
        job = Job.objects.select_related("event").get(ordering_key=endpoint.pk)
        event = job.event
        EventRecord.objects.filter(pk=event.pk).delete()
        event.type, event.data, job.consumer = defect.type, data, defect.consumer
        event.save(force_insert=True)
        job.save(force_insert=True)


def note(endpoint: Endpoint, word: str, now: datetime, *, consumer: str = CONSUMER) -> None:
    with acting_as(WORKER):
        event_id = publish(Noted(endpoint_id=endpoint.pk, word=word), about=endpoint, now=now)
        Job.objects.filter(event_id=event_id).update(consumer=consumer)


def open_jobs(endpoint: Endpoint) -> list[Job]:
    with acting_as(WORKER):
        return list(Job.objects.filter(ordering_key=endpoint.pk).order_by("seq"))


def wait_for_the_last_attempt() -> None:
    start = clock.now()
    for attempt in range(Job.max_attempts + 1):
        clock.freeze(start + timedelta(hours=2 * attempt))
        drain("domain")


@every
def test_the_rest_is_undisturbed_and_the_reason_kept(
    defect: Defect, broken: Endpoint, endpoints: list[Endpoint]
) -> None:
    drain("domain")
    assert heard.count("good") >= 2
    assert [open_jobs(endpoint) for endpoint in endpoints[1:]] == [[], []]
    job = open_jobs(broken)[0]
    assert defect.reason in job.last_error
    assert (job.status, job.attempts, job.lease_until) == (Status.READY, 1, None)


@every
def test_it_is_parked_after_its_last_attempt_and_seen(defect: Defect, broken: Endpoint) -> None:
    wait_for_the_last_attempt()
    first, later = open_jobs(broken)
    assert (first.status, first.attempts, later.status) == (Status.DEAD, Job.max_attempts, Status.PARKED)
    assert defect.reason in first.last_error
    assert "later" not in heard
    with acting_as(OPERATOR):
        assert status.waiting(now=clock.now())["jobs"].dead == 1


@mendable
def test_it_runs_when_the_code_is_mended_and_the_job_replayed(
    defect: Defect, broken: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for_the_last_attempt()
    heard.clear()
    defect.mend(monkeypatch)
    drain("domain")
    assert heard == []
    with acting_as(OPERATOR):
        assert repair.replay(Job.objects.all(), now=clock.now()) == 1
    drain("domain")
    assert open_jobs(broken) == []
    assert (len(heard), heard[-1]) == (2, "later")


@pytest.mark.parametrize("defect", HOPELESS.values(), ids=HOPELESS)
def test_what_nothing_can_mend_is_dropped_by_hand_and_the_later_one_runs(defect: Defect, broken: Endpoint) -> None:
    wait_for_the_last_attempt()
    with acting_as(OPERATOR):
        assert repair.drop(Job.objects.all()) == 1
    drain("domain")
    assert open_jobs(broken) == []
    assert heard[-1] == "later"
