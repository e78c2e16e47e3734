"""What a course makes of its sessions."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.courses.rules import (
    FINAL,
    CourseStatus,
    SessionStatus,
    is_future,
    is_plausible,
    status_of_course,
)
from tests.conftest import NOW

statuses = st.lists(st.sampled_from(list(SessionStatus)), min_size=1)


@given(statuses)
def test_a_course_ends_exactly_when_all_its_sessions_have(states: list[SessionStatus]) -> None:
    ended = status_of_course(states) in (CourseStatus.COMPLETED, CourseStatus.CANCELLED)
    assert ended == (set(states) <= FINAL)


@pytest.mark.parametrize(
    ("states", "status"),
    [
        (["proposed", "proposed"], "planned"),
        (["scheduled", "proposed"], "active"),
        (["completed", "proposed"], "active"),
        (["completed", "no_show", "cancelled"], "completed"),
        (["cancelled", "no_show"], "cancelled"),
    ],
)
def test_a_course_follows_its_sessions(states: list[str], status: str) -> None:
    assert status_of_course(states) == status


def test_moments_are_judged_by_two_clocks_that_may_differ() -> None:
    assert not is_future(NOW + timedelta(minutes=5), now=NOW)
    assert is_future(NOW + timedelta(minutes=5, seconds=1), now=NOW)
    assert is_plausible(NOW + timedelta(days=366), now=NOW)
    assert not is_plausible(NOW - timedelta(days=367), now=NOW)
