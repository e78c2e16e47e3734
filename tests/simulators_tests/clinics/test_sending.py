"""When a clinic stops trying; driven without a server so that twenty tries take no time."""

import asyncio
from datetime import UTC, datetime

import httpx
import pytest

from tests.simulators.clinics.clock import OffsetClock
from tests.simulators.clinics.journal import Journal
from tests.simulators.clinics.sending import Sender, write
from tests.simulators.clinics.state import Clinic, register
from tests.simulators_tests.clinics.bench import FROM_CLINIC, TO_CLINIC


def clinic() -> Clinic:
    """One that answers to nowhere in particular."""
    secrets = {"signing_secret": TO_CLINIC, "inbound_secret": FROM_CLINIC}
    return register({"key": "aurora", "answer_url": "http://project.test/", **secrets})


def deliver(answers: httpx.MockTransport) -> tuple[int | None, Journal]:
    """Send one message without waiting between tries; the outcome and what was noted."""
    journal = Journal()

    async def run() -> int | None:
        async with httpx.AsyncClient(transport=answers) as client:
            sender = Sender(client=client, clock=OffsetClock(), journal=journal, backoff_seconds=(0.0,))
            message = write("capacity.updated", {"open_slots": 1}, now=datetime.now(UTC))
            return await sender.deliver(clinic(), message)

    return asyncio.run(run()), journal


@pytest.mark.parametrize("trouble", [500, 429])
def test_it_gives_up_after_twenty_tries(trouble: int) -> None:
    outcome, journal = deliver(httpx.MockTransport(lambda request: httpx.Response(trouble)))

    assert outcome is None
    assert [entry.attempt for entry in journal.entries] == list(range(1, 21))
    assert len({entry.id for entry in journal.entries}) == 1


def test_a_connection_that_breaks_is_noted_with_its_error() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    outcome, journal = deliver(httpx.MockTransport(refuse))

    assert outcome is None
    assert {(entry.status, entry.detail) for entry in journal.entries} == {(None, "ConnectError: refused")}
