"""Codes that survive handwriting, and numbers that may be written in several ways."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benefits.letters.rules import ALPHABET, LENGTH, fits, new_code, read_code

codes = st.builds(new_code)


@given(codes)
def test_a_code_is_read_however_it_is_typed(code):
    assert len(code) == LENGTH + 2
    assert set(code) <= {*ALPHABET, "-"}
    plain = code.replace("-", "")
    assert {read_code(text) for text in (code, code.lower(), plain, f" {plain[:5]} {plain[5:]} ")} == {plain}


@given(codes, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_character_shows(code, place, character):
    plain = code.replace("-", "")
    wrong = plain[:place] + character + plain[place + 1 :]
    assert (read_code(wrong) is None) == (wrong != plain)


@given(codes, st.integers(0, LENGTH - 2))
def test_two_swapped_characters_show(code, place):
    plain = code.replace("-", "")
    swapped = plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :]
    assert (read_code(swapped) is None) == (swapped != plain)


@pytest.mark.parametrize("text", ["", "0" * 12, "ABCD-EFGH", "ÄBCD-EFGH-JKMN", "A" * 4000])
def test_what_no_letter_has_is_none(text):
    assert read_code(text) is None


@pytest.mark.parametrize(
    ("number", "born", "is_right"),
    [
        ("e-0042", date(1980, 2, 29), True),
        ("E-0042", date(1980, 2, 28), False),
        ("e-42", date(1980, 2, 29), False),
        (" 77 ", date(1980, 2, 29), True),
        ("0077", date(1980, 2, 29), True),
        ("7", date(1980, 2, 29), False),
        ("", date(1980, 2, 29), False),
    ],
)
def test_what_fits(number, born, is_right):
    assert fits(number, born, numbers=["E-0042", "077"], date_of_birth=date(1980, 2, 29)) == is_right
