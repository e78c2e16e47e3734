"""Which journals are sessions, and what is taken back."""

from uuid import UUID

import pytest

from billing.transfers.rules import TAKE_BACK_FROM_CENTS, is_taken_back, session_of

SESSION = UUID(int=7)


@pytest.mark.parametrize(
    ("key", "session"),
    [
        (f"session:{SESSION}:delivered", SESSION),
        (f"session:{SESSION}:missed", None),
        ("quote:1:agreed", None),
        (f"x:session:{SESSION}:delivered", None),
    ],
)
def test_a_journal_names_its_session(key, session):
    assert session_of(key) == session


@pytest.mark.parametrize(
    ("cents", "is_back"), [(-TAKE_BACK_FROM_CENTS, True), (-TAKE_BACK_FROM_CENTS + 1, False), (0, False)]
)
def test_little_is_set_off_and_much_is_taken_back(cents, is_back):
    assert is_taken_back(cents) == is_back
