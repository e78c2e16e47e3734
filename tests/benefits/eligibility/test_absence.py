"""Absence from a full file, and the brake on ending cover by it."""

from datetime import date

import pytest

from benefits.eligibility import services
from benefits.eligibility.models import Kind, StagedRow, Status
from benefits.eligibility.rules.rows import Row, RowError
from benefits.eligibility.services.applying import RowsExpired, SecondAdminNeeded, UnnamedRows
from benefits.eligibility.services.approving import NothingToApprove
from benefits.employers import services as employers
from benefits.enrollment.models import Door
from benefits.events import EnrollmentEnded
from tests.conftest import NOW
from tests.factories.benefits import OPERATOR, hr_of, make_person
from tests.factories.change_sets import ANNE, BOB, applied, cover, crowd, events, numbers, roster, staged
from workers.kernel.actor import acting_as


def test_a_full_file_ends_nobody_by_absence_unless_it_is_asked_to(employer):
    applied(employer, *crowd(40))
    rest = crowd(39)
    assert applied(employer, *rest, kind=Kind.FULL).diff["absent"] == 1
    assert cover(employer, "E39") == [(date(2026, 1, 1), None)]

    done = applied(employer, *rest, kind=Kind.FULL, ends_absent=True)
    assert (done.diff["absent"], done.diff["absent_employee_numbers"]) == (1, ["E39"])
    assert cover(employer, "E39") == [(date(2026, 1, 1), NOW.date())]
    again = staged(employer, *rest, kind=Kind.FULL, ends_absent=True)
    assert again.diff["absent"] == 0


def test_many_absent_people_take_a_second_admin(employer):
    applied(employer, *crowd(40))
    short = staged(employer, *crowd(37), kind=Kind.FULL, ends_absent=True)

    def go(by):
        with acting_as(hr_of(employer.pk)):
            return services.apply(change_set_id=short.pk, by=by, now=NOW)

    with pytest.raises(SecondAdminNeeded) as needed:
        go(ANNE)
    assert needed.value.extra == {"absent": 3, "roster": 40, "brake_percent": 5}
    with acting_as(hr_of(employer.pk)):
        services.approve(change_set_id=short.pk, by=ANNE, now=NOW)
    with pytest.raises(SecondAdminNeeded):
        go(ANNE)
    assert len(numbers(employer)) == 40
    assert go(BOB).status == Status.APPLIED
    assert [len(cover) for _, cover in roster(employer)] == [1] * 40
    assert len(events(EnrollmentEnded)) == 3


def test_an_approval_is_of_so_many_and_no_more(employer):
    everybody = crowd(40)
    applied(employer, *everybody)
    short = staged(employer, *everybody[:37], kind=Kind.FULL, ends_absent=True)
    with acting_as(hr_of(employer.pk)):
        services.approve(change_set_id=short.pk, by=BOB, now=NOW)
    applied(employer, make_person("later"))
    with acting_as(hr_of(employer.pk)), pytest.raises(SecondAdminNeeded):
        services.apply(change_set_id=short.pk, by=ANNE, now=NOW)


def test_two_of_forty_need_no_second_admin(employer):
    applied(employer, *crowd(40))
    rest = staged(employer, *crowd(38), kind=Kind.FULL, ends_absent=True)
    with acting_as(hr_of(employer.pk)):
        with pytest.raises(NothingToApprove):
            services.approve(change_set_id=rest.pk, by=BOB, now=NOW)
        assert services.apply(change_set_id=rest.pk, by=ANNE, now=NOW).status == Status.APPLIED


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
            now=NOW,
        )
        with pytest.raises(UnnamedRows):
            services.apply(change_set_id=change_set.pk, by=ANNE, now=NOW, skip_rows_with_errors=True)


def test_rows_that_were_deleted_are_not_taken_for_absence(employer):
    applied(employer, make_person("E1"))
    change_set = staged(employer, make_person("E1"), kind=Kind.FULL, ends_absent=True)
    with acting_as(hr_of(employer.pk)):
        StagedRow.objects.all().delete()
        with pytest.raises(RowsExpired):
            services.apply(change_set_id=change_set.pk, by=ANNE, now=NOW)


@pytest.mark.parametrize(("brake_percent", "gone", "goes"), [(0, 1, False), (10, 4, True), (10, 5, False)])
def test_an_operator_sets_where_the_brake_lies(employer, brake_percent, gone, goes):
    with acting_as(OPERATOR):
        employers.set_brake(employer_id=employer.pk, brake_percent=brake_percent, by=BOB, now=NOW)
    applied(employer, *crowd(40))
    rest = staged(employer, *crowd(40 - gone), kind=Kind.FULL, ends_absent=True)
    with acting_as(hr_of(employer.pk)):
        if goes:
            assert services.apply(change_set_id=rest.pk, by=ANNE, now=NOW).status == Status.APPLIED
            return
        with pytest.raises(SecondAdminNeeded, match=f"More than {brake_percent} %"):
            services.apply(change_set_id=rest.pk, by=ANNE, now=NOW)
