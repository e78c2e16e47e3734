"""The steps of a life: what each does to the dates, to cover and to dependants, whatever comes after what."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from benefits.enrollment import services
from benefits.enrollment.models import Enrollment, Member
from benefits.enrollment.rules import POSSIBLE
from benefits.events import EnrollmentEnded, EnrollmentsStarted, MemberDied
from tests.conftest import NOW
from tests.factories.benefits import hr_of, make_employer, make_member, make_plan
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import ChangedMeanwhile, DomainError, Invalid
from workers.outbox.models import EventRecord

TODAY = NOW.date()
OFTEN = ("terminate", "reinstate", "rehire")  # a death ends most of what may follow


@pytest.fixture
def employer(db, now):
    employer = make_employer()
    make_plan(employer.pk, covers_dependants=True)
    return employer


def do(step, member, **facts):
    with acting_as(hr_of(member.employer_id)):
        return step(member_id=member.pk, now=facts.pop("now", NOW), **facts)


def periods(member):
    with acting_as(WORKER):
        return list(Enrollment.objects.filter(member=member).order_by("starts_on").values_list("starts_on", "ends_on"))


def told(kind):
    with acting_as(WORKER):
        return EventRecord.objects.filter(type=kind.wire_name).count()


def test_a_leave_leaves_cover_alone(employer):
    member = make_member(employer.pk)
    assert do(services.take_leave, member, starts_on=date(2026, 3, 9)).employment_status == "on_leave"
    assert do(services.return_from_leave, member).leave_starts_on is None
    assert periods(member) == [(date(2026, 1, 1), None)]


def test_a_termination_ends_cover_may_be_corrected_and_is_told_once(employer):
    member = make_member(employer.pk)
    for end_date in (date(2026, 2, 28), date(2026, 3, 31), date(2026, 3, 31)):
        assert do(services.terminate, member, end_date=end_date).employment_status == "ended"
    assert periods(member) == [(date(2026, 1, 1), date(2026, 3, 31))]
    assert told(EnrollmentEnded) == 2


def test_a_reinstatement_leaves_no_hole_unless_one_is_asked_for(employer):
    seamless, gap = make_member(employer.pk), make_member(employer.pk)
    for member in (seamless, gap):
        do(services.terminate, member, end_date=date(2026, 2, 28))
    do(services.reinstate, seamless)
    do(services.reinstate, gap, cover_from=date(2026, 4, 1))
    assert periods(seamless) == [(date(2026, 1, 1), date(2026, 2, 28)), (date(2026, 3, 1), None)]
    assert periods(gap) == [(date(2026, 1, 1), date(2026, 2, 28)), (date(2026, 4, 1), None)]


def test_a_re_hire_is_the_same_member_and_waits_again(db, now):
    employer = make_employer()
    make_plan(employer.pk, waiting_days=30)
    member = make_member(employer.pk)
    do(services.terminate, member, end_date=date(2026, 2, 28))
    again = do(services.rehire, member, hire_date=date(2026, 6, 1))
    assert (again.pk, again.hire_date, again.employment_status) == (member.pk, date(2026, 6, 1), "active")
    assert periods(member) == [(date(2026, 1, 1), date(2026, 2, 28)), (date(2026, 7, 1), None)]


def test_a_death_ends_cover_and_is_told_once(employer):
    member = make_member(employer.pk)
    assert do(services.record_death, member, date_of_death=date(2026, 2, 20)).employment_status == "deceased"
    corrected = do(services.record_death, member, date_of_death=date(2026, 2, 22))
    assert (corrected.end_date, corrected.date_of_death) == (date(2026, 2, 22), date(2026, 2, 22))
    assert periods(member) == [(date(2026, 1, 1), date(2026, 2, 22))]
    assert told(MemberDied) == 1
    taken_back = do(services.undo_death, member)
    assert (taken_back.employment_status, taken_back.end_date) == ("ended", date(2026, 2, 22))


def test_a_death_after_the_end_changes_no_cover(employer):
    member = make_member(employer.pk)
    do(services.terminate, member, end_date=date(2026, 1, 31))
    dead = do(services.record_death, member, date_of_death=date(2026, 2, 20))
    assert (dead.end_date, dead.date_of_death) == (date(2026, 1, 31), date(2026, 2, 20))


def test_cover_that_had_not_begun_becomes_empty(db, now):
    employer = make_employer()
    make_plan(employer.pk, waiting_days=30)
    member = make_member(employer.pk, hire_date=date(2026, 2, 20))
    do(services.terminate, member, end_date=date(2026, 3, 1))
    assert periods(member) == [(date(2026, 3, 22), date(2026, 3, 21))]


def test_dependants_end_and_go_on_with_whom_they_are_covered_through(employer):
    employee = make_member(employer.pk, "E1")
    child = make_member(employer.pk, "E1-1", relationship="child", subscriber_number="E1")
    left_before = make_member(employer.pk, "E1-2", relationship="spouse", subscriber_number="E1")
    do(services.terminate, left_before, end_date=date(2026, 1, 31))
    do(services.terminate, employee, end_date=date(2026, 2, 28))
    assert periods(child) == [(date(2026, 1, 1), date(2026, 2, 28))]
    do(services.reinstate, employee)
    assert periods(child) == [(date(2026, 1, 1), date(2026, 2, 28)), (date(2026, 3, 1), None)]
    assert periods(left_before) == [(date(2026, 1, 1), date(2026, 1, 31))]


@pytest.mark.parametrize(
    ("step", "facts"),
    [
        (services.return_from_leave, {}),
        (services.reinstate, {}),
        (services.rehire, {"hire_date": date(2026, 4, 1)}),
        (services.undo_death, {}),
    ],
)
def test_a_step_that_does_not_follow_says_where_the_member_stands(employer, step, facts):
    with pytest.raises(services.NotPossibleNow) as refusal:
        do(step, make_member(employer.pk), **facts)
    assert (refusal.value.extra["state"], "active" in refusal.value.extra["possible_for"]) == ("active", False)


def test_today_is_the_members_own_day(employer):
    """It is still 28 February in Los Angeles, and already March in London."""
    instant = NOW.replace(month=3, day=1, hour=3)
    west = make_member(employer.pk, timezone="America/Los_Angeles")
    east = make_member(employer.pk, timezone="America/New_York")
    with pytest.raises(Invalid):
        do(services.record_death, west, date_of_death=date(2026, 3, 1), now=instant)
    do(services.record_death, east, date_of_death=date(2026, 2, 28), now=instant)


def test_a_hire_on_29_february_waits_its_days(db, now):
    employer = make_employer()
    make_plan(employer.pk, starts_on=date(2024, 1, 1), waiting_days=365)
    assert periods(make_member(employer.pk, hire_date=date(2024, 2, 29))) == [(date(2025, 2, 28), None)]


def test_an_edit_that_builds_on_what_is_no_longer_so_is_refused(employer):
    member = make_member(employer.pk)
    with acting_as(hr_of(employer.pk)):
        seen = services.tag_of(member)
    do(services.take_leave, member, starts_on=TODAY, seen=seen)
    with pytest.raises(ChangedMeanwhile):
        do(services.terminate, member, end_date=TODAY, seen=seen)


class Life(RuleBasedStateMachine):
    """Any steps in any order, with days around today. The clock stands still; the database refuses overlaps itself."""

    @initialize(waiting=st.sampled_from((0, 1, 30)), hired=st.integers(-60, 30))
    def begin(self, waiting: int, hired: int) -> None:
        employer = make_employer()
        make_plan(employer.pk, waiting_days=waiting, starts_on=date(2025, 6, 1))
        self.waiting = waiting
        self.member = make_member(employer.pk, hire_date=TODAY + timedelta(days=hired))
        self.gap_until: date | None = None

    @rule(
        step=st.sampled_from((*OFTEN, *OFTEN, *sorted(POSSIBLE))),
        days=st.integers(-90, 90),
        is_explicit=st.booleans(),
    )
    def step(self, step: str, days: int, is_explicit: bool) -> None:
        day = TODAY + timedelta(days=days)
        calls = {
            "leave": (services.take_leave, {"starts_on": day}),
            "return": (services.return_from_leave, {}),
            "terminate": (services.terminate, {"end_date": day}),
            "reinstate": (services.reinstate, {"cover_from": day} if is_explicit else {}),
            "rehire": (services.rehire, {"hire_date": day}),
            "death": (services.record_death, {"date_of_death": day}),
            "undo_death": (services.undo_death, {}),
        }
        service, facts = calls[step]
        try:
            do(service, self.member, **facts)
        except DomainError:
            return
        if step in ("reinstate", "rehire"):
            self.gap_until = day if step == "reinstate" and is_explicit else None

    @invariant()
    def cover_ends_with_employment_and_has_no_hole_nobody_asked_for(self) -> None:
        with acting_as(WORKER):
            member = Member.objects.get(pk=self.member.pk)
        spans = [(first, last) for first, last in periods(member) if last is None or last >= first]
        assert all(last is not None for _, last in spans[:-1])
        assert all(one[1] < other[0] for one, other in itertools.pairwise(spans) if one[1])
        if member.end_date is not None:
            assert all(last is not None and last <= member.end_date for _, last in spans)
            return
        assert spans, "who is employed is covered, or will be"
        first, last = spans[-1]
        assert last is None
        earliest = member.hire_date + timedelta(days=self.waiting)
        wanted = max([earliest, *([spans[-2][1] + timedelta(days=1)] if len(spans) > 1 else [])])
        assert first >= wanted
        assert first == max(wanted, self.gap_until or wanted)

    @invariant()
    def what_is_recorded_agrees_with_itself(self) -> None:
        with acting_as(WORKER):
            member = Member.objects.get(pk=self.member.pk)
        assert (member.employment_status == "deceased") == (member.date_of_death is not None)
        assert (member.employment_status in ("ended", "deceased")) == (member.end_date is not None)


def test_no_order_of_steps_makes_an_overlap_or_a_hole(db, now):
    run_state_machine_as_test(
        Life,
        settings=settings(max_examples=25, stateful_step_count=12, suppress_health_check=list(HealthCheck)),
    )


def test_what_began_is_told(employer):
    member = make_member(employer.pk)
    do(services.terminate, member, end_date=date(2026, 2, 28))
    do(services.reinstate, member)
    assert told(EnrollmentsStarted) == 2
