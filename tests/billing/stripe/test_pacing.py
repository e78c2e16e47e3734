"""All processes together keep to one rate, by one row; who would wait too long is told so."""

from collections.abc import Iterator
from threading import Event
from time import monotonic
from typing import Any

import pytest
from django.db import connection

from billing.stripe.client import pacing
from billing.stripe.client.pacing import wait_for_turn
from billing.stripe.models import StripePace
from tests.racing import at_once
from workers.kernel.actor import WORKER, acting_as

RATE, TURNS, PROCESSES = 200.0, 15, 4


@pytest.fixture(autouse=True)
def rate(committed_db: str, settings: Any) -> Iterator[None]:
    settings.STRIPE_RATE_PER_S = RATE
    pacing._turns.clear()
    yield
    pacing._turns.clear()


def test_however_many_ask_requests_are_a_turn_apart() -> None:
    def send() -> list[float]:
        begun = []
        for _ in range(TURNS):
            assert wait_for_turn()
            begun.append(monotonic())
        return begun

    begun = sorted(moment for moments in at_once(*[send] * PROCESSES) for moment in moments)
    assert begun[-1] - begun[0] >= (TURNS * PROCESSES - 2) / RATE


def test_another_process_begins_where_this_one_ends() -> None:
    wait_for_turn()
    taken = len(pacing._turns) + 1
    pacing._turns.clear()  # another process has none of this one's
    begin = monotonic()
    wait_for_turn()
    assert monotonic() - begin >= (taken - 3) / RATE


def test_a_turn_that_is_not_used_in_its_time_lapses() -> None:
    wait_for_turn()
    long_ago = monotonic() - 2 * pacing.LATE_SECONDS
    pacing._turns.extend([long_ago] * 50)
    pacing._turns.rotate(50)
    begin = monotonic()
    for _ in range(40):
        wait_for_turn()
    assert monotonic() - begin >= 37 / RATE, "nobody saves turns up for a burst"


def test_no_second_has_more_than_agreed_though_turns_are_used_late() -> None:
    """Of a worker that stopped for a moment, as one does that reads and writes between two requests."""
    begun = []
    for number in range(int(RATE * 1.3)):
        assert wait_for_turn()
        begun.append(monotonic())
        if number == 30:
            Event().wait(pacing.LATE_SECONDS * 0.9)
    assert max(sum(first <= other < first + 1 for other in begun) for first in begun) <= RATE


def test_who_would_wait_too_long_is_told_so_at_once() -> None:
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_stripepace (id, free_at) VALUES (1, clock_timestamp() + interval '1 minute')"
        )
    begin = monotonic()
    assert not wait_for_turn(longest=1.0)
    assert monotonic() - begin < 1.0


def test_without_a_rate_nobody_asks_the_row(settings: Any) -> None:
    settings.STRIPE_RATE_PER_S = 0
    assert wait_for_turn()
    with acting_as(WORKER):
        assert not StripePace.objects.exists()
