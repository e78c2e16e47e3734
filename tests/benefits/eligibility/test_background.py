"""Large change-sets, which a worker applies and undoes: once, all of it or nothing."""

import pytest

from benefits.eligibility.models import ChangeSet, Status
from benefits.eligibility.services import applying, undoing
from benefits.eligibility.services.applying import RosterBusy
from benefits.eligibility.services.progress import progress_of
from benefits.enrollment.models import Enrollment, MemberChange
from tests.conftest import NOW
from tests.dying import kill_at
from tests.factories.benefits import hr_of, make_employer, make_person, make_plan
from tests.factories.change_sets import ANNE, applied, numbers, undone
from workers.kernel.actor import WORKER, acting_as
from workers.outbox.draining import drain
from workers.outbox.models import Job


def test_a_large_one_is_applied_and_undone_by_a_worker(committed_db, now, monkeypatch):
    for module in (applying, undoing):
        monkeypatch.setattr(module, "AT_ONCE", 3)
    employer = make_employer()
    make_plan(employer.pk)
    crowd = [make_person(f"E{i}") for i in range(5)]
    change_set = applied(employer, *crowd)
    assert (change_set.status, change_set.applied_by, numbers(employer)) == (Status.APPLYING, ANNE, [])
    with pytest.raises(RosterBusy):
        applied(employer, make_person("other"))
    drain("files")
    assert len(numbers(employer)) == 5
    assert undone(employer, change_set, now=NOW).status == Status.UNDOING
    drain("files")
    assert numbers(employer) == []


def test_a_worker_that_may_not_apply_says_why(committed_db, now, monkeypatch):
    monkeypatch.setattr(applying, "AT_ONCE", 3)
    employer = make_employer()
    change_set = applied(employer, *(make_person(f"E{i}") for i in range(5)))
    drain("files")
    with acting_as(hr_of(employer.pk)):
        back = ChangeSet.objects.get(pk=change_set.pk)
    assert back.refusal is not None
    assert (back.status, back.refusal["code"], numbers(employer)) == (Status.STAGED, "no_plan", [])


def test_a_worker_killed_in_the_middle_leaves_nothing_and_the_next_does_it_all(committed_db, now, monkeypatch):
    """By SIGKILL, when everything is written and nothing is committed."""
    monkeypatch.setattr(applying, "AT_ONCE", 3)
    employer = make_employer()
    make_plan(employer.pk)
    change_set = applied(employer, *(make_person(f"E{i}") for i in range(5)))
    kill_at(lambda: drain("files"), applying, "_finish", after=True)
    assert numbers(employer) == []
    assert progress_of(change_set.pk, phase="applying")["percent"] == 90
    with acting_as(WORKER):
        assert not Enrollment.objects.exists()
        assert not MemberChange.objects.exists()
        assert Job.objects.filter(lane="files").update(lease_until=None) == 1  # a minute or so later
    drain("files")
    assert len(numbers(employer)) == 5
