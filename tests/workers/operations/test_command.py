"""`manage.py engine` in a terminal and for programs."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.workers.operations.conftest import BODY
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.leases import Status
from workers.management.commands.engine import table
from workers.operations.models import Intervention
from workers.outbox.models import Job

pytestmark = pytest.mark.usefixtures("db")


def engine(*words):
    out = StringIO()
    call_command("engine", *words, stdout=out)
    return out.getvalue()


def test_status_is_a_table_that_can_be_read(make_job, dead_email, now):
    make_job()
    lines = engine("status").splitlines()
    assert lines[0].split() == ["queue", "lane", "due", "leased", "later", "parked", "dead", "oldest_due_at"]
    domain = next(line for line in lines if line.startswith("jobs") and "domain" in line)
    assert domain.split()[2:] == ["0", "0", "0", "0", "1", "-"]
    assert any("tests.react" in line and "ValueError" in line for line in lines)
    assert any(line.split() == ["sweep", "-", "NO"] for line in lines)


def test_status_for_programs_is_one_object_without_bodies(make_job, dead_email, dead_delivery):
    make_job()
    text = engine("status", "--json")
    seen = json.loads(text)
    assert {each["queue"] for each in seen["queues"]} == {"jobs", "deliveries", "emails"}
    assert sum(each["dead"] for each in seen["queues"]) == 3
    assert BODY not in text
    assert "home.example" not in text


@pytest.mark.parametrize(
    "choice", [["--all"], ["--consumer", "tests.react"], ["--reason", "ValueError"], ["{pk}"]], ids=str
)
def test_dead_jobs_are_replayed_however_they_are_chosen(make_job, choice):
    job = make_job()
    told = engine("replay", "jobs", *(word.format(pk=job.pk) for word in choice), "--json")
    assert json.loads(told) == {"queue": "jobs", "rows": 1}
    with acting_as(WORKER):
        assert Job.objects.get().status == Status.READY
        assert Intervention.objects.get().user_id is None


def test_a_slip_does_nothing(make_job):
    make_job()
    for words in (
        ["replay", "jobs"],
        ["drop", "jobs", "--all"],
        ["replay", "jobs", "no-id"],
        ["replay", "mails", "--all"],
        ["drain", "nowhere"],
        [],
    ):
        with pytest.raises(CommandError):
            engine(*words)
    with acting_as(WORKER):
        assert Job.objects.get().status == Status.DEAD


def test_jobs_are_parked_dropped_and_drained(make_job):
    make_job(status=Status.READY, attempts=0)
    assert engine("park", "jobs", "--all", "--why", "stop") == "park: queue jobs, rows 1\n"
    assert engine("drop", "jobs", "--all", "--why", "not needed") == "drop: queue jobs, rows 1\n"
    make_job(status=Status.READY, attempts=0, consumer="tests.gone")
    assert json.loads(engine("drain", "domain", "--json"))["lane"] == "domain"
    with acting_as(WORKER):
        assert Job.objects.get().attempts == 1


def test_a_table_lines_numbers_up_to_the_right():
    rows = [{"name": "a", "n": 1, "is": True}, {"name": "bcd", "n": 100, "is": None}]
    assert table(["name", "n", "is"], rows).splitlines() == ["name    n  is", "a       1  yes", "bcd   100  -"]
