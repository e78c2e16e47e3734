"""A real browser for tests: Debian's Chromium, and the project's web application in a thread."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.core.wsgi import get_wsgi_application
from django.db import connections

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
MISSING = "needs Chromium, which pip cannot install: apt-get install chromium (.ci/run does)"


class _Server(ThreadingMixIn, WSGIServer):
    """A browser asks for several things at once."""

    daemon_threads = True

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Leave no connection to the test's database behind."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            connections.close_all()


class _Quiet(WSGIRequestHandler):
    """Keeps the test output clean."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(settings: Any) -> Iterator[str]:
    """Serve the project on a free port, and yield its address, which is BASE_URL meanwhile."""
    with make_server("127.0.0.1", 0, get_wsgi_application(), _Server, _Quiet) as server:
        settings.BASE_URL = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield settings.BASE_URL
        finally:  # or a test that failed leaves a thread for which its process waits
            server.shutdown()
            thread.join()
