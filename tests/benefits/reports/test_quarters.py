"""Settled quarters: nothing that is published, and nothing that follows from it, points at single people."""

from datetime import date, timedelta
from itertools import combinations

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from benefits import facade
from benefits.employers.rules import quarter_after, quarter_of, settled_at
from benefits.enrollment.models import Member
from benefits.reports.models import QuarterFigure
from benefits.reports.rules import SMALLEST_CELL, WHY_HIDDEN, frozen_figure
from tests.factories.benefits import apply_people, hr_of, make_employer, make_hr, make_person, make_plan, signed_in
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.outbox.draining import drain
from workers.outbox.models import EventRecord
from workers.timers.firing import fire_due
from workers.timers.models import Timer

SMALL = set(range(1, SMALLEST_CELL))
Q1, Q2, Q3 = date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1)
counts = st.integers(0, 80)
quarters = st.lists(st.tuples(counts, counts), min_size=1, max_size=6).map(
    lambda told: [(min(pair), max(pair)) for pair in told]  # (reached, covered)
)


def published(told):
    """What a sequence of (reached, covered) is shown as."""
    figures: list[int | None] = []
    for reached, covered in told:
        figures.append(frozen_figure(reached, covered=covered, published=shown_of(figures)))
    return figures


def shown_of(figures):
    return [figure for figure in figures if figure is not None]


def consistent(figures, covered, place):
    """Every count that a quarter may have had, to somebody who knows the rules and who was covered."""
    before = shown_of(figures[:place])
    return {
        count
        for count in range(covered[place] + 1)
        if frozen_figure(count, covered=covered[place], published=before) == figures[place]
    }


@given(quarters)
@settings(max_examples=500)
def test_no_sequence_of_figures_tells_that_a_group_of_one_to_ten_people_exists(told):
    """Not of those reached, not of those who were not, and not of those by whom two quarters differ.

    The reader knows the rules, every figure, and exactly who was covered, and works out all that is possible.
    """
    figures, covered = published(told), [one for _, one in told]
    possible = [consistent(figures, covered, place) for place in range(len(told))]
    for place, counts_of_quarter in enumerate(possible):
        assert told[place][0] in counts_of_quarter
        assert not counts_of_quarter <= SMALL
        assert not {covered[place] - count for count in counts_of_quarter} <= SMALL
    for one, other in combinations(possible, 2):
        differences = {b - a for a in one for b in other}
        assert not differences <= SMALL
        assert not {-difference for difference in differences} <= SMALL


@given(quarters)
def test_no_two_figures_differ_by_one_to_ten(told):
    shown = shown_of(published(told))
    assert all(figure > 10 and figure % 5 == 0 for figure in shown)
    assert not {abs(b - a) for a, b in combinations(shown, 2)} & SMALL


@given(quarters, st.data())
def test_knowing_everybody_but_one_the_figure_is_shown_or_hidden_for_at_least_three_counts(told, data):
    """Whoever would single out one person has to know the use of all the others first."""
    figures, covered = published(told), [one for _, one in told]
    place = data.draw(st.integers(0, len(told) - 1))
    if figures[place] is not None:
        assert len(consistent(figures, covered, place)) >= 3


@pytest.mark.parametrize(
    ("reached", "covered", "published_before", "figure"),
    [
        (10, 500, [], None),
        (12, 500, [], None),  # would read 10
        (13, 500, [], 15),
        (489, 500, [], None),  # 11 are not reached, and 10 would seem so
        (485, 500, [], 485),
        (27, 500, [25], 25),
        (28, 500, [25], None),
        (37, 500, [25], None),
        (38, 500, [25], 40),
        (40, 500, [20, 35], None),
        (20, 500, [20, 35], 20),
        (25, 500, [20, 40], None),  # too near the first of them
        (0, 500, [], None),
    ],
)
def test_a_figure_is_coarse_or_hidden(reached, covered, published_before, figure):
    assert frozen_figure(reached, covered=covered, published=published_before) == figure


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_every_day_lies_in_one_quarter(day):
    first = quarter_of(day)
    assert first <= day < quarter_after(first)
    assert quarter_of(quarter_after(first) - timedelta(days=1)) == first


@pytest.fixture
def employer(db, now):
    employer = make_employer()
    make_plan(employer.pk)
    return employer


def people(employer, count):
    apply_people(employer.pk, *(make_person(f"E{number}") for number in range(count)))
    with acting_as(WORKER):
        members = Member.objects.filter(employer_id=employer.pk).values_list("employee_number", "pk")
        return [member_id for _, member_id in sorted(members, key=lambda told: int(told[0][1:]))]


def freeze(employer, quarter, reached):
    with acting_as(WORKER):
        facade.freeze_quarter(employer.pk, quarter=quarter, reached=reached)


def read(employer):
    results = signed_in(make_hr(employer.pk)).get("/api/v1/reports/quarters/").json()["results"]
    return {one["quarter"]: one["reached"] for one in results}


def test_hr_reads_a_settled_quarter_and_why_another_one_is_hidden(employer):
    members = people(employer, 40)
    freeze(employer, Q1, members[:20])
    freeze(employer, Q2, members[:5])
    hr = signed_in(make_hr(employer.pk))
    shown = {"quarter": "2026-Q1", "reached": 20, "rounded_to": 5, "why_hidden": ""}
    hidden = {"quarter": "2026-Q2", "reached": None, "rounded_to": 5, "why_hidden": WHY_HIDDEN}
    assert hr.get("/api/v1/reports/quarters/").json()["results"] == [hidden, shown]
    assert read(make_employer()) == {}


def test_a_settled_quarter_never_changes(employer):
    members = people(employer, 60)
    freeze(employer, Q1, members[:20])
    freeze(employer, Q1, members[:40])
    assert read(employer) == {"2026-Q1": 20}
    with acting_as(WORKER), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        QuarterFigure.objects.update(reached=15)


def test_a_quarter_that_is_settled_late_stays_hidden(employer):
    members = people(employer, 60)
    freeze(employer, Q2, members[:20])
    freeze(employer, Q1, members[:40])
    assert read(employer) == {"2026-Q1": None, "2026-Q2": 20}


def test_only_people_who_were_covered_in_the_quarter_count(employer):
    members = people(employer, 40)
    ended = [make_person(f"E{number}", end_date=date(2026, 3, 31)) for number in range(20)]
    apply_people(employer.pk, *ended)
    freeze(employer, Q3, [*members[:20], *(new_id() for _ in range(30))])
    assert read(employer) == {"2026-Q3": None}


@pytest.mark.parametrize("reached", [10, 5, 0, 17])
def test_the_database_keeps_no_fine_figure(employer, reached):
    with acting_as(WORKER), pytest.raises(IntegrityError, match="quarter_figure_is_coarse"), transaction.atomic():
        QuarterFigure.objects.create(employer_id=employer.pk, quarter=Q1, reached=reached)


def test_hr_cannot_write_figures(employer):
    with (
        acting_as(hr_of(employer.pk)),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        QuarterFigure.objects.create(employer_id=employer.pk, quarter=Q1, reached=15)


def test_quarters_settle_one_after_the_other_by_themselves(employer):
    for quarter in (Q1, Q2):
        with acting_as(WORKER):
            assert Timer.objects.filter(kind="benefits.quarter.over.v1").count() == 1
        clock.freeze(settled_at(quarter) - timedelta(seconds=1))
        assert fire_due() == 0
        clock.freeze(settled_at(quarter))
        assert fire_due() == 1
        drain("domain")
    assert read(employer) == {"2026-Q1": None, "2026-Q2": None}
    with acting_as(WORKER):
        assert EventRecord.objects.filter(type="benefits.quarter.over.v1").count() == 2
        assert not Email.objects.exists()
