"""A member who is covered, and a course of theirs."""

import pytest

from tests.factories.billing import course_of, covered_member


@pytest.fixture
def member(db):
    """60 % of the fee of intramuscular treatment, up to 5,000 dollars a year."""
    return covered_member()


@pytest.fixture
def course(member):
    """Three sessions of 175 dollars each."""
    return course_of(member)
