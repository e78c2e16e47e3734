"""One simulator process for each module; a fresh database and simulator state for each test that asks for `world`."""

import pytest

from tests.billing.stripe.conftest import inbox, process, world
from tests.factories.books import APRIL_3, account_of, employer_with
from workers.kernel import clock

__all__ = ["inbox", "process", "world"]


@pytest.fixture
def employer(world):
    """Thirty covered members, 240 dollars a month; it is the third of April."""
    employer_id = employer_with(30)
    account_of(employer_id)
    world.advance(seconds=(APRIL_3 - clock.now()).total_seconds())
    return employer_id
