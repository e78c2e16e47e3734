"""How a command is put on a leash: the caller holds one end of a pipe, `leash.py` the other."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LEASH = Path(__file__).with_name("leash.py")


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a command is ended: signal `first`, SIGKILL for all that is left after `grace` seconds."""

    first: signal.Signals = signal.SIGTERM
    grace: float = 10.0


ORDINARY = Ending()


def leash_command(held: int, ending: Ending, user: tuple[int, int] | None = None) -> list[str]:
    """Return the leash's argv up to the command; `held` is the pipe's read end, `user` a (uid, gid)."""
    account = ["--user", f"{user[0]}:{user[1]}"] if user else []
    options = ["--hold", str(held), "--signal", str(int(ending.first)), "--grace", str(ending.grace)]
    # By path, isolated and without site-packages: half the start-up time of `-m`.
    return [sys.executable, "-I", "-S", str(LEASH), *options, *account]


def run_on_terminal(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Run a command in the caller's own terminal, still on a leash; return its exit code (127: not found).

    Ctrl-C is the command's business: the terminal sends it to both, and only the command acts on it.
    """
    held, hold = os.pipe()
    command = [*leash_command(held, ORDINARY), "--terminal", "--", *argv]
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        leash = subprocess.Popen(command, env=dict(env), pass_fds=[held])
        os.close(held)
        try:
            return leash.wait()
        finally:
            os.close(hold)
            leash.wait()
    finally:
        signal.signal(signal.SIGINT, before)
