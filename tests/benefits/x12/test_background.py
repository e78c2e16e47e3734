"""A large 834 is judged portion by portion and staged by workers, whoever of them dies."""

from functools import partial

from django.core.files.uploadedfile import SimpleUploadedFile

from benefits.eligibility.models import StagedRow, UploadedPart
from benefits.x12.models import X12Portion
from benefits.x12.rules.portions import next_portion
from benefits.x12.services import reading, uploading
from tests.dying import kill_at
from tests.factories.benefits import hr_of, make_employer, make_hr, make_person, make_plan, signed_in
from tests.factories.x12 import interchange, loop_of
from workers.kernel.actor import WORKER, acting_as
from workers.outbox.draining import drain
from workers.outbox.models import Job

MEMBERS = 8


def test_workers_killed_while_they_judge_and_stage_lose_a_step_and_repeat_none(committed_db, now, monkeypatch):
    monkeypatch.setattr(uploading, "AT_ONCE", 10)
    monkeypatch.setattr(reading, "next_portion", partial(next_portion, most=30))
    employer = make_employer()
    make_plan(employer.pk)
    hr = signed_in(make_hr(employer.pk))
    loops = [loop_of(make_person(f"E{number}")) for number in range(MEMBERS)]
    loops[1] = [segment.replace("D8*19850517", "D8*19850231") for segment in loops[1]]
    sent = hr.post("/api/v1/x12-files/", {"file": SimpleUploadedFile("m.834", interchange(*loops))})
    path = f"/api/v1/x12-files/{sent.json()['id']}/"

    kill_at(lambda: drain("files"), reading, "_judge_portion", after=True)
    assert seen(employer) == (0, 0), "nothing of a step that did not end"
    come_again()
    kill_at(lambda: drain("files"), reading, "_stage", after=True)
    portions, rows = seen(employer)
    assert (portions > 2, rows) == (True, 0)
    assert (hr.get(path).json()["status"], hr.get(path).json()["rows"]) == ("reading", 0)
    come_again()
    drain("files")

    done = hr.get(path).json()
    assert (done["status"], done["rows"], done["error_count"], done["verdict"]) == ("staged", MEMBERS, 1, "E")
    assert hr.get(done["acknowledgment"]).content.count(b"IK3*DMG") == 1
    assert seen(employer) == (0, MEMBERS)
    with acting_as(hr_of(employer.pk)):
        assert not UploadedPart.objects.exists()


def seen(employer):
    """Portions that were judged, and rows that are staged."""
    with acting_as(hr_of(employer.pk)):
        return X12Portion.objects.count(), StagedRow.objects.count()


def come_again():
    """A minute or so later the job of a worker that died is another one's."""
    with acting_as(WORKER):
        assert Job.objects.filter(lane="files", lease_until__isnull=False).update(lease_until=None) == 1
