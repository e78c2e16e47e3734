"""Opening hours on a clinic's clocks."""

from datetime import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.clinics.rules.hours import BadHours, Hours, check_hours

minutes = st.integers(0, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60))
intervals = st.builds(Hours, weekday=st.integers(1, 7), opens=minutes, closes=minutes)


def hours(weekday: int, opens: int, closes: int) -> Hours:
    return Hours(weekday=weekday, opens=time(opens), closes=time(closes))


@pytest.mark.parametrize(
    "wrong",
    [
        [hours(0, 9, 17)],
        [hours(8, 9, 17)],
        [hours(1, 17, 9)],
        [hours(1, 9, 9)],
        [hours(1, 9, 13), hours(1, 12, 17)],
        [hours(1, 12, 17), hours(1, 9, 13)],
    ],
)
def test_hours_that_cannot_be_are_refused(wrong: Any) -> None:
    with pytest.raises(BadHours):
        check_hours(wrong)


def test_a_lunch_break_is_two_intervals_that_may_touch() -> None:
    given = [hours(1, 13, 17), hours(1, 9, 13), hours(7, 10, 12)]
    assert check_hours(given) == (hours(1, 9, 13), hours(1, 13, 17), hours(7, 10, 12))


@given(st.lists(intervals, max_size=6))
def test_what_passes_overlaps_at_no_minute(given_hours: Any) -> None:
    try:
        ordered = check_hours(given_hours)
    except BadHours:
        return
    for number, one in enumerate(ordered):
        for other in ordered[number + 1 :]:
            assert one.weekday != other.weekday or one.closes <= other.opens or other.closes <= one.opens
