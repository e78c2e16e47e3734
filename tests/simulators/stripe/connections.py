"""Dropping a connection without an answer, which ASGI itself has no word for."""

import asyncio

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol


class DroppableProtocol(H11Protocol):
    """uvicorn's HTTP protocol, with its transport put where an answer can reach it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection and publish its transport in the request's state."""
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class DroppedConnection:
    """An ASGI answer that resets the connection instead of answering."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Abort the transport and wait until the server has noticed."""
        scope["state"]["transport"].abort()
        while (await receive())["type"] != "http.disconnect":
            pass
