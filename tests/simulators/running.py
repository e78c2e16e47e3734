"""Running a simulator as a process for the length of a block."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def running(name: str, *options: str) -> Iterator[list[str]]:
    """Start `tests.simulators.<name>` and return the addresses in the line it prints when it listens."""
    command = [sys.executable, "-m", f"tests.simulators.{name}", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield re.findall(r"\w+://[\w.:]+", process.stdout.readline())
        finally:
            process.terminate()
