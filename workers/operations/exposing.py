"""A worker's own `/metrics`: its main process answers for its children on METRICS_PORT."""

import hmac
import logging
from collections.abc import Callable, Iterable
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.conf import settings

from workers.kernel import metrics

log = logging.getLogger(__name__)


def may_read(authorization: str) -> bool:
    """Whether an Authorization header lets its sender read what is counted; in development everybody may."""
    if not settings.METRICS_TOKEN:
        return bool(settings.DEVELOPMENT)
    return hmac.compare_digest(authorization.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """The counters at /metrics, as WSGI; whoever may not read them finds nothing."""
    if environ["PATH_INFO"] != "/metrics" or not may_read(environ.get("HTTP_AUTHORIZATION", "")):
        start("404 Not Found", [("Content-Type", "text/plain")])
        return [b"There is nothing here.\n"]
    start("200 OK", [("Content-Type", metrics.CONTENT_TYPE)])
    return [metrics.render()]


def serve(port: int) -> WSGIServer:
    """Answer on `port` of every interface, in a thread that ends with the process. Raises OSError when it is taken."""
    server = make_server("", port, application, handler_class=_Quiet)
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    log.info("metrics port=%s", server.server_port)
    return server


class _Quiet(WSGIRequestHandler):
    """One line in the log for each scrape would be noise."""

    timeout = 10  # seconds: a connection that says nothing holds nobody up for longer

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""
