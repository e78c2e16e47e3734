"""Laws of change-sets, on a real database: again, undone, shuffled, and through another door."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefits.eligibility import services
from benefits.eligibility.models import Kind
from benefits.eligibility.rules.columns import COLUMNS
from benefits.eligibility.rules.rejects import said
from benefits.eligibility.rules.rows import Row
from benefits.eligibility.services.members import change_members
from benefits.eligibility.services.workbooks import workbook
from benefits.enrollment.models import Door
from tests.conftest import NOW
from tests.factories.benefits import hr_of, make_employer, make_person, make_plan
from tests.factories.change_sets import roster
from workers.kernel.actor import acting_as
from workers.kernel.ids import new_id

DAYS = st.sampled_from([None, None, date(2026, 1, 31), date(2026, 2, 28)])
employees = st.builds(
    make_person,
    st.sampled_from(["E1", "E2", "E3", "E4"]),
    last_name=st.sampled_from(["Soto", "Lee", "O'Hara"]),
    personal_email=st.sampled_from(["", "a@home.example"]),
    city=st.sampled_from(["", "Oakland"]),
    employee_class=st.sampled_from(["", "staff"]),
    end_date=DAYS,
    leave_starts_on=st.sampled_from([None, date(2026, 2, 1)]),
    date_of_death=st.sampled_from([None, None, None, date(2026, 2, 20)]),
)
dependants = st.builds(
    make_person,
    st.sampled_from(["D1", "D2"]),
    relationship=st.sampled_from(["spouse", "child"]),
    subscriber_number=st.sampled_from(["E1", "E2"]),
    date_of_birth=st.just(date(2015, 1, 1)),
    personal_email=st.just(""),
    end_date=DAYS,
)
files = st.lists(employees | dependants, max_size=6, unique_by=lambda person: person.employee_number)
LAW = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def employer(db, now):
    employer = make_employer()
    make_plan(employer.pk, covers_dependants=True)
    return employer


def apply(employer, people, *, now=NOW, kind=Kind.FULL, ends_absent=False):
    rows = [Row(number, person) for number, person in enumerate(people, start=2)]
    with acting_as(hr_of(employer.pk)):
        change_set, _ = services.stage(
            employer_id=employer.pk,
            door=Door.FILE,
            kind=kind,
            ends_absent=ends_absent,
            rows=rows,
            by=new_id(),
            now=now,
        )
        services.approve(change_set_id=change_set.pk, by=new_id(), now=now) if _is_braked(change_set) else None
        return services.apply(change_set_id=change_set.pk, by=new_id(), now=now, skip_rows_with_errors=True)


def _is_braked(change_set):
    return change_set.ends_absent and change_set.diff["absent"] * 20 > change_set.diff["roster"]


def bare(employer):
    """The roster without the ids, which each time are others."""
    ids = ("id", "employer_id", "subscriber_id")
    found = roster(employer)
    numbers = {facts["id"]: facts["employee_number"] for facts, _ in found}
    return [
        (
            {name: value for name, value in facts.items() if name not in ids},
            numbers.get(facts["subscriber_id"]),
            [(starts_on, ends_on) for _, _, starts_on, ends_on in cover],
        )
        for facts, cover in found
    ]


class Undo(Exception):
    """Takes an example back."""


def taken_back(body):
    """Run an example in a savepoint."""
    try:
        with transaction.atomic():
            body()
            raise Undo
    except Undo:
        pass


@LAW
@given(before=files, people=files, ends_absent=st.booleans())
def test_a_full_file_that_comes_twice_changes_nothing(employer, before, people, ends_absent):
    def example():
        apply(employer, before)
        apply(employer, people, ends_absent=ends_absent)
        once = roster(employer)
        again = apply(employer, people, ends_absent=ends_absent)
        assert roster(employer) == once
        assert {
            name: again.diff[name] for name in ("added", "changed", "ended", "reinstated", "absent")
        } == dict.fromkeys(("added", "changed", "ended", "reinstated"), 0) | {
            "absent": 0 if ends_absent else again.diff["absent"]
        }

    taken_back(example)


@LAW
@given(first=files, second=files, third=files, ends_absent=st.booleans())
def test_undoing_restores_the_roster(employer, first, second, third, ends_absent):
    def example():
        steps = []
        for number, people in enumerate((first, second, third)):
            before = roster(employer)
            steps.append((before, apply(employer, people, ends_absent=ends_absent, now=NOW + timedelta(days=number))))
        for number, (before, change_set) in enumerate(reversed(steps)):
            with acting_as(hr_of(employer.pk)):
                services.undo(change_set_id=change_set.pk, by=new_id(), now=NOW + timedelta(days=9 + number))
            assert roster(employer) == before

    taken_back(example)


@LAW
@given(before=files, people=files, chance=st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(employer, before, people, chance):
    shuffled = chance.sample(people, len(people))
    found = []

    def example(order):
        def body():
            apply(employer, before)
            done = apply(employer, order, kind=Kind.CHANGES)
            counts = {name: value for name, value in done.diff.items() if isinstance(value, int)}
            found.append((bare(employer), counts, done.error_count))

        return body

    taken_back(example(people))
    taken_back(example(shuffled))
    assert found[0] == found[1]


def as_record(person):
    facts = {name: getattr(person, name) for name in person.__dataclass_fields__}
    return [said(facts, column) for column in COLUMNS]


def as_csv(people):
    out = io.StringIO(newline="")
    csv.writer(out).writerows([COLUMNS, *map(as_record, people)])
    return out.getvalue().encode()


def through_file(employer, content):
    file = io.BytesIO(content)
    with acting_as(hr_of(employer.pk)):
        change_set, _ = services.upload(
            employer_id=employer.pk,
            kind=Kind.CHANGES,
            file=file,
            size=len(content),
            by=new_id(),
            now=NOW,
        )
        services.apply(change_set_id=change_set.pk, by=new_id(), now=NOW, skip_rows_with_errors=True)


def through_api(employer, people):
    members = [dict(zip(COLUMNS, as_record(person), strict=True)) for person in people]
    with acting_as(hr_of(employer.pk)):
        change_members(employer_id=employer.pk, members=members, by=new_id(), now=NOW, skip_rows_with_errors=True)


@settings(LAW, max_examples=10)
@given(before=files, people=files.filter(bool))
def test_every_door_leads_to_the_same_roster(employer, before, people):
    found = []
    doors = (
        lambda: apply(employer, people, kind=Kind.CHANGES),
        lambda: through_file(employer, as_csv(people)),
        lambda: through_file(employer, workbook([COLUMNS, *map(as_record, people)])),
        lambda: through_api(employer, people),
    )
    for door in doors:

        def example(door=door):
            apply(employer, before)
            door()
            found.append(bare(employer))

        taken_back(example)
    assert found == [found[0]] * len(doors)
