"""One mail server for the module, and an HTTP client for its other side."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[3]
ANNOUNCEMENT = re.compile(r"mailbox listening on smtp://127\.0\.0\.1:(\d+) and (http://127\.0\.0\.1:\d+)\n")


@dataclass(frozen=True)
class Server:
    """Where the running server listens and writes."""

    smtp_port: int
    http: httpx.Client
    folder: Path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The process, started on free ports and ended afterwards."""
    folder = tmp_path_factory.mktemp("mails") / "kept"
    command = [sys.executable, "-m", "tests.simulators.mailbox", "--maildir", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = ANNOUNCEMENT.fullmatch(process.stdout.readline())
        assert found is not None
        with httpx.Client(base_url=found[2], trust_env=False) as client:
            yield Server(smtp_port=int(found[1]), http=client, folder=folder)
        process.terminate()


@pytest.fixture
def server(running: Server) -> Server:
    """The server, empty and in good order."""
    running.http.delete("/messages").raise_for_status()
    running.http.delete("/control/faults").raise_for_status()
    for path in running.folder.iterdir():
        path.unlink()
    return running
