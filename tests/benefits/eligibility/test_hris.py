"""HR systems as a door: the adapter over a drop folder, and the command that collects."""

import json

import pytest
from django.core.management import CommandError, call_command

from benefits.eligibility import services
from benefits.eligibility.models import ChangeSet
from benefits.eligibility.services.hris import DropFolder, NotReadable, collect
from benefits.enrollment.models import Door, Member
from tests.conftest import NOW
from tests.factories.benefits import hr_of, make_employer, make_plan
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

ANA = {
    "id": "E1",
    "first_name": "Ana",
    "last_name": "Núñez",
    "date_of_birth": "1985-05-17",
    "postal_code": "94110",
    "state": "CA",
    "personal_email": "ana@home.example",
}
JOB = {"individual_id": "E1", "hire_date": "2020-03-01", "employment_status": "active", "employee_class": "staff"}


@pytest.fixture
def employer(db, now):
    employer = make_employer()
    make_plan(employer.pk)
    return employer


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def leave(folder, individuals, employments, notices=()):
    """What an HR system does: the marker comes last."""
    (folder / "webhooks").mkdir(exist_ok=True)
    (folder / "company.json").write_text(json.dumps({"id": "acme", "name": "Acme"}))
    (folder / "individuals.jsonl").write_text("\n".join(map(json.dumps, individuals)))
    (folder / "employments.jsonl").write_text("\n".join(map(json.dumps, employments)))
    for number, notice in enumerate(notices):
        (folder / "webhooks" / f"{number}.json").write_text(json.dumps(notice))
    (folder / "ready").touch()


def run(employer, folder):
    with acting_as(hr_of(employer.pk)):
        return collect(connector=DropFolder(folder), employer_id=employer.pk, by=new_id(), now=NOW)


def test_an_export_is_a_full_change_set(employer, folder):
    leave(folder, [ANA, ANA | {"id": "E2"}], [JOB, JOB | {"individual_id": "E2"}])
    change_set, is_new = run(employer, folder)
    assert (is_new, change_set.door, change_set.kind, change_set.diff["added"]) == (True, Door.HRIS, "full", 2)
    assert DropFolder(folder).company().name == "Acme"
    assert not DropFolder(folder).is_ready()
    assert run(employer, folder) == (change_set, False)


def test_what_goes_back_to_what_was_told_before_is_heard_and_the_same_again_is_not(employer, folder):
    """By the hash of the whole alone the last one would be known, and Ana for ever Soto."""
    found = []
    for name in ("Núñez", "Soto", "Soto", "Núñez", "Núñez"):
        leave(folder, [ANA | {"last_name": name}], [JOB])
        change_set, is_new = run(employer, folder)
        found.append(is_new)
        if is_new:
            with acting_as(hr_of(employer.pk)):
                services.apply(change_set_id=change_set.pk, by=new_id(), now=NOW)
    assert found == [True, True, False, True, False]
    with acting_as(WORKER):
        assert Member.objects.get().last_name == "Núñez"


class During(DropFolder):
    """A folder in which something happens while its rows are read."""

    def __init__(self, folder, happens):
        super().__init__(folder)
        self.happens = happens

    def employments(self, ids):
        yield from list(super().employments(ids))
        self.happens()


def run_during(employer, folder, happens):
    with acting_as(hr_of(employer.pk)):
        return collect(connector=During(folder, happens), employer_id=employer.pk, by=new_id(), now=NOW)


def test_an_export_that_comes_while_one_is_read_is_neither_mixed_with_it_nor_lost(employer, folder):
    leave(folder, [ANA], [JOB])
    with pytest.raises(NotReadable, match="replaced"):
        run_during(employer, folder, lambda: leave(folder, [ANA | {"last_name": "Soto"}], [JOB]))
    with acting_as(WORKER):
        assert not ChangeSet.objects.exists()
    assert DropFolder(folder).is_ready()
    change_set, is_new = run(employer, folder)
    assert (is_new, change_set.rows, list(folder.glob("taken-*")), (folder / "ready").exists()) == (True, 1, [], False)


def test_a_marker_that_comes_once_all_was_read_waits_for_the_next_collection(employer, folder):
    leave(folder, [ANA], [JOB])
    run_during(employer, folder, (folder / "ready").touch)
    assert (folder / "ready").exists()
    run(employer, folder)
    assert not DropFolder(folder).is_ready()


def test_what_a_killed_collection_had_taken_hold_of_is_collected_by_the_next(employer, folder):
    leave(folder, [ANA], [JOB], [{"individual_ids": ["E1"]}])
    with pytest.raises(KeyboardInterrupt):
        run_during(employer, folder, killed)
    assert not (folder / "ready").exists()
    assert DropFolder(folder).is_ready()
    assert run(employer, folder)[0].kind == "changes"
    assert not DropFolder(folder).is_ready()


def killed():
    raise KeyboardInterrupt


def test_of_two_collections_at_once_neither_takes_the_others_export(employer, folder):
    leave(folder, [ANA], [JOB])
    first = DropFolder(folder)
    first.begin()
    (folder / "ready").touch()
    DropFolder(folder).begin()
    first.taken()
    assert DropFolder(folder).is_ready()


def test_webhooks_say_who_changed(employer, folder):
    everybody = [ANA, ANA | {"id": "E2"}, ANA | {"id": "E3"}]
    jobs = [JOB | {"individual_id": f"E{i}"} for i in (1, 2, 3)]
    leave(folder, everybody, jobs, [{"individual_ids": ["E2"]}, {"individual_ids": ["E3", "E2"]}])
    change_set, _ = run(employer, folder)
    assert (change_set.kind, change_set.rows) == ("changes", 2)
    assert not list((folder / "webhooks").iterdir())


def test_somebody_without_a_job_is_a_row_with_errors(employer, folder):
    leave(folder, [ANA, ANA | {"id": "E2"}], [JOB])
    change_set, _ = run(employer, folder)
    assert {(error["row"], error["column"]) for error in change_set.errors} == {
        (2, "hire_date"),
        (2, "employment_status"),
    }


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("individuals.jsonl", '{"id": "E1"}\n', "individuals.jsonl, line 1"),
        ("employments.jsonl", f"{json.dumps(JOB)}\nnonsense", "employments.jsonl, line 2"),
        ("webhooks/0.json", "[1]", "0.json"),
        ("individuals.jsonl", "", "no rows"),
    ],
)
def test_what_cannot_be_read_is_named_and_stays(employer, folder, name, content, place):
    leave(folder, [ANA], [JOB])
    (folder / name).write_text(content)
    with pytest.raises(NotReadable, match=place):
        run(employer, folder)
    assert DropFolder(folder).is_ready()


def test_the_command_collects_what_is_ready_and_applies_it(committed_db, now, folder, capsys):
    employer = make_employer()
    make_plan(employer.pk)
    told = {"employer": employer.pk, "by": new_id(), "apply": True}
    call_command("collect_hris", folder, **told)
    assert capsys.readouterr().out == ""
    leave(folder, [ANA], [JOB])
    call_command("collect_hris", folder, **told)
    assert json.loads(capsys.readouterr().out)["status"] == "applied"
    with acting_as(WORKER):
        assert Member.objects.get().employee_class == "staff"
    leave(folder, ["nobody"], [JOB])
    with pytest.raises(CommandError, match="line 1"):
        call_command("collect_hris", folder, **told)
