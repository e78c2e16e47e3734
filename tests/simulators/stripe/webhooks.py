"""Sending events: signed, retried, counted; and on demand doubled, reordered, delayed or lost."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.simulators.stripe.clock import Clock
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.signatures import signature_header

QUICK_RETRIES_SECONDS = (0.2, 1.0)  # ours, in real time: so that a receiver which hiccups is served soon
FIRST_RETRY_SECONDS = 3600.0  # on the simulator's clock, doubling
GIVE_UP_AFTER_SECONDS = 3 * 24 * 3600.0  # docs.stripe.com/webhooks#automatic-retries
REORDER_WINDOW_SECONDS = 0.4  # of quiet, after which a burst goes out backwards
POLL_SECONDS = 0.02
_TIMEOUT_SECONDS = 10.0


@dataclass
class Switches:
    """What goes wrong on the way. `delay` is real seconds; `drop` loses every attempt, which then counts as
    failed.
    """

    double: bool = False
    reorder: bool = False
    delay: float = 0.0
    drop: bool = False

    def change(self, wanted: dict[str, Any]) -> None:
        """Set some switches. Raises ValueError for one that does not exist or has a wrong type."""
        for name, value in wanted.items():
            current = vars(self).get(name)
            number = isinstance(current, float) and isinstance(value, int | float) and value >= 0
            if current is None or not (number or (isinstance(current, bool) and isinstance(value, bool))):
                raise ValueError(
                    f"{name}={value!r}: switches are double, reorder, drop (true or false), delay (seconds)"
                )
            setattr(self, name, value)


@dataclass(eq=False)
class Delivery:
    """One event on its way to one endpoint."""

    event: Json
    endpoint: Json
    ready_at: float  # real time (monotonic)
    due_at: float = 0.0  # the simulator's clock
    given_up_at: float = 0.0  # the simulator's clock
    attempts: int = 0
    counts: bool = True  # a doubled or resent copy leaves pending_webhooks alone


@dataclass
class Outbox:
    """Every delivery not yet made or given up."""

    clock: Clock
    switches: Switches = field(default_factory=Switches)
    _waiting: list[Delivery] = field(default_factory=list)
    _secrets: dict[str, list[str]] = field(default_factory=dict)

    def set_secrets(self, endpoint_id: str, secrets: list[str]) -> None:
        """Have an endpoint's events signed with these secrets."""
        self._secrets[endpoint_id] = list(secrets)

    def add_secret(self, endpoint_id: str, secret: str) -> None:
        """Sign with one more secret, first in the header."""
        self._secrets[endpoint_id].insert(0, secret)

    def secrets_of(self, endpoint_id: str) -> list[str]:
        """Return an endpoint's secrets, newest first."""
        return self._secrets[endpoint_id]

    def forget(self, endpoint_id: str) -> None:
        """Give up whatever was to be sent to an endpoint."""
        for delivery in [each for each in self._waiting if each.endpoint["id"] == endpoint_id]:
            self._finish(delivery, delivered=True)

    def queue(self, event: Json, endpoints: list[Json]) -> None:
        """Send an event to every enabled endpoint that wants it."""
        for endpoint in endpoints:
            wanted = {"*", event["type"]} & set(endpoint["enabled_events"])
            if wanted and endpoint["status"] == "enabled":
                event["pending_webhooks"] += 1
                self._add(event, endpoint, counts=True)
                if self.switches.double:
                    self._add(event, endpoint, counts=False)

    def resend(self, event: Json, endpoints: list[Json]) -> None:
        """Send an event once more, as the dashboard's button does."""
        for endpoint in endpoints:
            self._add(event, endpoint, counts=False)

    def _add(self, event: Json, endpoint: Json, *, counts: bool) -> None:
        hold = self.switches.delay + (REORDER_WINDOW_SECONDS if self.switches.reorder else 0)
        now = self.clock.now()
        delivery = Delivery(event, endpoint, time.monotonic() + hold, now, now + GIVE_UP_AFTER_SECONDS, counts=counts)
        self._waiting.append(delivery)

    def waiting(self) -> int:
        """Return how many deliveries are still to be made."""
        return len(self._waiting)

    def take_ready(self) -> list[Delivery]:
        """Return what is to be sent now; when reordering, the whole burst, newest first, once it is over."""
        now, simulated = time.monotonic(), self.clock.now()
        if self.switches.reorder and any(each.ready_at > now for each in self._waiting):
            return []
        ready = [each for each in self._waiting if each.ready_at <= now and each.due_at <= simulated]
        return ready[::-1] if self.switches.reorder else ready

    async def send(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        """Make one attempt and decide what follows from its outcome."""
        delivery.attempts += 1
        delivered = not self.switches.drop and await self._post(client, delivery)
        if delivered:
            self._finish(delivery, delivered=True)
        else:
            self._plan_retry(delivery)

    async def _post(self, client: httpx.AsyncClient, delivery: Delivery) -> bool:
        body = json.dumps(delivery.event, indent=2).encode()
        secrets = self._secrets.get(delivery.endpoint["id"], [])
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature_header(body, secrets, self.clock.timestamp()),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        try:
            response = await client.post(delivery.endpoint["url"], content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return response.is_success

    def _plan_retry(self, delivery: Delivery) -> None:
        """Two quick retries in real time, then doubling hours of the simulator's clock, for three days."""
        quick = delivery.attempts - 1
        if quick < len(QUICK_RETRIES_SECONDS):
            delivery.ready_at = time.monotonic() + QUICK_RETRIES_SECONDS[quick]
            return
        wait = FIRST_RETRY_SECONDS * 2.0 ** (quick - len(QUICK_RETRIES_SECONDS))
        delivery.due_at = self.clock.now() + wait
        if delivery.due_at > delivery.given_up_at:
            self._finish(delivery, delivered=False)

    def _finish(self, delivery: Delivery, *, delivered: bool) -> None:
        if delivery in self._waiting:
            self._waiting.remove(delivery)
            if delivered and delivery.counts:
                delivery.event["pending_webhooks"] -= 1


async def keep_sending(outbox_now: Callable[[], Outbox]) -> None:
    """Send for ever; asks for the outbox each time, because a reset replaces it."""
    async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS) as client:
        while True:
            outbox = outbox_now()
            for delivery in outbox.take_ready():
                await outbox.send(client, delivery)
            await asyncio.sleep(POLL_SECONDS)
