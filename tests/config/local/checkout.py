"""A copy of `config/local` in a project of its own, so that no test touches the developer's `.local/`."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
DEADLINE_SECONDS = 40.0
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")  # no settings: the tests themselves may run beside servers


def eventually(condition: Callable[[], bool]) -> bool:
    """Poll until `condition` holds; False once the deadline is over."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended but was not waited for yet does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    if sys.platform != "linux":
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@dataclass
class Checkout:
    """A project folder; `python` is the interpreter to run it with, `user` the account (root only)."""

    folder: Path
    python: str = sys.executable
    user: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def state(self) -> Path:
        """Its `.local/`."""
        return self.folder / ".local"

    @property
    def postgres_home(self) -> Path:
        """Where its PostgreSQL keeps its data."""
        pointer = self.state / "postgres-location"
        return Path(pointer.read_text().strip()) if pointer.exists() else self.state / "pg"

    def fill(self) -> None:
        """Copy the package into it."""
        shutil.copytree(PROJECT / "config" / "local", self.folder / "config" / "local")

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        """Start `python -m config.local …` in it with `settings` in the environment."""
        return self.start_python("-m", "config.local", *arguments, **settings)

    def start_python(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        """Start its interpreter in it with `settings` in the environment."""
        inherited = {name: value for name, value in os.environ.items() if name in INHERITED}
        process = subprocess.Popen(
            [self.python, *arguments],
            cwd=self.folder,
            env=inherited | self.environment | settings,
            user=self.user,
            extra_groups=None if self.user is None else [],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m config.local …` to its end."""
        process = self.start(*arguments, **settings)
        out, errors = process.communicate(timeout=DEADLINE_SECONDS)
        return subprocess.CompletedProcess(process.args, process.returncode, out, errors)

    def python_with_servers(self, code: str, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run Python code beside the servers."""
        return self.run("servers", *options, "--", self.python, "-c", code, **settings)

    def clear(self) -> None:
        """End what still runs and remove what lies outside the folder."""
        for process in self.started:
            process.send_signal(signal.SIGTERM)
            with process:
                process.wait(timeout=DEADLINE_SECONDS)
        # After a kill the leash is still ending the server.
        eventually(lambda: not [*self.postgres_home.glob("postgres-*/postmaster.pid")])
        if (self.state / "postgres-location").exists():
            shutil.rmtree(self.postgres_home)
