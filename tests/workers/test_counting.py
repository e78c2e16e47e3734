"""What the engine does is counted where it happens."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from tests.workers.test_metrics import counted
from workers.deliveries.queueing import register_endpoint
from workers.emails.models import Email
from workers.emails.sending import send_due
from workers.events import Envelope, Event, reacts_to
from workers.kernel import bells, clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.outbox.draining import drain
from workers.outbox.models import Job
from workers.outbox.publishing import publish
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
