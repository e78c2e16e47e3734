"""python -m tests.chaos.proxy PORT: TCP between the project and its servers, with every way of going wrong.

Control: JSON lines on a connection to PORT, each answered by a line.
    {"do": "open", "name": "postgres", "target": 5432}    listen; answers {"port": …}
    {"do": "aim", "name": …, "target": …}                  new connections go to another port: a restarted server's
    {"do": "reset", "name": …, "share": 0.5}               reset so many of the open connections
    {"do": "refuse", "name": …, "seconds": 1}              refuse new ones for a while
    {"do": "stall", "name": …, "share": 1, "seconds": 5}   half-open: nothing moves either way, then a reset
    {"do": "cut", "name": …, "count": 3, "answered": false}  cut at the next COMMITs: once each is sent, or with its
                                                           answer on the way back
"""

import asyncio
import json
import random
import socket
import struct
import sys
from typing import Any

LOOPBACK = "127.0.0.1"
COMMIT = b"COMMIT\0"  # psycopg sends it as a simple query
RESET = struct.pack("ii", 1, 0)  # SO_LINGER without lingering: closing sends a reset


class Side(asyncio.Protocol):
    """One end of a connection; `other` is where its bytes go."""

    def __init__(self, link: "Link", is_client: bool) -> None:
        self.link, self.is_client = link, is_client
        self.transport: asyncio.Transport | None = None
        self.waiting: list[bytes] = []
        self.other: Side | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Pass on what came before the other end was there."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for data in self.waiting:
            transport.write(data)
        self.waiting.clear()

    def send(self, data: bytes) -> None:
        """Write, or keep until connected."""
        if self.transport is None:
            self.waiting.append(data)
        else:
            self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        """Pass bytes on, unless the connection is to be cut here."""
        assert self.other is not None
        if self.link.is_cut(self.is_client, data):
            return
        self.other.send(data)

    def connection_lost(self, error: Exception | None) -> None:
        """End the other side too."""
        self.link.close()


class Link:
    """One connection of a client to a server."""

    def __init__(self, door: "Door") -> None:
        self.door = door
        self.client, self.server = Side(self, is_client=True), Side(self, is_client=False)
        self.client.other, self.server.other = self.server, self.client
        self.cutting: str = ""

    def is_cut(self, from_client: bool, data: bytes) -> bool:
        """Whether these bytes are the last that move here: a COMMIT that is sent on, or the answer to one."""
        if from_client and self.door.cuts and data.endswith(COMMIT):
            self.cutting = self.door.cuts.pop()
            if self.cutting == "sent":
                self.server.send(data)
                asyncio.get_running_loop().call_later(0.05, self.reset)  # the server has it by then
                return True
        if not from_client and self.cutting:
            self.reset()
            return True
        return False

    def stall(self, seconds: float) -> None:
        """Let nothing move for a while, then reset."""
        for side in (self.client, self.server):
            if side.transport is not None and not side.transport.is_closing():
                side.transport.pause_reading()
        asyncio.get_running_loop().call_later(seconds, self.reset)

    def reset(self) -> None:
        """Have both ends see a reset."""
        for side in (self.client, self.server):
            if side.transport is not None and not side.transport.is_closing():
                side.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                side.transport.abort()
        self.door.links.discard(self)

    def close(self) -> None:
        """End both sides once what was written is out."""
        for side in (self.client, self.server):
            if side.transport is not None:
                side.transport.close()
        self.door.links.discard(self)


class Door:
    """One listening port and where it leads."""

    def __init__(self, target: int) -> None:
        self.target, self.port = target, 0
        self.links: set[Link] = set()
        self.cuts: list[str] = []
        self._server: asyncio.Server | None = None

    async def open(self) -> int:
        """Listen, on the same port each time."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accept, LOOPBACK, self.port, reuse_address=True, backlog=512)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self.port

    async def refuse(self, seconds: float) -> None:
        """Refuse new connections for a while."""
        if self._server is not None and self._server.is_serving():
            self._server.close()
            await asyncio.sleep(seconds)
            await self.open()

    def some(self, share: float) -> list[Link]:
        """A random choice of the open connections, at least one if there is any."""
        links = list(self.links)
        return random.sample(links, min(len(links), max(1, round(len(links) * share))))

    def _accept(self) -> Side:
        link = Link(self)
        self.links.add(link)
        task = asyncio.get_running_loop().create_task(self._connect(link))
        task.add_done_callback(lambda done: done.exception())
        return link.client

    async def _connect(self, link: Link) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: link.server, LOOPBACK, self.target)
        except OSError:
            link.reset()


class Proxy:
    """All doors, and the orders about them."""

    def __init__(self) -> None:
        self.doors: dict[str, Door] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do what an order says and return the answer."""
        name = order["name"]
        if order["do"] == "open":
            self.doors[name] = Door(order["target"])
            return {"port": await self.doors[name].open()}
        door = self.doors[name]
        match order["do"]:
            case "aim":
                door.target = order["target"]
            case "reset":
                for link in door.some(order["share"]):
                    link.reset()
            case "stall":
                for link in door.some(order["share"]):
                    link.stall(order["seconds"])
            case "cut":
                door.cuts = ["answered" if order["answered"] else "sent"] * order["count"]
            case "refuse":
                task = asyncio.get_running_loop().create_task(door.refuse(order["seconds"]))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        return {"links": len(door.links), "cuts_left": len(door.cuts)}

    async def converse(self, orders: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        """Obey one connection's orders until it ends."""
        while line := await orders.readline():
            answers.write(json.dumps(await self.obey(json.loads(line))).encode() + b"\n")
        answers.close()


async def main() -> None:
    """Obey until killed."""
    server = await asyncio.start_server(Proxy().converse, LOOPBACK, int(sys.argv[1]))
    print("proxy ready.", flush=True)  # noqa: T201 - what the stage waits for
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
