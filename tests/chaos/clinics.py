"""python -m tests.chaos.clinics PORT: the other side. Clinics receive and send webhooks, a partner is called.

Everything received is written to `received.jsonl` before it is answered. Messages go out signed, each twice and in
no order, and again until they are taken; they are in a journal first. `/control/trouble` makes the clinics slow, fail,
talk garbage or hang up.
"""

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.chaos.journal import Journal, Outcome
from tests.simulators.clinics import signing
from tests.simulators.clock_file import ClockFile
from tests.simulators.serving import CuttableProtocol, cut, listen

EACH = 0.4  # seconds between messages to the project
APART = 1.0  # seconds within which the two copies of a message leave: later ones overtake
AGAIN = 0.6  # seconds between tries of a copy
SLOW = 1.5  # seconds
TROUBLES = ("slow", "error", "garbage", "hangup")


class Clinics:
    """What the clinics know and do."""

    def __init__(self, folder: Path, web: str, clock_file: Path) -> None:
        self.folder, self.web, self.clock = folder, web, ClockFile(clock_file)
        self.log = (folder / "received.jsonl").open("a")
        self.journal = Journal(folder / "clinics.jsonl")
        self.trouble, self.until = "", 0.0
        self.waiting, self.begun = 0, 0
        self.known: list[dict[str, str]] = []

    def note(self, **entry: Any) -> None:
        """Write down what came in."""
        self.log.write(json.dumps({"at": time.time(), **entry}) + "\n")
        self.log.flush()

    def now(self) -> float:
        """Seconds since 1970 by the project's clock."""
        return time.time() + self.clock.seconds()

    async def hook(self, request: Request) -> Response:
        """POST /hooks/{n}: take a delivery, or be in trouble."""
        body, number = await request.body(), int(request.path_params["n"])
        trouble = self.trouble if time.monotonic() < self.until else ""
        verified = self._verifies(number, request, body)
        tag = json.loads(body)["data"].get("tag")
        taken = verified and trouble != "error"
        self.note(kind="hook", clinic=number, id=request.headers["webhook-id"], tag=tag, taken=taken, verified=verified)
        if trouble == "slow":
            await asyncio.sleep(SLOW)
        if trouble == "hangup":
            cut(request.scope)
        if trouble == "garbage":
            return Response(b"\x00<<not json>>\xff", status_code=200)
        return Response(status_code=204 if taken else 500 if verified else 401)

    async def partner(self, request: Request) -> Response:
        """POST /partner/{id}: take a call, or be in trouble after having taken it."""
        self.note(kind="call", id=request.path_params["id"], tag=(await request.json())["tag"])
        trouble = self.trouble if time.monotonic() < self.until else ""
        if trouble == "slow":
            await asyncio.sleep(SLOW)
        if trouble == "hangup":
            cut(request.scope)
        return Response(status_code=500 if trouble == "error" else 204)

    async def make_trouble(self, request: Request) -> Response:
        """POST /control/trouble {"kind", "seconds"}."""
        order = await request.json()
        self.trouble, self.until = order["kind"], time.monotonic() + order["seconds"]
        return JSONResponse({"kind": self.trouble})

    async def state(self, _: Request) -> Response:
        """GET /control/state: how many messages are still to be taken."""
        return JSONResponse({"waiting": self.waiting})

    async def send(self) -> None:
        """Send messages until the folder says that it is quiet."""
        limits = httpx.Limits(max_connections=32)
        async with (
            httpx.AsyncClient(base_url=self.web, timeout=5, trust_env=False, limits=limits) as client,
            asyncio.TaskGroup() as copies,
        ):
            while not (self.folder / "quiet").exists():
                await asyncio.sleep(EACH)
                if self._knows_clinics():
                    self._send_twice(client, copies)

    def _send_twice(self, client: httpx.AsyncClient, copies: asyncio.TaskGroup) -> None:
        message_id, clinic = f"msg_{uuid4().hex}", random.choice(self.known)
        written = datetime.fromtimestamp(self.now(), UTC).isoformat()
        message = {"type": "capacity.updated", "timestamp": written, "data": {"open_slots": random.randrange(100)}}
        self.journal.sending(message_id)
        self.begun += 1
        for _ in range(2):
            self.waiting += 1
            copies.create_task(self._deliver(client, clinic, message_id, json.dumps(message).encode(), self.begun))

    async def _deliver(
        self, client: httpx.AsyncClient, clinic: dict[str, str], message_id: str, body: bytes, number: int
    ) -> None:
        await asyncio.sleep(random.uniform(0, APART))
        key = signing.decode_secret(clinic["inbound_secret"])
        while True:
            stamp = int(self.now())
            signature = signing.sign(key, message_id=message_id, timestamp=stamp, body=body)
            headers = {
                "content-type": "application/json",
                "webhook-id": message_id,
                "webhook-timestamp": str(stamp),
                "webhook-signature": signature,
            }
            with suppress(httpx.HTTPError):
                url = f"/webhooks/clinics/{clinic['endpoint_id']}/"
                answer = await client.post(url, content=body, headers=headers)
                if answer.is_success:
                    self.journal.ended(message_id, Outcome.ACKNOWLEDGED)
                    self.note(kind="message", number=number)
                    self.waiting -= 1
                    return
                self.note(kind="refused", id=message_id, status=answer.status_code, text=answer.text[:200])
            await asyncio.sleep(AGAIN)

    def _knows_clinics(self) -> bool:
        path = self.folder / "clinics.json"
        if not self.known and path.exists():
            self.known = json.loads(path.read_text())
        return bool(self.known)

    def _verifies(self, number: int, request: Request, body: bytes) -> bool:
        if not self._knows_clinics():
            return False
        key = signing.decode_secret(self.known[number]["signing_secret"])
        try:
            signing.verify(key, headers=request.headers, body=body, now=datetime.fromtimestamp(self.now(), UTC))
        except signing.NotVerified:
            return False
        return True


def build_app(clinics: Clinics) -> Starlette:
    """The ASGI application; messages are sent while it runs."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        sending = asyncio.create_task(clinics.send())
        print("clinics ready.", flush=True)  # noqa: T201 - what the stage waits for
        yield
        sending.cancel()

    routes = [
        Route("/hooks/{n:int}", clinics.hook, methods=["POST"]),
        Route("/partner/{id}", clinics.partner, methods=["POST"]),
        Route("/control/trouble", clinics.make_trouble, methods=["POST"]),
        Route("/control/state", clinics.state),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def main() -> None:
    """Serve until a signal comes."""
    clinics = Clinics(Path(os.environ["CHAOS_FOLDER"]), os.environ["BASE_URL"], Path(os.environ["CLOCK_FILE"]))
    config = uvicorn.Config(
        build_app(clinics), http=CuttableProtocol, access_log=False, log_level="warning", timeout_graceful_shutdown=1
    )
    with listen(int(sys.argv[1])) as listener:
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
