"""The NPI's check digit."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.clinics.rules import is_npi

first_nine = st.integers(100_000_000, 299_999_999)
digits = st.sampled_from("0123456789")


def test_the_example_of_the_standard_is_valid() -> None:
    assert is_npi("1234567893")


@given(first_nine)
def test_exactly_one_last_digit_fits(number: Any) -> None:
    assert sum(is_npi(f"{number}{digit}") for digit in range(10)) == 1


@given(first_nine, st.integers(0, 9), digits)
def test_a_single_wrong_digit_is_noticed(number: Any, place: Any, digit: Any) -> None:
    valid = next(f"{number}{last}" for last in range(10) if is_npi(f"{number}{last}"))
    wrong = valid[:place] + digit + valid[place + 1 :]
    assert is_npi(wrong) == (wrong == valid)


@pytest.mark.parametrize("text", ["", "123456789", "12345678930", "123456789x", "١٢٣٤٥٦٧٨٩٣", "1234567893 "])
def test_anything_but_ten_plain_digits_is_refused(text: str) -> None:
    assert not is_npi(text)
