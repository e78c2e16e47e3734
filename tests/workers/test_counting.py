"""What the engine does is counted where it happens."""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.workers.deliveries.test_claiming import make
from tests.workers.deliveries.test_recording import attempt_all
from tests.workers.test_metrics import counted
from tests.workers.test_retention import id_at, make_events
from workers.deliveries.claiming import Result, claim
from workers.deliveries.models import Delivery
from workers.deliveries.queueing import register_endpoint
from workers.deliveries.recording import record
from workers.deliveries.rules import Answer
from workers.emails.models import Email
from workers.emails.sending import send_due
from workers.events import Envelope, Event, reacts_to
from workers.gauges import Gauges
from workers.kernel import bells, clock, metrics
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.outbox import draining
from workers.outbox.claiming import claim_jobs
from workers.outbox.draining import drain
from workers.outbox.models import Job
from workers.outbox.publishing import publish
from workers.retention import retire
from workers.timers.firing import fire_due
from workers.timers.scheduling import schedule


@dataclass(frozen=True, kw_only=True)
class Counted(Event, name="tests.counting.v1"):
    """For these tests."""

    endpoint_id: UUID
    fails: bool = False


@reacts_to(Counted)
def count_on(event: Counted, envelope: Envelope) -> None:
    if event.fails:
        raise ValueError


class Growth:
    """How much a sample has grown since it was first asked for."""

    def __init__(self, name, **labels):
        self.read = lambda: counted(name, **labels)
        self.before = self.read()

    def __call__(self):
        return self.read() - self.before


@pytest.fixture
def endpoint(committed_db, now):
    with acting_as(Actor(role=Role.OPERATOR)):
        return register_endpoint(owner_id=new_id(), url=f"https://{new_id().hex}.example/")


def say(endpoint, now, **facts):
    with acting_as(Actor(role=Role.OPERATOR)):
        publish(Counted(endpoint_id=endpoint.pk, **facts), about=endpoint, now=now)


def test_a_job_that_ran_is_counted_with_its_delay(endpoint, now):
    done = Growth("engine_jobs_total", lane="domain", outcome="done")
    soon = Growth("engine_event_to_effect_seconds_bucket", lane="domain", le="5.0")
    late = Growth("engine_event_to_effect_seconds_bucket", lane="domain", le="15.0")
    calls = Growth("engine_reaction_seconds_count", consumer="tests.count_on")
    say(endpoint, now)
    clock.freeze(now + timedelta(seconds=10))
    drain("domain")
    assert (done(), calls(), soon(), late()) == (1, 1, 0, 1)


def test_a_job_that_fails_is_counted_until_it_is_dead(endpoint, now):
    failed = Growth("engine_jobs_total", lane="domain", outcome="failed")
    dead = Growth("engine_jobs_total", lane="domain", outcome="dead")
    given_up = Growth("engine_dead_total", queue="jobs")
    say(endpoint, now, fails=True)
    for attempt in range(Job.max_attempts):
        clock.freeze(now + timedelta(hours=2 * attempt))
        drain("domain")
    assert (failed(), dead(), given_up()) == (Job.max_attempts - 1, 1, 1)


def test_bells_are_counted_by_what_became_of_them(db, monkeypatch):
    outcomes = {name: Growth("engine_bells_total", lane="mail", outcome=name) for name in ("rung", "skipped", "lost")}
    monkeypatch.setattr(bells, "_ringer", bells._Ringer())

    def away(lane):
        raise ConnectionError

    # After the first that is lost nothing is tried for a while, and that bell is lost, too.
    for strike in (lambda lane: True, lambda lane: False, away, away):
        monkeypatch.setattr(bells, "_strike", strike)
        bells._ask("mail")
        assert bells.flush()
    assert {name: growth() for name, growth in outcomes.items()} == {"rung": 1, "skipped": 1, "lost": 2}


def test_timers_are_counted(endpoint, now):
    fired = Growth("engine_timers_fired_total")
    with acting_as(Actor(role=Role.OPERATOR)):
        schedule(Counted(endpoint_id=endpoint.pk), about=endpoint, due_at=now)
    fire_due()
    assert fired() == 1


def test_emails_are_counted_by_what_became_of_them(committed_db, now, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    outcomes = {
        name: Growth("engine_mails_total", outcome=name)
        for name in ("sent", "dropped", "failed", "dead", "held", "in_doubt")
    }
    with acting_as(WORKER):
        for key, facts in {
            "good": {},
            "late": {"drop_after": now - timedelta(seconds=1)},
            "bad": {"message": {"to": "a@x.com\nBcc: b@x.com", "subject": "", "text": ""}},
            "worse": {
                "message": {"to": "a@x.com\nBcc: b@x.com", "subject": "", "text": ""},
                "attempts": Email.max_attempts - 1,
            },
        }.items():
            message = {"to": "a@home.example", "subject": "", "text": ""}
            Email.objects.create(**({"key": key, "template": "t", "message": message, "due_at": now} | facts))
    send_due()
    grown = {name: growth() for name, growth in outcomes.items()}
    assert grown == {"sent": 1, "dropped": 1, "failed": 1, "dead": 1, "held": 0, "in_doubt": 0}


def test_a_job_that_another_took_meanwhile_is_counted_as_a_lost_lease(endpoint, now):
    lost = Growth("engine_lease_losses_total", queue="jobs")
    done = Growth("engine_jobs_total", lane="domain", outcome="done")
    say(endpoint, now)
    with acting_as(WORKER):
        late = claim_jobs("domain", limit=1)
    clock.freeze(now + timedelta(minutes=2))
    with acting_as(WORKER):
        claim_jobs("domain", limit=1)
    draining._run(late)
    assert (lost(), done()) == (1, 0)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(status_code=204, duration_ms=30), "delivered"),
        (Answer(status_code=404, duration_ms=30), "refused"),
        (Answer(status_code=429, duration_ms=30), "throttled"),
        (Answer(status_code=500, duration_ms=30), "failed"),
        (Answer(status_code=410, duration_ms=30), "gone"),
        (Answer(status_code=None, error_class="Timeout", duration_ms=30), "unreachable"),
    ],
)
def test_an_attempt_is_counted_by_what_came_of_it(db, now, answer, outcome):
    attempts = Growth("engine_delivery_attempts_total", outcome=outcome)
    quick = Growth("engine_delivery_attempt_seconds_bucket", le="0.025")
    slow = Growth("engine_delivery_attempt_seconds_bucket", le="0.05")
    make(1)
    attempt_all(answer)
    assert (attempts(), quick(), slow()) == (1, 0, 1)


def test_how_long_a_message_was_on_its_way_is_counted_from_its_queueing(db, now):
    """Of what did not arrive nothing is: it is on its way."""
    five, thirty = (Growth("engine_delivery_seconds_bucket", le=le) for le in ("300.0", "1800.0"))
    endpoint, queued = make(), clock.real_now() - timedelta(minutes=10)
    message = {"endpoint": endpoint, "owner_id": endpoint.owner_id, "type": "endpoint.test", "body": "{}"}
    with acting_as(WORKER):
        for _ in range(2):
            Delivery.objects.create(id=id_at(queued), event_id=new_id(), created_at=now, **message)
    attempt_all(Answer(status_code=200), Answer(status_code=500))
    assert (five(), thirty()) == (0, 1)


def test_deliveries_that_are_lost_or_given_up_are_counted(db, now):
    lost = Growth("engine_lease_losses_total", queue="deliveries")
    dead = Growth("engine_dead_total", queue="deliveries")
    make(1)
    with acting_as(WORKER):
        [first] = claim(now=now, limit=1)
        clock.freeze(now + timedelta(minutes=2))
        [second] = claim(now=clock.now(), limit=1)
        record([Result(first, now, Answer(status_code=200))])
        record([Result(second, now, Answer(status_code=410))])
    assert (lost(), dead()) == (1, 1)


def test_rows_whose_time_is_over_are_counted(db, now):
    retired = Growth("engine_retired_rows_total", table="workers_event")
    make_events(3, now - timedelta(days=500))
    retire()
    assert retired() == 3


HANDBOOK = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.mark.django_db
def test_the_handbook_names_every_metric_and_no_other(now):
    rows = [line.split("|")[1] for line in HANDBOOK.read_text().splitlines() if line.startswith("| `engine_")]
    named = {name.removesuffix("_total") for row in rows for name in re.findall(r"`(engine_\w+)`", row)}
    exported = {family.name for family in text_string_to_metric_families(metrics.render(Gauges()).decode())}
    assert named == {name for name in exported if name.startswith("engine_") and not name.endswith("_created")}
