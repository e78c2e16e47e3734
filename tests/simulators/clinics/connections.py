"""An HTTP/1.1 protocol whose connections the application can cut, as a clinic that is down does."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

_open: dict[tuple[str, int], asyncio.Transport] = {}


class CuttableProtocol(H11Protocol):
    """uvicorn's h11 protocol, remembering each peer's transport while it is connected."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note the new connection."""
        super().connection_made(transport)
        _open[transport.get_extra_info("peername")[:2]] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        _open.pop(self.transport.get_extra_info("peername")[:2], None)
        super().connection_lost(exc)


def cut(scope: Any) -> None:
    """Close the connection of an ASGI scope at once, with nothing more written to it."""
    host, port = scope["client"]
    if transport := _open.get((host, port)):
        transport.abort()
