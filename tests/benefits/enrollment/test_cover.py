"""No two periods of a member's cover have a day in common, whatever writes them and whenever."""

import threading
from datetime import date, timedelta
from time import monotonic

import pytest
from django.db import DataError, IntegrityError, NotSupportedError, connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefits.enrollment.models import Enrollment, Member
from tests.factories.benefits import changing_roster, make_employer, make_member, make_plan
from workers.kernel.actor import WORKER, acting_as

FIRST = date(2026, 1, 1)


def insert(member, *spans, plan):
    """Cover of a member from and through days counted from FIRST; no last day means without end. One statement."""
    Enrollment.objects.bulk_create(
        Enrollment(
            employer_id=member.employer_id,
            member=member,
            plan=plan,
            starts_on=FIRST + timedelta(first),
            ends_on=None if last is None else FIRST + timedelta(last),
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
