"""The waterfall's laws."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.quotes.rules import BillableSession, Terms, explain, plan_year, price, terms_of
from billing.sliding_scale.rules import NO_DISCOUNT, Discount
from workers.kernel.ids import new_id
from workers.kernel.money import share

FIRST = datetime(2026, 3, 2, tzinfo=UTC)
HALF = Discount(
    programme="standard", band="to_200", percent=50, least_percent=50, nominal_cents=0, guideline_version="v"
)
COVERED = Terms(route_covered=True, employer_share_percent=60, cap_left_cents=500_000, deductible_left_cents=0)

discounts = st.builds(
    lambda percent, nominal: replace(HALF, percent=percent, least_percent=percent // 2, nominal_cents=nominal),
    st.integers(min_value=0, max_value=100),
    st.sampled_from([0, 1_000]),
)
terms = st.builds(
    Terms,
    route_covered=st.just(True),
    employer_share_percent=st.integers(min_value=0, max_value=100),
    cap_left_cents=st.integers(min_value=0, max_value=400_000),
    deductible_left_cents=st.integers(min_value=0, max_value=200_000),
)
list_prices = st.lists(st.integers(min_value=0, max_value=100_000), min_size=1, max_size=12)


def _sessions(*prices: int) -> list[BillableSession]:
    return [
        BillableSession(id=new_id(), kind="dosing", starts_at=FIRST + timedelta(days=day), list_cents=cents)
        for day, cents in enumerate(prices)
    ]


def _totals(lines):
    names = ("list_cents", "discount_cents", "deductible_cents", "employer_cents", "member_cents")
    return {name: sum(getattr(line, name) for line in lines) for name in names}


@given(list_prices, discounts, terms)
def test_every_cent_of_every_line_goes_somewhere_named(prices, discount, terms):
    for line in price(_sessions(*prices), discount, terms):
        parts = (line.discount_cents, line.employer_cents, line.member_cents)
        assert sum(parts) == line.list_cents
        assert min(parts) >= 0
        assert 0 <= line.deductible_cents <= line.member_cents


@given(list_prices, discounts, terms)
def test_the_totals_are_those_of_one_waterfall_over_the_whole_course(prices, discount, terms):
    totals = _totals(price(_sessions(*prices), discount, terms))
    fee = totals["list_cents"] - totals["discount_cents"]
    deductible = min(fee, terms.deductible_left_cents)
    employer = min(share(fee - deductible, terms.employer_share_percent), terms.cap_left_cents)
    assert totals["deductible_cents"] == deductible
    assert totals["employer_cents"] == employer <= terms.cap_left_cents
    assert totals["member_cents"] == fee - employer


@given(list_prices, discounts, terms, st.randoms(use_true_random=False))
def test_the_order_of_sessions_changes_no_total(prices, discount, terms, random):
    shuffled = random.sample(prices, len(prices))
    assert _totals(price(_sessions(*shuffled), discount, terms)) == _totals(price(_sessions(*prices), discount, terms))


@given(list_prices, terms)
def test_the_scale_never_changes_the_employers_percentage(prices, terms):
    """Without deductible and cap the employer pays the same part of the fee, whatever the fee."""
    open_terms = replace(terms, cap_left_cents=10**9, deductible_left_cents=0)
    for discount in (NO_DISCOUNT, HALF):
        totals = _totals(price(_sessions(*prices), discount, open_terms))
        fee = totals["list_cents"] - totals["discount_cents"]
        assert totals["employer_cents"] == share(fee, terms.employer_share_percent)


def test_a_course_is_priced_by_hand():
    sessions = _sessions(25_000, 17_500, 45_000)
    terms = Terms(route_covered=True, employer_share_percent=60, cap_left_cents=20_000, deductible_left_cents=15_000)
    lines = price(sessions[::-1], HALF, terms)
    assert [line.session_id for line in lines] == [session.id for session in sessions]
    assert [line.discount_cents for line in lines] == [12_500, 8_750, 22_500]
    assert [line.deductible_cents for line in lines] == [12_500, 2_500, 0]
    assert [line.employer_cents for line in lines] == [0, 3_750, 13_500]
    assert [line.member_cents for line in lines] == [12_500, 5_000, 9_000]


def test_the_cap_ends_in_the_middle_of_a_session():
    lines = price(_sessions(45_000, 45_000), NO_DISCOUNT, replace(COVERED, cap_left_cents=30_000))
    assert [line.employer_cents for line in lines] == [27_000, 3_000]


@pytest.mark.parametrize(("used", "left"), [(0, 5_000), (4_999, 1), (5_000, 0), (6_000, 0)])
def test_what_is_used_up_is_not_paid_again(used, left):
    terms = terms_of(
        route="iv",
        covered_routes=["iv"],
        employer_share_percent=60,
        annual_cap_cents=5_000,
        deductible_cents=5_000,
        cap_used_cents=used,
        deductible_used_cents=used,
    )
    assert (terms.cap_left_cents, terms.deductible_left_cents) == (left, left)


def test_a_route_outside_the_plan_is_the_members_alone():
    terms = terms_of(
        route="nasal",
        covered_routes=["iv"],
        employer_share_percent=60,
        annual_cap_cents=5_000,
        deductible_cents=5_000,
        cap_used_cents=0,
        deductible_used_cents=0,
    )
    (line,) = price(_sessions(45_000), HALF, terms)
    assert (line.employer_cents, line.deductible_cents, line.member_cents) == (0, 0, 22_500)
    assert "Your plan does not cover this kind of treatment." in explain(line, HALF, terms)


def test_a_line_is_explained_in_the_order_of_the_waterfall():
    terms = replace(COVERED, deductible_left_cents=2_500)
    (line,) = price(_sessions(45_000), HALF, terms)
    assert explain(line, HALF, terms) == [
        "The clinic's list price is $450.00.",
        "Your income takes $225.00 off (50 % scale).",
        "$25.00 counts toward your plan's yearly deductible.",
        "Your employer pays $120.00: 60 % up to the plan's yearly maximum.",
        "You pay $105.00.",
    ]


def test_the_plan_year_is_the_calendar_year():
    assert plan_year(date(2026, 12, 31)) == (date(2026, 1, 1), date(2027, 1, 1))
