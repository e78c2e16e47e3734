"""Poverty guidelines, bands and their edges."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.sliding_scale.rules import (
    NO_DISCOUNT,
    PROGRAMMES,
    BadBands,
    Band,
    NoGuideline,
    Region,
    check_bands,
    discount_for,
    guideline_for,
)

IN_2026 = date(2026, 3, 2)
incomes = st.integers(min_value=0, max_value=30_000_000)
households = st.integers(min_value=1, max_value=20)
regions = st.sampled_from(list(Region))
programmes = st.sampled_from(sorted(PROGRAMMES))
prices = st.integers(min_value=0, max_value=1_000_000)


@pytest.mark.parametrize(
    ("region", "size", "dollars"),
    [
        (Region.CONTIGUOUS, 1, 15_960),
        (Region.CONTIGUOUS, 4, 33_000),
        (Region.CONTIGUOUS, 8, 55_720),
        (Region.CONTIGUOUS, 12, 78_440),
        (Region.ALASKA, 4, 41_250),
        (Region.HAWAII, 4, 37_950),
    ],
)
def test_the_2026_guidelines_reach_every_household(region, size, dollars):
    assert guideline_for(region, IN_2026).for_household(size) == dollars * 100


def test_a_guideline_holds_from_its_day():
    before, first = date(2026, 1, 12), date(2026, 1, 13)
    assert guideline_for(Region.CONTIGUOUS, before).version == "2025-01-15/contiguous"
    assert guideline_for(Region.CONTIGUOUS, first).version == "2026-01-13/contiguous"
    with pytest.raises(NoGuideline):
        guideline_for(Region.ALASKA, date(2024, 1, 16))


@pytest.mark.parametrize(
    ("income_cents", "band", "percent"),
    [
        (0, "to_100", 100),
        (3_300_000, "to_100", 100),
        (3_300_001, "to_125", 80),
        (4_125_000, "to_125", 80),
        (4_125_001, "to_150", 70),
        (6_600_000, "to_200", 50),
        (6_600_001, "to_250", 40),
        (13_200_000, "to_400", 10),
        (13_200_001, "above", 0),
    ],
)
def test_an_income_at_a_limit_is_inside_and_a_cent_more_is_not(income_cents, band, percent):
    discount = discount_for(income_cents, 4, Region.CONTIGUOUS, IN_2026)
    assert (discount.band, discount.percent) == (band, percent)


def test_a_limit_that_is_no_whole_cent_is_compared_exactly():
    """175 % of $15,960.00 + 7 × $5,680.00 and 125 % of Alaska's first person: no rounding on either side."""
    limit_x100 = guideline_for(Region.ALASKA, IN_2026).for_household(1) * 125
    assert discount_for(limit_x100 // 100, 1, Region.ALASKA, IN_2026).band == "to_125"
    assert discount_for(limit_x100 // 100 + 1, 1, Region.ALASKA, IN_2026).band == "to_150"


@given(incomes, incomes, households, regions, programmes, prices)
def test_a_higher_income_never_pays_less(one, other, size, region, programme, price):
    low, high = sorted([one, other])
    poorer = discount_for(low, size, region, IN_2026, programme).off(price)
    assert poorer >= discount_for(high, size, region, IN_2026, programme).off(price)


@given(incomes, households, households, regions, programmes, prices)
def test_a_larger_household_never_pays_more(income, one, other, region, programme, price):
    small, large = sorted([one, other])
    off_small = discount_for(income, small, region, IN_2026, programme).off(price)
    assert discount_for(income, large, region, IN_2026, programme).off(price) >= off_small


@given(incomes, households, regions, programmes, prices)
def test_a_discount_lies_between_nothing_and_the_price(income, size, region, programme, price):
    assert 0 <= discount_for(income, size, region, IN_2026, programme).off(price) <= price


def test_the_lowest_band_pays_the_nominal_fee_but_no_more_than_the_next():
    discount = discount_for(0, 1, Region.HAWAII, IN_2026)
    assert 45_000 - discount.off(45_000) == 1_000
    assert 2_000 - discount.off(2_000) == 400
    assert discount_for(0, 1, Region.HAWAII, IN_2026, "health_centre").off(45_000) == 45_000


def test_without_a_declaration_nothing_is_taken_off():
    assert NO_DISCOUNT.off(45_000) == 0


@pytest.mark.parametrize(("income", "size"), [(-1, 1), (0, 0), (0, -3)])
def test_impossible_declarations_are_refused(income, size):
    with pytest.raises(ValueError, match=r"not negative|at least one"):
        discount_for(income, size, Region.CONTIGUOUS, IN_2026)


@pytest.mark.parametrize(
    "bands",
    [
        [
            Band(code="a", up_to_percent=125, discount_percent=80),
            Band(code="b", up_to_percent=125, discount_percent=50),
        ],
        [
            Band(code="a", up_to_percent=125, discount_percent=50),
            Band(code="b", up_to_percent=150, discount_percent=50),
        ],
        [Band(code="a", up_to_percent=125, discount_percent=101)],
        [Band(code="a", up_to_percent=125, discount_percent=0)],
        [Band(code="a", up_to_percent=0, discount_percent=50)],
        [Band(code="above", up_to_percent=100, discount_percent=50)],
        [Band(code="a", up_to_percent=100, discount_percent=50, nominal_cents=-1)],
        [
            Band(code="a", up_to_percent=100, discount_percent=50),
            Band(code="b", up_to_percent=125, discount_percent=40, nominal_cents=1),
        ],
    ],
)
def test_bands_that_do_not_grade_are_refused(bands):
    with pytest.raises(BadBands):
        check_bands(bands)


@given(st.dates(min_value=date(2024, 1, 17), max_value=date(2030, 1, 1)), regions)
def test_guidelines_grow_from_version_to_version(day, region):
    later = guideline_for(region, day + timedelta(days=365))
    assert later.first_person_cents >= guideline_for(region, day).first_person_cents
