"""No two periods of a member's cover have a day in common, whatever writes them and whenever."""

import threading
from datetime import date, timedelta
from time import monotonic

import pytest
from django.db import DataError, IntegrityError, NotSupportedError, connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefits.enrollment.models import Enrollment, Member
from benefits.enrollment.queries import covering_plan, covering_plans
from benefits.plans import services as plans
from tests.conftest import NOW
from tests.factories.benefits import OPERATOR, changing_roster, make_employer, make_member, make_plan
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

FIRST = date(2026, 1, 1)


TODAY = NOW.date()


def insert(member, *spans, plan, since=FIRST):
    """Cover of a member from and through days counted from `since`; no last day means without end. One statement."""
    Enrollment.objects.bulk_create(
        Enrollment(
            employer_id=member.employer_id,
            member=member,
            plan=plan,
            starts_on=since + timedelta(first),
            ends_on=None if last is None else since + timedelta(last),
        )
        for first, last in spans
    )


@pytest.fixture
def plan(db, now):
    return make_plan(make_employer().pk, starts_on=date(2027, 1, 1))


@pytest.fixture
def member(plan):
    """Whose own cover begins in a year."""
    return make_member(plan.employer_id)


days = st.integers(0, 12)
spans = st.builds(
    lambda first, lasts: (first, None if lasts is None else first + lasts), days, st.none() | st.integers(-1, 6)
)


def days_of(span):
    first, last = span
    return set(range(first, 400 if last is None else last + 1))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=st.lists(spans, min_size=1, max_size=5))
def test_what_has_a_day_in_common_with_what_is_there_is_refused_and_nothing_else(plan, member, found):
    kept: list[tuple[int, int | None]] = []
    with changing_roster(member.employer_id), transaction.atomic():
        for span in found:
            if any(days_of(span) & days_of(other) for other in [*kept, (365, None)]):
                with pytest.raises(IntegrityError, match="enrollment_one_at_a_time"), transaction.atomic():
                    insert(member, span, plan=plan)
            else:
                insert(member, span, plan=plan)
                kept.append(span)
        transaction.set_rollback(True)


def test_rows_of_one_statement_are_compared_with_each_other(plan, member):
    other = make_member(plan.employer_id)
    with changing_roster(plan.employer_id), pytest.raises(IntegrityError, match="one_at_a_time"), transaction.atomic():
        insert(member, (0, 9), (9, 20), plan=plan)
    with changing_roster(plan.employer_id):
        insert(member, (0, 9), (10, 20), (15, 14), plan=plan)
        insert(other, (0, 20), plan=plan)


def test_a_period_grows_as_far_as_the_next_and_shrinks_freely(plan, member):
    with changing_roster(member.employer_id):
        insert(member, (0, 9), (20, 29), plan=plan)
    first = Enrollment.objects.filter(member=member, starts_on=FIRST)
    with changing_roster(member.employer_id):
        first.update(ends_on=FIRST + timedelta(19))
        first.update(ends_on=FIRST + timedelta(5))
        for last in (FIRST + timedelta(20), None):
            with pytest.raises(IntegrityError, match="one_at_a_time"), transaction.atomic():
                first.update(ends_on=last)
        with pytest.raises((IntegrityError, DataError), match="ends_after_start"), transaction.atomic():
            first.update(ends_on=FIRST - timedelta(2))


def test_of_two_who_begin_the_same_days_at_once_the_second_is_refused(committed_db, now):
    """The second cannot see what the first has not committed: it waits until it can."""
    plan = make_plan(make_employer().pk, starts_on=date(2027, 1, 1))
    member = make_member(plan.employer_id)
    refused = []

    def late():
        try:
            with changing_roster(member.employer_id):
                insert(member, (5, 30), plan=plan)
        except IntegrityError as refusal:
            refused.append(str(refusal))
        finally:
            connections.close_all()

    with changing_roster(member.employer_id):
        insert(member, (0, 9), plan=plan)
        thread = threading.Thread(target=late)
        thread.start()
        wait_for_a_waiter(thread)
    thread.join()
    assert len(refused) == 1
    assert "enrollment_one_at_a_time" in refused[0]


def wait_for_a_waiter(thread):
    """Until somebody waits for an advisory lock, or did not have to."""
    until = monotonic() + 20
    while monotonic() < until and thread.is_alive():
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
            if cursor.fetchone()[0]:
                return


def test_who_would_not_see_what_others_commit_writes_no_cover(committed_db, now):
    plan = make_plan(make_employer().pk, starts_on=date(2027, 1, 1))
    member = make_member(plan.employer_id)
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    try:
        with pytest.raises(NotSupportedError, match="what is committed"), changing_roster(member.employer_id):
            insert(member, (0, 9), plan=plan)
    finally:
        connection.close()
    with acting_as(WORKER):
        assert Member.objects.filter(pk=member.pk).exists()


@pytest.fixture
def two_plans(db, now):
    """One of days 0 to 9 that goes on from 12 to 20, by another version, and one without end from 3 on."""
    employer = make_employer()
    year = make_plan(employer.pk, starts_on=TODAY, ends_on=TODAY + timedelta(9))
    with acting_as(OPERATOR):
        days = {"starts_on": TODAY + timedelta(12), "ends_on": TODAY + timedelta(20)}
        renewal = plans.renew(plan_id=year.pk, changes=days, by=new_id(), now=now)
        plans.agree(plan_id=renewal.pk, expected=renewal.revision_tag, by=new_id(), now=now)
    other = make_plan(employer.pk, starts_on=TODAY + timedelta(3), priority=1)
    return year, renewal, other


@pytest.fixture
def crowd(two_plans):
    """Whose own cover begins in a year."""
    return [make_member(two_plans[0].employer_id, cover_from=date(2027, 3, 1)) for _ in range(2)]


def version_on(day, enrolled_in, two_plans):
    """Told day by day: by the version of their plan that is in force."""
    year, renewal, other = two_plans
    if enrolled_in == other:
        return other if day >= 3 else None
    return year if 0 <= day <= 9 else renewal if 12 <= day <= 20 else None


covers = st.tuples(st.integers(0, 1), days, st.integers(-1, 20), st.integers(0, 1)).map(
    lambda one: (one[0], (one[1], one[1] + one[2]), 2 * one[3])  # whose, its days, which of the plans
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(covers, min_size=1, max_size=6), days=st.tuples(*[st.integers(-1, 25)] * 2))
def test_one_member_and_many_are_covered_by_the_same_plan(two_plans, crowd, told, days):
    kept: list[tuple[int, tuple[int, int], int]] = []
    on = {member.pk: TODAY + timedelta(day) for member, day in zip(crowd, days, strict=True)}
    with transaction.atomic():
        for who, span, which in told:
            if any(who == other and days_of(span) & days_of(former) for other, former, _ in kept):
                continue
            with changing_roster(two_plans[0].employer_id):
                insert(crowd[who], span, plan=two_plans[which], since=TODAY)
            kept.append((who, span, which))
        expected = {
            crowd[who].pk: version
            for who, span, which in kept
            if days[who] in days_of(span) and (version := version_on(days[who], two_plans[which], two_plans))
        }
        with acting_as(WORKER):
            assert covering_plans(on) == expected
            assert {pk: plan for pk, day in on.items() if (plan := covering_plan(pk, on=day))} == expected
        transaction.set_rollback(True)
