"""What the tests hold: the simulator's client, the receiver, and the `standardwebhooks` oracle."""

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from standardwebhooks import Webhook

TO_CLINIC = "whsec_" + base64.b64encode(b"what we sign with, 32 bytes long").decode()
FROM_CLINIC = "whsec_" + base64.b64encode(b"what it signs with, 32 bytes too").decode()
OFFER = {"offer_id": "offer-1", "respond_by": "2027-01-01T12:00:00Z", "request": {"route": "sublingual"}}
DEADLINE_SECONDS = 10.0
_ids = count(1)


@dataclass(frozen=True)
class Received:
    """One request at the receiver."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """Its `webhook-id`."""
        return self.headers["webhook-id"]

    @property
    def content(self) -> dict[str, Any]:
        """Its JSON."""
        document: dict[str, Any] = json.loads(self.body)
        return document

    def verify(self) -> None:
        """Have the oracle check the signature; raises what the oracle raises."""
        Webhook(FROM_CLINIC).verify(self.body, self.headers)


@dataclass
class Inbox:
    """The receiver's memory, and the statuses it gives next; then 200."""

    port: int
    statuses: list[int] = field(default_factory=list)
    requests: list[Received] = field(default_factory=list)

    @property
    def contents(self) -> list[tuple[str, dict[str, Any]]]:
        """Type and data of everything received."""
        return [(request.content["type"], request.content["data"]) for request in self.requests]


class InboxHandler(BaseHTTPRequestHandler):
    """Notes every POST; status 0 hangs up without an answer."""

    def do_POST(self) -> None:
        """Note it and answer the next status."""
        inbox: Inbox = self.server.inbox  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["content-length"]))
        status = inbox.statuses.pop(0) if inbox.statuses else 200
        inbox.requests.append(Received({name.lower(): value for name, value in self.headers.items()}, body))
        if status:
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing on stderr."""


@dataclass
class Bench:
    """Registers clinics, sends them what we would send, and reads their log."""

    client: httpx.Client
    inbox: Inbox
    clock_file: Path

    def register(self, behaviour: str = "accepts", *, key: str = "aurora", **options: object) -> None:
        """A clinic that answers to the receiver."""
        document = {
            "key": key,
            "behaviour": behaviour,
            "signing_secret": TO_CLINIC,
            "inbound_secret": FROM_CLINIC,
            "answer_url": f"http://127.0.0.1:{self.inbox.port}/webhooks/clinics/1/",
            "options": options,
        }
        response = self.client.post("/control/clinics", json=document)
        assert response.status_code == 201, response.text

    def send(self, message_type: str, data: object, *, key: str = "aurora", message_id: str = "") -> httpx.Response:
        """A message as the project sends it, signed by the oracle; `message_id` or fresh."""
        envelope = {"type": message_type, "timestamp": datetime.now(UTC).isoformat(), "data": data}
        return self.post(json.dumps(envelope), key=key, message_id=message_id)

    def post(
        self, body: str, *, key: str = "aurora", message_id: str = "", secret: str = TO_CLINIC, age: float = 0
    ) -> httpx.Response:
        """Any body, signed by the oracle with a timestamp `age` seconds in the past."""
        message_id = message_id or f"msg_{next(_ids)}"
        at = datetime.now(UTC) - timedelta(seconds=age)
        signature = Webhook(secret).sign(message_id, at, body)
        return self.deliver(body, message_id, str(int(at.timestamp())), signature, key=key)

    def deliver(
        self, body: str, message_id: str, timestamp: str, signature: str, *, key: str = "aurora"
    ) -> httpx.Response:
        """A raw request with these webhook headers."""
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature,
            "content-type": "application/json",
        }
        return self.client.post(f"/clinics/{key}/webhooks", content=body.encode(), headers=headers)

    def log(self, key: str = "aurora", **filters: str) -> list[dict[str, Any]]:
        """A clinic's log, narrowed."""
        rows: list[dict[str, Any]] = self.client.get(f"/control/clinics/{key}/log", params=filters).json()
        return rows

    def clinic(self, key: str = "aurora") -> dict[str, Any]:
        """A clinic's own records."""
        document: dict[str, Any] = self.client.get(f"/control/clinics/{key}").json()
        return document

    def set_clock(self, offset_seconds: float) -> None:
        """Move the clinics' clock."""
        fresh = self.clock_file.with_suffix(".new")
        fresh.write_text(f"{offset_seconds}\n")
        fresh.replace(self.clock_file)

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Poll until it holds; fails after ten seconds."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, f"not in time; log: {self.client.get('/control/log').json()}"
            time.sleep(0.01)

    def wait_for(self, number: int) -> list[Received]:
        """That many requests at the receiver, each answer noted in the log; fails if there are more."""
        self.wait_until(lambda: len(self.inbox.requests) >= number and not self._under_way())
        assert len(self.inbox.requests) == number
        return self.inbox.requests

    def _under_way(self) -> bool:
        sent = self.client.get("/control/log", params={"direction": "sent"}).json()
        return any(entry["status"] is None and not entry["detail"] for entry in sent)
