"""Splitting a price, due dates, and the policy after failures."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from billing.payment_plans.rules import (
    DUNNING,
    CannotSplit,
    Interval,
    Outcome,
    OutcomeKind,
    amounts,
    due_dates,
    due_instants,
    is_hard,
    next_retry,
)

FIRST = datetime(2026, 1, 31, 18, 0, tzinfo=UTC)


@given(total=st.integers(50, 10_000_000), count=st.integers(1, 4))
def test_instalments_sum_to_the_price_and_differ_by_a_cent_at_most(total: int, count: int) -> None:
    assume(total // count >= 50)
    parts = amounts(total, count)
    assert sum(parts) == total
    assert len(parts) == count
    assert max(parts) - min(parts) <= 1
    assert min(parts) >= 50


@pytest.mark.parametrize(
    ("total", "count", "sentence"),
    [
        (0, 1, "There is nothing to pay: no payment plan is needed."),
        (-1, 1, "There is nothing to pay: no payment plan is needed."),
        (49, 1, "$0.49 is less than the smallest charge, $0.50."),
        (149, 3, "$1.49 can be paid in 1 to 2 instalments, not in 3."),
        (10_000, 5, "$100.00 can be paid in 1 to 4 instalments, not in 5."),
        (10_000, 0, "$100.00 can be paid in 1 to 4 instalments, not in 0."),
    ],
)
def test_what_cannot_be_split_is_refused_in_a_sentence(total: int, count: int, sentence: str) -> None:
    with pytest.raises(CannotSplit) as refused:
        amounts(total, count)
    assert str(refused.value) == sentence


def test_the_last_day_of_a_month_comes_back_after_a_short_one() -> None:
    dates = due_dates(date(2026, 1, 31), 4, Interval.MONTHLY)
    assert dates == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


def test_a_month_crosses_the_year_and_finds_the_leap_day() -> None:
    assert due_dates(date(2027, 11, 30), 4, Interval.MONTHLY)[2:] == [date(2028, 1, 30), date(2028, 2, 29)]


@pytest.mark.parametrize(("interval", "days"), [(Interval.WEEKLY, 7), (Interval.FORTNIGHTLY, 14)])
def test_weeks_are_counted_in_days(interval: Interval, days: int) -> None:
    dates = due_dates(date(2026, 1, 31), 3, interval)
    assert [b - a for a, b in pairwise(dates)] == [timedelta(days=days)] * 2


def test_later_debits_fall_at_nine_of_the_members_day_across_daylight_saving() -> None:
    instants = due_instants(FIRST, 3, Interval.MONTHLY, "America/New_York")
    assert instants == [
        FIRST,
        datetime(2026, 2, 28, 14, 0, tzinfo=UTC),
        datetime(2026, 3, 31, 13, 0, tzinfo=UTC),
    ]


def test_the_first_day_is_the_members_and_not_that_of_utc() -> None:
    late = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)  # still the last day of February in Honolulu
    assert due_instants(late, 2, Interval.MONTHLY, "Pacific/Honolulu")[1].astimezone(
        ZoneInfo("Pacific/Honolulu")
    ).date() == date(2026, 3, 28)


def test_soft_declines_are_tried_on_days_3_8_and_15_and_then_no_more() -> None:
    tries = [next_retry(n, FIRST, FIRST) for n in (1, 2, 3, 4)]
    assert tries == [*(FIRST + timedelta(days=d) for d in (3, 8, 15)), None]
    assert DUNNING.retry_days[0] == 0


def test_after_an_outage_the_next_try_is_a_day_away_and_not_at_once() -> None:
    late = FIRST + timedelta(days=40)
    assert next_retry(1, FIRST, late) == late + timedelta(days=1)


@pytest.mark.parametrize(
    ("code", "advice", "hard"),
    [
        ("insufficient_funds", "try_again_later", False),
        ("generic_decline", "", False),
        ("generic_decline", "do_not_try_again", True),
        ("stolen_card", "", True),
        ("expired_card", "confirm_card_data", True),
    ],
)
def test_a_card_that_cannot_work_is_not_tried_again(code: str, advice: str, hard: bool) -> None:
    assert is_hard(Outcome(kind=OutcomeKind.DECLINED, code=code, advice=advice)) is hard
