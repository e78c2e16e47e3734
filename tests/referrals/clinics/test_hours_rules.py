"""Opening hours on a clinic's clocks."""

from datetime import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.clinics.rules.hours import BadHours, Hours, check_hours, read_day

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


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", []),
        ("9-17", [(9, 0, 17, 0)]),
        ("9:00 – 12:30, 13:30 – 17:00", [(9, 0, 12, 30), (13, 30, 17, 0)]),
        ("9 am - 12 pm, 12:30 p.m. to 5 P.M.", [(9, 0, 12, 0), (12, 30, 17, 0)]),
        (" 12 a.m. – 11:59 p.m. ,", [(0, 0, 23, 59)]),
    ],
)
def test_a_day_is_read_as_people_write_it(typed: str, meant: Any) -> None:
    spans = [(one.opens.hour, one.opens.minute, one.closes.hour, one.closes.minute) for one in read_day(3, typed)]
    assert spans == meant


@pytest.mark.parametrize("typed", ["9", "always", "9-5", "25-26", "13 pm - 14 pm", "9:60-10", "9-12, 11-14", "٩-١٧"])
def test_what_is_no_span_of_a_day_is_refused(typed: str) -> None:
    with pytest.raises(BadHours):
        read_day(3, typed)


@given(st.lists(intervals, max_size=3), st.sampled_from(["%H:%M", "%I:%M %p"]))
def test_what_is_written_is_read_again(given_hours: Any, form: str) -> None:
    day = [Hours(weekday=2, opens=one.opens, closes=one.closes) for one in given_hours]
    try:
        ordered = check_hours(day)
    except BadHours:
        return
    typed = ", ".join(f"{one.opens.strftime(form)} – {one.closes.strftime(form)}" for one in ordered)
    assert read_day(2, typed) == ordered
