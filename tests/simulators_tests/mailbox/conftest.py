"""One mail server for the module, and an HTTP client for its other side."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.simulators.running import running


@dataclass(frozen=True)
class Server:
    """Where the running server listens and writes."""

    smtp_port: int
    http: httpx.Client
    folder: Path


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The process, started on free ports and ended afterwards."""
    folder = tmp_path_factory.mktemp("mails") / "kept"
    with (
        running("mailbox", "--maildir", str(folder)) as [smtp, http],
        httpx.Client(base_url=http, trust_env=False) as client,
    ):
        yield Server(smtp_port=int(smtp.rpartition(":")[2]), http=client, folder=folder)


@pytest.fixture
def server(mailbox: Server) -> Server:
    """The server, empty and in good order."""
    mailbox.http.delete("/messages").raise_for_status()
    mailbox.http.delete("/control/faults").raise_for_status()
    for path in mailbox.folder.iterdir():
        path.unlink()
    return mailbox
