"""One simulator process for each module; a fresh database, member and simulator state for each test."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.billing.stripe.world import World, connect
from tests.factories.payments import paying_member
from tests.simulators_tests.stripe.bench import Bench, Inbox, receiving, simulated
from workers.kernel import bells


@pytest.fixture(scope="module")
def process() -> Iterator[Bench]:
    """The simulator, started on a free port and ended afterwards."""
    with simulated() as bench:
        yield bench


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """A receiver of webhooks."""
    with receiving() as inbox:
        yield inbox


@pytest.fixture
def world(
    process: Bench,
    inbox: Inbox,
    committed_db: str,
    now: datetime,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    """A member without plan or card, at NOW on both clocks."""
    connect(process, inbox, settings, now)
    monkeypatch.setattr(bells, "_strike", None)  # the test drains the lanes itself
    return World(process, inbox, paying_member())
