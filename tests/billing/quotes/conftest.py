"""A member who is covered, and a course of theirs."""

import pytest

from tests.factories.billing import covered_member
from tests.factories.courses import make_course


@pytest.fixture
def member(db):
    """60 % of the fee of intramuscular treatment, up to 5,000 dollars a year."""
    return covered_member()


@pytest.fixture
def course(member):
    """Three sessions of 175 dollars each."""
    return make_course(member_id=member.member)
