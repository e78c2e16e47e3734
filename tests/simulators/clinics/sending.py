"""Posting a clinic's own messages, again and again under one id, until the other side has decided."""

import asyncio
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice, repeat
from typing import Any

import httpx

from tests.simulators.clinics import signing
from tests.simulators.clinics.clock import OffsetClock
from tests.simulators.clinics.journal import Entry, Journal
from tests.simulators.clinics.state import Clinic

MAX_TRIES = 20
BACKOFF_SECONDS = (
    0.2,
    0.5,
    1.0,
    2.0,
    5.0,
)  # the last one repeats; real time, since the clock may stand still
SNIPPET_CHARACTERS = 500
LINES = 8  # posts in hand at once: whenever one ends httpx looks at every other and at every connection


@dataclass(frozen=True)
class Outgoing:
    """A message with its id and body fixed for all tries; a wrongly signed one proves that we check."""

    id: str
    type: str
    data: Mapping[str, Any]
    body: bytes
    rightly_signed: bool = True


def write(message_type: str, data: Mapping[str, Any], *, now: datetime, message_id: str | None = None) -> Outgoing:
    """A message in its envelope, under a fresh id unless one is given."""
    envelope = {"type": message_type, "timestamp": rfc3339(now), "data": data}
    identity = message_id or f"msg_{secrets.token_hex(12)}"
    return Outgoing(id=identity, type=message_type, data=data, body=json.dumps(envelope).encode())


def rfc3339(instant: datetime) -> str:
    """The instant in UTC with a Z."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Sender:
    """Delivers messages; what was tried and what came back is in the journal."""

    def __init__(
        self,
        *,
        client: httpx.AsyncClient,
        clock: OffsetClock,
        journal: Journal,
        backoff_seconds: Sequence[float] = BACKOFF_SECONDS,
    ) -> None:
        self._client = client
        self._clock = clock
        self._journal = journal
        self._backoff_seconds = backoff_seconds
        self._lines = asyncio.Semaphore(LINES)

    async def deliver(self, clinic: Clinic, outgoing: Outgoing) -> int | None:
        """Post until a status other than 5xx or 429 comes back and return it; None after 20 tries in vain."""
        waits = chain(self._backoff_seconds, repeat(self._backoff_seconds[-1]))
        for wait in islice(waits, MAX_TRIES):
            status = await self._post(clinic, outgoing)
            if status is not None and status < 500 and status != httpx.codes.TOO_MANY_REQUESTS:
                return status
            await asyncio.sleep(wait)
        return None

    async def _post(self, clinic: Clinic, outgoing: Outgoing) -> int | None:
        timestamp = int(self._clock.now().timestamp())
        entry = self._record(clinic, outgoing, timestamp)
        headers = {
            "content-type": "application/json",
            "webhook-id": outgoing.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": _signature(clinic, outgoing, timestamp),
        }
        try:
            async with self._lines:
                response = await self._client.post(clinic.answer_url, content=outgoing.body, headers=headers)
        except httpx.HTTPError as error:
            entry.detail = f"{type(error).__name__}: {error}"
            return None
        entry.status, entry.detail = response.status_code, response.text[:SNIPPET_CHARACTERS]
        return response.status_code

    def _record(self, clinic: Clinic, outgoing: Outgoing, timestamp: int) -> Entry:
        return self._journal.add(
            clinic=clinic.key,
            direction="sent",
            at=rfc3339(self._clock.now()),
            message_id=outgoing.id,
            message_type=outgoing.type,
            timestamp=str(timestamp),
            verdict="signed" if outgoing.rightly_signed else "missigned",
            data=outgoing.data,
        )


def _signature(clinic: Clinic, outgoing: Outgoing, timestamp: int) -> str:
    key = clinic.inbound_key if outgoing.rightly_signed else secrets.token_bytes(32)
    return signing.sign(key, message_id=outgoing.id, timestamp=timestamp, body=outgoing.body)
