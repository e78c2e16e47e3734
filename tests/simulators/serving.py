"""What the simulators' HTTP sides share: listening, cutting a connection, reading a JSON object."""

import asyncio
import socket
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

LOOPBACK = "127.0.0.1"
BACKLOG = 2048


def listen(port: int) -> socket.socket:
    """Return a listening socket on loopback; 0 picks a free port.

    Nagle's algorithm is off, which accepted connections inherit: else each answer waits 40 ms for a delayed ACK.
    """
    listener = socket.create_server((LOOPBACK, port), backlog=BACKLOG)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def address_of(listener: socket.socket) -> str:
    """Return where a socket listens, as a URL."""
    return f"http://{LOOPBACK}:{listener.getsockname()[1]}"


class CuttableProtocol(H11Protocol):
    """uvicorn's HTTP protocol, with its transport where `cut` finds it: ASGI has no word for hanging up."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Put a new connection's transport into the state of its requests."""
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


def cut(scope: Scope, *, last_words: bytes = b"") -> None:
    """Close the connection of a request at once, with nothing more than `last_words` written to it."""
    transport = scope["state"]["transport"]
    if last_words:
        transport.write(last_words)
        transport.close()
    else:
        transport.abort()


async def read_object(request: Request) -> dict[str, Any]:
    """Return a request's body. Raises HTTPException (400) when it is not a JSON object."""
    try:
        document = await request.json()
    except ValueError as error:
        raise HTTPException(400, "the body is not JSON") from error
    if not isinstance(document, dict):
        raise HTTPException(400, "the body is not a JSON object")
    return document
