"""Large change-sets, which a worker applies and undoes: once, all of it or nothing."""

import pytest

from benefits.eligibility import services
from benefits.eligibility.models import ChangeSet, Status
from benefits.eligibility.services import applying, undoing
from benefits.eligibility.services.applying import RosterBusy
from benefits.enrollment.models import Enrollment
from tests.conftest import NOW
from tests.factories.benefits import hr_of, make_employer, make_person, make_plan
from tests.factories.change_sets import ANNE, applied, numbers, undone
from workers.kernel.actor import WORKER, acting_as
from workers.outbox.draining import drain


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
    monkeypatch.setattr(applying, "AT_ONCE", 3)
    employer = make_employer()
    make_plan(employer.pk)
    change_set = applied(employer, *(make_person(f"E{i}") for i in range(5)))

    class Killed(BaseException):
        """Nothing catches it, as nothing catches SIGKILL; the transaction goes with its connection."""

    def killed(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(applying, "_finish", killed)
        with pytest.raises(Killed), acting_as(hr_of(employer.pk)):
            services.run_application(change_set_id=change_set.pk, now=NOW)
    assert numbers(employer) == []
    with acting_as(WORKER):
        assert not Enrollment.objects.exists()
    drain("files")
    assert len(numbers(employer)) == 5
