"""What change-sets do to the roster: brakes, undoing, dependants, and who is told apart from whom."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connections

from benefits.eligibility import services
from benefits.eligibility.models import ChangeSet, Kind, StagedRow, Status
from benefits.eligibility.rules.rows import Row, RowError
from benefits.eligibility.services import applying, undoing
from benefits.eligibility.services.applying import (
    RosterBusy,
    RowsExpired,
    RowsWithErrors,
    SecondAdminNeeded,
    UnnamedRows,
)
from benefits.eligibility.services.approving import NothingToApprove
from benefits.eligibility.services.undoing import ChangedSince, NotApplied
from benefits.enrollment.models import Door, Enrollment, Member, MemberChange, MemberContact
from benefits.events import EnrollmentEnded, EnrollmentStarted
from tests.conftest import NOW as MOMENT
from tests.factories.benefits import hr_of, make_employer, make_person, make_plan
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.outbox.draining import drain
from workers.outbox.models import EventRecord

ANNE, BOB = new_id(), new_id()
ENDED = date(2026, 2, 15)


@pytest.fixture
def employer(db, now):
    employer = make_employer()
    make_plan(employer.pk, covers_dependants=True)
    return employer


def staged(employer, *people, kind=Kind.CHANGES, door=Door.FILE, now=None, by=ANNE, **options):
    rows = [Row(number, person) for number, person in enumerate(people, start=2)]
    with acting_as(hr_of(employer.pk)):
        change_set, _ = services.stage(
            employer_id=employer.pk, door=door, kind=kind, rows=rows, by=by, now=now or MOMENT, **options
        )
    return change_set


def applied(employer, *people, skip=False, now=None, by=ANNE, **options):
    change_set = staged(employer, *people, now=now, **options)
    with acting_as(hr_of(employer.pk)):
        return services.apply(change_set_id=change_set.pk, by=by, now=now or MOMENT, skip_rows_with_errors=skip)


def undone(employer, change_set, now=None):
    with acting_as(hr_of(employer.pk)):
        return services.undo(change_set_id=change_set.pk, by=BOB, now=now or MOMENT + timedelta(hours=1))


def roster(employer):
    """Everything of everybody on the roster that an employer may read, and their cover."""
    with acting_as(WORKER):
        members = Member.objects.filter(employer_id=employer.pk, removed_at=None).order_by("employee_number")
        found = []
        for member in members:
            facts = {f.attname: getattr(member, f.attname) for f in member._meta.local_fields if f.attname != "version"}
            cover = member.enrollments.order_by("starts_on", "id")
            periods = [
                (c.pk, c.plan_id, c.starts_on, c.ends_on)
                for c in cover
                if c.ends_on is None or c.ends_on >= c.starts_on
            ]
            found.append((facts, periods))
        return found


def people(employer):
    return [facts["employee_number"] for facts, _ in roster(employer)]


def cover(employer, number):
    [periods] = [periods for facts, periods in roster(employer) if facts["employee_number"] == number]
    return [(starts_on, ends_on) for _, _, starts_on, ends_on in periods]


def events(kind):
    with acting_as(WORKER):
        return [e.data for e in EventRecord.objects.filter(type=kind.wire_name).order_by("occurred_at", "id")]


def test_a_full_file_ends_nobody_by_absence_unless_it_is_asked_to(employer):
    applied(employer, *(make_person(f"E{i:02}") for i in range(40)))
    rest = [make_person(f"E{i:02}") for i in range(39)]
    assert applied(employer, *rest, kind=Kind.FULL).diff["absent"] == 1
    assert cover(employer, "E39") == [(date(2026, 1, 1), None)]

    done = applied(employer, *rest, kind=Kind.FULL, ends_absent=True)
    assert (done.diff["absent"], done.diff["absent_employee_numbers"]) == (1, ["E39"])
    assert cover(employer, "E39") == [(date(2026, 1, 1), MOMENT.date())]
    again = staged(employer, *rest, kind=Kind.FULL, ends_absent=True)
    assert again.diff["absent"] == 0


def test_many_absent_people_take_a_second_admin(employer):
    applied(employer, *(make_person(f"E{i:02}") for i in range(40)))
    short = staged(employer, *(make_person(f"E{i:02}") for i in range(37)), kind=Kind.FULL, ends_absent=True)

    def go(by):
        with acting_as(hr_of(employer.pk)):
            return services.apply(change_set_id=short.pk, by=by, now=MOMENT)

    with pytest.raises(SecondAdminNeeded) as needed:
        go(ANNE)
    assert needed.value.extra == {"absent": 3, "roster": 40}
    with acting_as(hr_of(employer.pk)):
        services.approve(change_set_id=short.pk, by=ANNE, now=MOMENT)
    with pytest.raises(SecondAdminNeeded):
        go(ANNE)
    assert len(people(employer)) == 40
    assert go(BOB).status == Status.APPLIED
    assert [len(cover) for _, cover in roster(employer)] == [1] * 40
    assert len(events(EnrollmentEnded)) == 3


def test_an_approval_is_of_so_many_and_no_more(employer):
    everybody = [make_person(f"E{i:02}") for i in range(40)]
    applied(employer, *everybody)
    short = staged(employer, *everybody[:37], kind=Kind.FULL, ends_absent=True)
    with acting_as(hr_of(employer.pk)):
        services.approve(change_set_id=short.pk, by=BOB, now=MOMENT)
    applied(employer, make_person("later"))
    with acting_as(hr_of(employer.pk)), pytest.raises(SecondAdminNeeded):
        services.apply(change_set_id=short.pk, by=ANNE, now=MOMENT)


def test_two_of_forty_need_no_second_admin(employer):
    applied(employer, *(make_person(f"E{i:02}") for i in range(40)))
    rest = staged(employer, *(make_person(f"E{i:02}") for i in range(38)), kind=Kind.FULL, ends_absent=True)
    with acting_as(hr_of(employer.pk)):
        with pytest.raises(NothingToApprove):
            services.approve(change_set_id=rest.pk, by=BOB, now=MOMENT)
        assert services.apply(change_set_id=rest.pk, by=ANNE, now=MOMENT).status == Status.APPLIED


def test_whoever_a_row_with_errors_names_is_not_absent(employer):
    applied(employer, make_person("E1"), make_person("E2"))
    twice = [make_person("E1"), make_person("E2"), make_person("E2", last_name="Soto")]
    done = applied(employer, *twice, kind=Kind.FULL, ends_absent=True, skip=True)
    assert (done.error_count, done.diff["absent"]) == (2, 0)


def test_a_row_that_names_nobody_stops_termination_by_absence(employer):
    applied(employer, make_person("E1"))
    nameless = Row(3, None, [RowError(row=3, column="employee_number", code="required", message="Fill this cell.")])
    with acting_as(hr_of(employer.pk)):
        change_set, _ = services.stage(
            employer_id=employer.pk,
            door=Door.FILE,
            kind=Kind.FULL,
            ends_absent=True,
            rows=[Row(2, make_person("E1")), nameless],
            by=ANNE,
            now=MOMENT,
        )
        with pytest.raises(UnnamedRows):
            services.apply(change_set_id=change_set.pk, by=ANNE, now=MOMENT, skip_rows_with_errors=True)


@pytest.mark.parametrize(
    "facts",
    [
        {"date_of_birth": date(1990, 1, 1), "first_name": "Zoë"},
        {"date_of_birth": date(1990, 1, 1), "last_name": "Zorn"},
    ],
)
def test_a_row_that_makes_somebody_another_person_is_refused(employer, facts):
    applied(employer, make_person("E1"))
    before = roster(employer)
    change_set = staged(employer, make_person("E1", **facts))
    assert [(e["row"], e["column"], e["code"]) for e in change_set.errors] == [(2, "employee_number", "other_person")]
    with acting_as(hr_of(employer.pk)):
        with pytest.raises(RowsWithErrors):
            services.apply(change_set_id=change_set.pk, by=ANNE, now=MOMENT)
        services.apply(change_set_id=change_set.pk, by=ANNE, now=MOMENT, skip_rows_with_errors=True)
    assert roster(employer) == before
    with acting_as(hr_of(employer.pk)):
        [kept] = StagedRow.objects.filter(change_set=change_set)
    assert kept.errors[0]["code"] == "other_person"


@pytest.mark.parametrize("facts", [{"date_of_birth": date(1990, 1, 1)}, {"last_name": "Zorn", "first_name": "Zoë"}])
def test_a_correction_of_one_of_both_is_none(employer, facts):
    applied(employer, make_person("E1"))
    assert applied(employer, make_person("E1", **facts)).diff["changed"] == 1


def child(number, of, **facts):
    return make_person(number, relationship="child", subscriber_number=of, date_of_birth=date(2015, 1, 1), **facts)


def test_dependants_come_with_their_employee_in_any_order(employer):
    done = applied(employer, child("D1", "E1"), make_person("E1"))
    assert (done.error_count, done.diff["added"]) == (0, 2)
    with acting_as(WORKER):
        assert Member.objects.get(employee_number="D1").subscriber == Member.objects.get(employee_number="E1")
    assert cover(employer, "D1") == [(date(2026, 1, 1), None)]
    assert staged(employer, child("D1", "E1"), make_person("E1")).diff["unchanged"] == 2


def test_a_dependant_of_nobody_or_of_somebody_who_left_is_refused(employer):
    left = make_person("E2", end_date=ENDED)
    applied(employer, make_person("E1"), make_person("E2"), child("D2", "E2"))
    change_set = staged(employer, child("D1", "E9"), left, child("D2", "E2"))
    assert [(e["row"], e["code"]) for e in change_set.errors] == [(2, "unknown_subscriber"), (4, "subscriber_ended")]


def test_the_cover_of_dependants_ends_with_that_of_their_employee(employer):
    applied(employer, make_person("E1"), child("D1", "E1"))
    applied(employer, make_person("E1", end_date=ENDED))
    assert cover(employer, "D1") == [(date(2026, 1, 1), ENDED)]


def test_undoing_brings_the_roster_back(employer):
    applied(employer, make_person("E1"), make_person("E2"), make_person("E3"), child("D1", "E1"))
    applied(employer, make_person("E3", end_date=ENDED))
    before = roster(employer)
    change_set = applied(
        employer,
        make_person("E1", end_date=ENDED),
        make_person("E2", last_name="Soto", personal_email="other@home.example"),
        make_person("E3"),
        make_person("E4"),
    )
    assert roster(employer) != before
    gone = undone(employer, change_set)
    assert (gone.status, gone.undone_by) == (Status.UNDONE, BOB)
    assert roster(employer) == before
    with pytest.raises(NotApplied):
        undone(employer, change_set)


def test_who_was_removed_comes_back_as_the_same_member(employer):
    change_set = applied(employer, make_person("E1"))
    with acting_as(WORKER):
        first = Member.objects.get(employee_number="E1").pk
    undone(employer, change_set)
    assert people(employer) == []
    again = applied(employer, make_person("E1"))
    assert again.diff["added"] == 1
    with acting_as(WORKER):
        assert Member.objects.get(employee_number="E1", removed_at=None).pk == first
    assert cover(employer, "E1") == [(date(2026, 1, 1), None)]


def test_what_later_changes_touched_is_not_undone_until_they_are(employer):
    first = applied(employer, make_person("E1"), make_person("E2"))
    before = roster(employer)
    later = applied(employer, make_person("E2", last_name="Soto"))
    with pytest.raises(ChangedSince) as refused:
        undone(employer, first)
    assert refused.value.extra == {"people": 1, "employee_numbers": ["E2"]}
    undone(employer, later)
    assert roster(employer) == before
    undone(employer, first)
    assert people(employer) == []


def test_former_addresses_count_again_after_undoing(committed_db, now):
    employer = make_employer()
    make_plan(employer.pk)
    applied(employer, make_person("E1", personal_email="first@home.example"))
    change_set = applied(
        employer, make_person("E1", personal_email="second@home.example"), now=MOMENT + timedelta(minutes=1)
    )
    undone(employer, change_set)
    clock.freeze(MOMENT + timedelta(hours=2))
    drain("domain")
    with acting_as(WORKER):
        emails = list(MemberContact.objects.order_by("id").values_list("email", flat=True))
    assert emails == ["first@home.example", "second@home.example", "first@home.example"]


def test_history_tells_the_door_the_change_set_and_that_it_was_undone(employer):
    change_set = applied(employer, make_person("E1"), door=Door.SCIM)
    undone(employer, change_set)
    with acting_as(WORKER):
        changes = MemberChange.objects.filter(change_set_id=change_set.pk, subject="member").order_by("number")
        assert [(change.door, change.reason) for change in changes] == [("scim", ""), ("scim", "undone")]


def test_cover_that_ends_is_announced_and_so_is_cover_that_goes_on(employer):
    applied(employer, make_person("E1"))
    ended = applied(employer, make_person("E1", end_date=ENDED))
    undone(employer, ended)
    assert [event["ends_on"] for event in events(EnrollmentEnded)] == ["2026-02-15"]
    assert [event["starts_on"] for event in events(EnrollmentStarted)] == ["2026-01-01", "2026-01-01"]


def test_an_end_that_is_moved_moves_cover(employer):
    applied(employer, make_person("E1"))
    for day in (ENDED, date(2026, 1, 31), date(2026, 2, 28)):
        applied(employer, make_person("E1", end_date=day))
        assert cover(employer, "E1") == [(date(2026, 1, 1), day)]


def test_a_discarded_file_may_come_again(employer):
    change_set = staged(employer, make_person("E1"), sha256="a" * 64)
    with acting_as(hr_of(employer.pk)):
        services.discard(change_set_id=change_set.pk)
        assert not StagedRow.objects.exists()
    assert staged(employer, make_person("E1"), sha256="a" * 64).pk != change_set.pk


def test_rows_that_were_deleted_are_not_taken_for_absence(employer):
    applied(employer, make_person("E1"))
    change_set = staged(employer, make_person("E1"), kind=Kind.FULL, ends_absent=True)
    with acting_as(hr_of(employer.pk)):
        StagedRow.objects.all().delete()
        with pytest.raises(RowsExpired):
            services.apply(change_set_id=change_set.pk, by=ANNE, now=MOMENT)


def test_a_large_one_is_applied_and_undone_by_a_worker(committed_db, now, monkeypatch):
    for module in (applying, undoing):
        monkeypatch.setattr(module, "AT_ONCE", 3)
    employer = make_employer()
    make_plan(employer.pk)
    crowd = [make_person(f"E{i}") for i in range(5)]
    change_set = applied(employer, *crowd)
    assert (change_set.status, change_set.applied_by, people(employer)) == (Status.APPLYING, ANNE, [])
    with pytest.raises(RosterBusy):
        applied(employer, make_person("other"))
    drain("domain")
    assert len(people(employer)) == 5
    assert undone(employer, change_set, now=MOMENT).status == Status.UNDOING
    drain("domain")
    assert people(employer) == []


def test_a_worker_that_may_not_apply_says_why(committed_db, now, monkeypatch):
    monkeypatch.setattr(applying, "AT_ONCE", 3)
    employer = make_employer()
    change_set = applied(employer, *(make_person(f"E{i}") for i in range(5)))
    drain("domain")
    with acting_as(hr_of(employer.pk)):
        back = ChangeSet.objects.get(pk=change_set.pk)
    assert back.refusal is not None
    assert (back.status, back.refusal["code"], people(employer)) == (Status.STAGED, "no_plan", [])


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
            services.run_application(change_set_id=change_set.pk, now=MOMENT)
    assert people(employer) == []
    with acting_as(WORKER):
        assert not Enrollment.objects.exists()
    drain("domain")
    assert len(people(employer)) == 5


def test_of_two_undos_at_once_one_is_told(committed_db, now):
    employer = make_employer()
    make_plan(employer.pk)
    change_set = applied(employer, *(make_person(f"E{i}") for i in range(30)))

    def go(_):
        try:
            return undone(employer, change_set).status
        except NotApplied:
            return "told"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(go, range(4))) == ["told", "told", "told", "undone"]


def test_a_person_who_is_described_alike_is_not_written(employer):
    applied(employer, make_person("E1"), make_person("E2"))
    with acting_as(WORKER):
        before = MemberChange.objects.count()
    done = applied(employer, make_person("E1"), replace(make_person("E2"), city="Oakland"))
    assert (done.diff["unchanged"], done.diff["changed"]) == (1, 1)
    with acting_as(WORKER):
        assert MemberChange.objects.count() == before + 1
