"""Poverty guidelines, bands and their edges."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.sliding_scale.rules import (
    BUILT_IN,
    GUIDELINES,
    NO_DISCOUNT,
    RECERTIFY_AFTER,
    BadBands,
    Band,
    NoGuideline,
    Programme,
    Region,
    Standing,
    check_bands,
    discount_for,
    evidence_due,
    guideline_for,
    standing_of,
)

IN_2026 = date(2026, 3, 2)
incomes = st.integers(min_value=0, max_value=30_000_000)
households = st.integers(min_value=1, max_value=20)
regions = st.sampled_from(list(Region))
programmes = st.sampled_from(list(BUILT_IN.values()))
STANDARD = BUILT_IN["standard"]
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
    discount = discount_for(income_cents, 4, Region.CONTIGUOUS, IN_2026, STANDARD)
    assert (discount.band, discount.percent) == (band, percent)


def test_a_limit_that_is_no_whole_cent_is_compared_exactly():
    """175 % of $15,960.00 + 7 × $5,680.00 and 125 % of Alaska's first person: no rounding on either side."""
    limit_x100 = guideline_for(Region.ALASKA, IN_2026).for_household(1) * 125
    assert discount_for(limit_x100 // 100, 1, Region.ALASKA, IN_2026, STANDARD).band == "to_125"
    assert discount_for(limit_x100 // 100 + 1, 1, Region.ALASKA, IN_2026, STANDARD).band == "to_150"


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
    discount = discount_for(0, 1, Region.HAWAII, IN_2026, STANDARD)
    assert 45_000 - discount.off(45_000) == 1_000
    assert 2_000 - discount.off(2_000) == 400
    assert discount_for(0, 1, Region.HAWAII, IN_2026, BUILT_IN["health_centre"]).off(45_000) == 45_000


def test_without_a_declaration_nothing_is_taken_off():
    assert NO_DISCOUNT.off(45_000) == 0


@pytest.mark.parametrize(("income", "size"), [(-1, 1), (0, 0), (0, -3)])
def test_impossible_declarations_are_refused(income, size):
    with pytest.raises(ValueError, match=r"not negative|at least one"):
        discount_for(income, size, Region.CONTIGUOUS, IN_2026, STANDARD)


def _band(above: int, up_to: int, discount: int = 50, code: str = "", nominal_cents: int = 0) -> Band:
    return Band(
        code=code or f"to_{up_to}",
        above_percent=above,
        up_to_percent=up_to,
        discount_percent=discount,
        nominal_cents=nominal_cents,
    )


@pytest.mark.parametrize(
    ("bands", "field", "words"),
    [
        ([], "bands", "at least one band"),
        ([_band(50, 100)], "bands[0].above_percent", "from 0 to 50 % are in no band: begin at 0"),
        ([_band(0, 100), _band(120, 150, 40)], "bands[1].above_percent", "from 100 to 120 % are in no band"),
        ([_band(0, 100), _band(90, 150, 40)], "bands[1].above_percent", "overlaps the one before, which ends at 100 %"),
        ([_band(0, 100), _band(0, 150, 40)], "bands[1].above_percent", "overlaps"),
        ([_band(0, 0)], "bands[0].up_to_percent", "ends above where it begins"),
        ([_band(0, 100), _band(100, 150, 50)], "bands[1].discount_percent", "lower discount than the band before"),
        ([_band(0, 100, 101)], "bands[0].discount_percent", "between 1 and 100"),
        ([_band(0, 100, 0)], "bands[0].discount_percent", "between 1 and 100"),
        ([_band(0, 100, nominal_cents=-1)], "bands[0].nominal_cents", "not negative"),
        ([_band(0, 100), _band(100, 150, 40, nominal_cents=1)], "bands[1].nominal_cents", "lowest band only"),
        ([_band(0, 100, code="above")], "bands", "none is 'above'"),
        ([_band(0, 100), _band(100, 150, 40, code="to_100")], "bands", "codes of bands differ"),
    ],
)
def test_bands_that_are_no_scale_are_refused_with_field_reason_and_remedy(bands, field, words):
    with pytest.raises(BadBands) as refused:
        check_bands(bands)
    [error] = refused.value.errors
    assert error["field"] == field
    assert words in error["message"]


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(1, 9)), min_size=1, max_size=9), incomes, incomes, prices)
def test_any_scale_that_is_accepted_never_asks_less_of_a_higher_income(steps, one, other, price):
    low, bands, discount = 0, [], 100
    for width, fall in steps:
        bands.append(_band(low, low + width, discount, nominal_cents=0 if low else 1_000))
        low, discount = low + width, discount - fall
    check_bands(bands)
    programme = Programme(code="any", version="any/1", bands=tuple(bands))
    poorer, richer = (discount_for(i, 2, Region.ALASKA, IN_2026, programme) for i in sorted([one, other]))
    assert poorer.off(price) >= richer.off(price)


@pytest.mark.parametrize("code", ["standard", "health_centre", "flat"])
def test_the_built_in_programmes_name_their_version(code):
    assert discount_for(0, 1, Region.ALASKA, IN_2026, BUILT_IN[code]).programme_version == f"{code}/2026-03"


def test_a_flat_programme_has_one_discount_up_to_its_limit():
    limit = guideline_for(Region.CONTIGUOUS, IN_2026).for_household(1) * 3
    for income, percent in ((0, 40), (limit, 40), (limit + 1, 0)):
        assert discount_for(income, 1, Region.CONTIGUOUS, IN_2026, BUILT_IN["flat"]).percent == percent


def test_every_guideline_names_its_source():
    assert all(guideline.source for guideline in GUIDELINES)
    assert {(g.effective_date.year, g.region) for g in GUIDELINES} == {
        (year, region) for year in (2024, 2025, 2026) for region in Region
    }


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("is_documented", "sent", "at", "standing"),
    [
        (False, False, 29 * DAY, Standing.PROVISIONAL),
        (False, False, 30 * DAY, Standing.LAPSED),
        (False, True, 30 * DAY, Standing.PROVISIONAL),
        (False, True, 365 * DAY, Standing.EXPIRED),
        (True, False, 364 * DAY, Standing.DOCUMENTED),
        (True, False, 365 * DAY, Standing.EXPIRED),
    ],
)
def test_a_word_counts_until_evidence_is_due_and_evidence_for_a_year(is_documented, sent, at, standing):
    assert standing == standing_of(
        is_documented=is_documented,
        evidence_due_at=NOON + 30 * DAY,
        evidence_sent_at=NOON if sent else None,
        valid_until=NOON + RECERTIFY_AFTER,
        now=NOON + at,
    )


def test_declaring_again_does_not_begin_the_time_to_document_anew():
    assert evidence_due([], NOON) == NOON + 30 * DAY
    assert evidence_due([NOON + 5 * DAY, NOON + 9 * DAY], NOON) == NOON + 5 * DAY
    assert evidence_due([NOON - DAY], NOON) == NOON - DAY


@given(st.dates(min_value=date(2024, 1, 17), max_value=date(2030, 1, 1)), regions)
def test_guidelines_grow_from_version_to_version(day, region):
    later = guideline_for(region, day + timedelta(days=365))
    assert later.first_person_cents >= guideline_for(region, day).first_person_cents
