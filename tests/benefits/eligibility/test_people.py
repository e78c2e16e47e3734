"""Who is told apart from whom, who is covered through whom, and from when until when."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefits.eligibility import services
from benefits.eligibility.models import StagedRow
from benefits.eligibility.queries.comparing import IS_OTHER
from benefits.eligibility.services.applying import RowsWithErrors
from benefits.enrollment.models import Member, MemberChange
from benefits.enrollment.rules import is_other_person
from tests.conftest import NOW
from tests.factories.benefits import hr_of, make_person
from tests.factories.change_sets import ANNE, ENDED, applied, child, cover, roster, staged
from workers.kernel.actor import WORKER, acting_as

_NAMES = st.sampled_from(("Ana", "ANA", "José", "JOSÉ", "Zoë"))
WHO = {"first_name": _NAMES, "last_name": _NAMES, "date_of_birth": st.dates(date(1990, 1, 1), date(1990, 1, 2))}
OTHER = IS_OTHER.format(known="known", said="said")


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
            services.apply(change_set_id=change_set.pk, by=ANNE, now=NOW)
        services.apply(change_set_id=change_set.pk, by=ANNE, now=NOW, skip_rows_with_errors=True)
    assert roster(employer) == before
    with acting_as(hr_of(employer.pk)):
        [kept] = StagedRow.objects.filter(change_set=change_set)
    assert kept.errors[0]["code"] == "other_person"


@pytest.mark.parametrize("facts", [{"date_of_birth": date(1990, 1, 1)}, {"last_name": "Zorn", "first_name": "Zoë"}])
def test_a_correction_of_one_of_both_is_none(employer, facts):
    applied(employer, make_person("E1"))
    assert applied(employer, make_person("E1", **facts)).diff["changed"] == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(*[st.builds(make_person, st.just("E1"), **WHO)] * 2)
def test_sql_and_python_say_alike_who_is_another_person(db, known, said):
    columns = ("date_of_birth", "first_name", "last_name")
    row = f"(SELECT {', '.join(f'%s AS {column}' for column in columns)})"
    told = [getattr(person, column) for person in (known, said) for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {OTHER} FROM {row} AS known, {row} AS said", told)  # noqa: S608 - the rule and columns above
        assert cursor.fetchone() == (is_other_person(known, said),)


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


def test_an_end_that_is_moved_moves_cover(employer):
    applied(employer, make_person("E1"))
    for day in (ENDED, date(2026, 1, 31), date(2026, 2, 28)):
        applied(employer, make_person("E1", end_date=day))
        assert cover(employer, "E1") == [(date(2026, 1, 1), day)]


def test_a_person_who_is_described_alike_is_not_written(employer):
    applied(employer, make_person("E1"), make_person("E2"))
    with acting_as(WORKER):
        before = MemberChange.objects.count()
    done = applied(employer, make_person("E1"), replace(make_person("E2"), city="Oakland"))
    assert (done.diff["unchanged"], done.diff["changed"]) == (1, 1)
    with acting_as(WORKER):
        assert MemberChange.objects.count() == before + 1
