"""Dropping a connection without an answer."""

from starlette.types import Receive, Scope, Send

from tests.simulators.serving import cut


class DroppedConnection:
    """An ASGI answer that resets the connection instead of answering."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Abort the transport and wait until the server has noticed."""
        cut(scope)
        while (await receive())["type"] != "http.disconnect":
            pass
